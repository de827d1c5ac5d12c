"""The manifest: what Slack accepts, and no more than the code uses."""

import ast
import json
import re
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_bot import clients
from incident_bot.app import create_app
from incident_bot.cli import main, manifest
from incident_bot.clients.slack_api import SCOPES
from incident_bot.commands import all_commands
from incident_bot.doctor.scopes import FEATURES, bot_events, bot_scopes
from incident_bot.events import all_events
from tests.builders import settings
from tests.docs import ROOT

URL = "https://bot.example.com"

# docs.slack.dev, the method reference: any one that fits the kind of conversation will do.
ACCEPTED: Final[dict[str, set[str]]] = {
    "api.test": set(),
    "apps.connections.open": set(),
    "auth.test": set(),
    "bookmarks.add": {"bookmarks:write"},
    "bots.info": {"users:read"},
    "chat.delete": {"chat:write"},
    "chat.getPermalink": set(),
    "chat.postEphemeral": {"chat:write"},
    "chat.postMessage": {"chat:write", "chat:write.public"},
    "chat.update": {"chat:write"},
    "conversations.archive": {"channels:manage", "groups:write"},
    "conversations.create": {"channels:manage", "groups:write"},
    "conversations.history": {"channels:history", "groups:history", "im:history"},
    "conversations.info": {"channels:read", "groups:read", "im:read"},
    "conversations.invite": {"channels:manage", "channels:write.invites", "groups:write"},
    "conversations.join": {"channels:join"},
    "conversations.list": {"channels:read", "groups:read", "im:read"},
    "conversations.members": {"channels:read", "groups:read", "im:read"},
    "conversations.open": {"im:write"},
    "conversations.setPurpose": {"channels:manage", "channels:write.topic", "groups:write"},
    "conversations.setTopic": {"channels:manage", "channels:write.topic", "groups:write"},
    "conversations.replies": {"channels:history", "groups:history", "im:history"},
    "files.completeUploadExternal": {"files:write"},
    "files.getUploadURLExternal": {"files:write"},
    "pins.add": {"pins:write"},
    "reactions.remove": {"reactions:write"},
    "conversations.unarchive": {"channels:manage", "groups:write"},
    "reactions.add": {"reactions:write"},
    "usergroups.list": {"usergroups:read"},
    "usergroups.users.list": {"usergroups:read"},
    "users.info": {"users:read"},
    "users.list": {"users:read"},
    "views.open": set(),
    "views.publish": set(),
    "views.push": set(),
    "views.update": set(),
}


A_METHOD: Final = re.compile(
    r"(api|apps|auth|bookmarks|bots|canvases|chat|conversations|files|pins|reactions|team|usergroups|users|views)"
    r"(\.[a-zA-Z]+)+"
)


def called_methods() -> set[str]:
    """The Web API methods named in the clients' code, apart from the list of scopes itself."""
    folder = Path(clients.__path__[0])
    nodes = [
        node
        for path in folder.glob("*.py")
        for statement in ast.parse(path.read_text()).body
        if not _is_the_list(statement)
        for node in ast.walk(statement)
    ]
    named = {node.value for node in nodes if isinstance(node, ast.Constant)}
    return {name for name in named if isinstance(name, str) and A_METHOD.fullmatch(name)}


def _is_the_list(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
        and statement.target.id == "SCOPES"
    )


def printed(capsys: pytest.CaptureFixture[str], *argv: str) -> dict[str, Any]:
    assert main(["manifest", *argv]) == 0
    read: dict[str, Any] = json.loads(capsys.readouterr().out)
    return read


def test_scopes_are_declared_for_just_the_methods_that_are_called() -> None:
    assert called_methods() == set(SCOPES)


@pytest.mark.parametrize("method", sorted(SCOPES))
def test_a_method_asks_for_scopes_that_slack_accepts_for_it(method: str) -> None:
    asked = set(SCOPES[method])
    assert asked <= ACCEPTED[method]
    assert bool(asked) == bool(ACCEPTED[method])


def test_the_app_asks_for_no_scope_that_no_method_and_no_feature_needs() -> None:
    needed = set().union(*(ACCEPTED[method] for method in called_methods()))
    wanted = {scope for feature in FEATURES.values() for scope in feature.scopes}
    assert set(bot_scopes()) - needed - wanted == {"commands"}


def _asked(made: Any) -> tuple[set[str], set[str]]:
    """The scopes and events of a manifest."""
    events = made["settings"]["event_subscriptions"]["bot_events"]
    return set(made["oauth_config"]["scopes"]["bot"]), set(events)


def test_what_a_setting_turns_off_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    reactions = {"reaction_added", "reaction_removed"}
    scopes, events = _asked(manifest.manifest(URL))
    assert (scopes, events) == (set(bot_scopes()), set(bot_events()))
    assert reactions < events
    assert "reactions:read" in scopes
    monkeypatch.setenv("CAPTURE_REACTIONS", "off")
    scopes, events = _asked(manifest.manifest(URL))
    assert not reactions & events
    assert "reactions:read" not in scopes
    assert {"reactions:write", "pins:read"} < scopes
    assert {"pin_added", "pin_removed"} < events


def test_a_setting_that_cannot_be_read_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CAPTURE_REACTIONS", "two words")
    assert main(["manifest", "--url", URL]) == 2
    assert "CAPTURE_REACTIONS" in capsys.readouterr().err


def test_each_shortcut_of_the_manifest_is_answered_and_within_slacks_limits() -> None:
    """docs.slack.dev: app manifest, features.shortcuts."""
    answered = {name for name, command in all_commands().items() if command.shortcut}
    assert {each["callback_id"] for each in manifest.SHORTCUTS} == answered
    assert len(manifest.SHORTCUTS) <= 10
    for each in manifest.SHORTCUTS:
        assert each["type"] in ("message", "global")
        assert 1 <= len(each["name"]) <= 24
        assert 1 <= len(each["description"]) <= 150


def test_a_message_reaches_channels_that_nobody_invited_the_bot_to() -> None:
    assert "chat:write.public" in bot_scopes()


def test_each_url_of_the_manifest_is_answered(capsys: pytest.CaptureFixture[str]) -> None:
    found = printed(capsys, "--url", URL)
    urls = {found["features"]["slash_commands"][0]["url"], *_urls(found["settings"])}
    rules = {rule.rule for rule in create_app(settings()).url_map.iter_rules()}
    assert urls
    assert {url.removeprefix(URL) for url in urls} <= rules


def _urls(part: object) -> set[str]:
    if isinstance(part, dict):
        return set().union(*map(_urls, part.values()))
    return {part} if isinstance(part, str) and part.startswith("http") else set()


def test_in_socket_mode_it_names_no_address(capsys: pytest.CaptureFixture[str]) -> None:
    found, other = printed(capsys, "--socket"), printed(capsys, "--url", URL)
    assert (_urls(found), found["settings"]["socket_mode_enabled"]) == (set(), True)
    assert other["settings"]["socket_mode_enabled"] is False
    assert found["oauth_config"] == other["oauth_config"]
    subscribed = "event_subscriptions"
    assert (
        found["settings"][subscribed]["bot_events"] == other["settings"][subscribed]["bot_events"]
    )


def test_mentions_in_commands_arrive_as_ids(capsys: pytest.CaptureFixture[str]) -> None:
    [command] = printed(capsys, "--url", URL)["features"]["slash_commands"]
    assert command["command"] == "/incident"
    assert command["should_escape"] is True


@given(name=st.text(min_size=1, max_size=35).filter(str.strip))
def test_the_manifest_keeps_within_slacks_limits(name: str) -> None:
    made = manifest.manifest(URL, name)
    shown, features = made["display_information"], made["features"]
    [command] = features["slash_commands"]
    assert 1 <= len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 175 <= len(shown["long_description"]) <= 4000
    assert re.fullmatch(r"#[0-9a-f]{6}", shown["background_color"])
    assert re.fullmatch(r"[a-z0-9._-]{1,80}", features["bot_user"]["display_name"])
    assert len(command["command"]) <= 32
    assert len(command["description"]) <= 2000
    assert len(command["usage_hint"]) <= 1000
    assert len(all_events()) <= 100
    assert len(bot_scopes()) <= 255


def test_people_read_the_bots_messages_and_cannot_type_where_nobody_answers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    home = printed(capsys, "--url", URL)["features"]["app_home"]
    assert home == {
        "home_tab_enabled": False,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": "message.im" not in all_events(),
    }


def test_the_icon_is_one_that_slack_takes_and_has_the_colour_of_the_app() -> None:
    """Slack wants a square of 512 to 2000 pixels a side."""
    png = (ROOT / "docs" / "icon.png").read_bytes()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(png[16:20]) == int.from_bytes(png[20:24]) == 512
    colour = manifest.manifest(URL)["display_information"]["background_color"]
    assert f'fill="{colour}"' in (ROOT / "docs" / "icon.svg").read_text()


def test_the_events_that_are_read_are_asked_for_and_those_of_what_comes_next(
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = printed(capsys, "--url", URL)["settings"]["event_subscriptions"]["bot_events"]
    next_ones = {name for each in FEATURES.values() for name in each.events}
    assert set(asked) == set(all_events()) | next_ones
    assert asked == sorted(set(asked))


def test_the_app_can_have_another_name(capsys: pytest.CaptureFixture[str]) -> None:
    found = printed(capsys, "--url", URL, "--name", "Acme Fire Brigade")
    assert found["display_information"]["name"] == "Acme Fire Brigade"
    assert found["features"]["bot_user"]["display_name"] == "acme-fire-brigade"


def test_a_script_gets_it_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["manifest", "--url", URL, "--json"]) == 0
    [line] = capsys.readouterr().out.splitlines()
    assert json.loads(line) == manifest.manifest(URL)


@pytest.mark.parametrize("url", [URL, f"{URL}/", f"{URL}:8443", "http://localhost:3000"])
def test_an_address_may_be_secure_or_local(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    [command] = printed(capsys, "--url", url)["features"]["slash_commands"]
    assert command["url"] == f"{url.rstrip('/')}/slack/commands"


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        ([], "Give one of --url"),
        (["--url", URL, "--socket"], "Give one of --url"),
        (["--url", ""], "full address"),
        (["--url", "bot.example.com"], "full address"),
        (["--url", "https://"], "full address"),
        (["--url", "https://["], "full address"),
        (["--url", "https://bot.example.com:port"], "full address"),
        (["--url", "https://ada:secret@bot.example.com"], "full address"),
        (["--url", "https://bot example.com"], "full address"),
        (["--url", "http://bot.example.com"], "https://"),
        (["--url", "ftp://localhost"], "https://"),
        (["--url", "https://bot.example.com/slack/commands"], "end after the host"),
        (["--url", "https://bot.example.com?x=1"], "end after the host"),
        (["--url", URL, "--name", " "], "1 to 35 characters"),
        (["--url", URL, "--name", "n" * 36], "1 to 35 characters"),
    ],
)
def test_a_wrong_option_is_answered_with_one_sentence(
    argv: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["manifest", *argv]) == 2
    said = capsys.readouterr()
    assert sentence in said.err
    assert len(said.err.splitlines()) == 1
    assert said.out == ""
