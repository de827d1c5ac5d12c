"""Tokens, channels and people are looked up in Slack when the bot is set up."""

import json
from collections.abc import Iterator

import pytest

from incident_bot.clients.slack_lookup import KnownChannel, SlackLookup
from incident_bot.errors import DeliveryError, Reason
from incident_bot.settings import Secret
from slack_sandbox import Sandbox
from tests.clients.vendor import says, vendor


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def slack(sandbox: Sandbox) -> SlackLookup:
    return SlackLookup(Secret("xoxb-sandbox"), sandbox.api_url)


def test_a_token_is_known_by_its_bot_its_workspace_and_its_scopes(
    sandbox: Sandbox, slack: SlackLookup
) -> None:
    sandbox.workspace.scopes = {"chat:write", "users:read"}
    found = slack.identity()
    assert (found.bot, found.team, found.is_organisation) == ("incident-bot", "Sandbox", False)
    assert found.scopes == frozenset({"chat:write", "users:read"})


@pytest.mark.parametrize(
    ("header", "scopes"),
    [
        (["X-OAuth-Scopes: chat:write, users:read"], frozenset({"chat:write", "users:read"})),
        (["x-oauth-scopes: chat:write,users:read"], frozenset({"chat:write", "users:read"})),
        (["X-OAuth-Scopes:"], frozenset()),
        ([], None),
    ],
)
def test_the_scopes_are_read_however_slack_writes_them(
    header: list[str], scopes: frozenset[str] | None
) -> None:
    body = json.dumps({"ok": True, "user": "bot\n*", "team": "Acme\x00"}).encode()
    with vendor(says("200 OK", body, "Content-Type: application/json", *header)) as there:
        found = SlackLookup(Secret("xoxb-1"), f"{there.origin}/api/", deadline_seconds=5).identity()
    assert found.scopes == scopes
    assert (found.bot, found.team) == ("bot *", "Acme")


def test_a_channel_is_found_by_its_name_on_any_page(sandbox: Sandbox, slack: SlackLookup) -> None:
    for number in range(1100):
        sandbox.add_channel(f"C1{number:04}", f"room-{number}")
    assert slack.channel_named("room-1099") == KnownChannel(id="C11099", name="room-1099")
    assert slack.channel_named("nope") is None


def test_a_channel_that_another_organisation_reads_is_known_as_such() -> None:
    channel = {"id": "C1", "name": "p1", "is_ext_shared": True, "is_archived": False}
    body = json.dumps({"ok": True, "channel": channel}).encode()
    with vendor(says("200 OK", body, "Content-Type: application/json")) as there:
        slack = SlackLookup(Secret("xoxb-1"), f"{there.origin}/api/", deadline_seconds=5)
        assert slack.channel("C1") == KnownChannel(id="C1", name="p1", is_shared=True)


def test_what_is_not_there_is_none_and_what_may_not_be_seen_is_said(
    sandbox: Sandbox, slack: SlackLookup
) -> None:
    assert slack.channel("C0NOPE") is None
    assert slack.person("U0NOPE") is None
    sandbox.add_channel("C0WAR", "war-room", private=True, members=["U0BOT"])
    sandbox.workspace.scopes -= {"groups:read"}
    with pytest.raises(DeliveryError) as refused:
        slack.channel("C0WAR")
    assert refused.value.reason is Reason.MISSING_SCOPE
    assert "groups:read" in refused.value.detail


def test_people_are_found_by_either_name_in_any_case(sandbox: Sandbox, slack: SlackLookup) -> None:
    sandbox.add_user("U0GONE", "ada", deleted=True)
    assert [each.user_id for each in slack.people_named("Ada")] == ["U0ADA"]
    assert [each.user_id for each in slack.people_named("eve nakamura")] == ["U0EVE"]
    assert slack.people_named("incident-bot") == []
