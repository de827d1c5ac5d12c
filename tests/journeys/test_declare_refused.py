"""Slack refuses or loses a part of what follows a declaration: the rest goes on."""

import json

import pytest

from tests.bot import Bot, running_bot
from tests.journeys.declaring import CHANNEL_NAME, channel_of, declare


def _rows(bot: Bot, state: str) -> set[str]:
    return set(
        bot.sql(
            "select kind || ' ' || destination || ' ' || coalesce(detail, '') from deliveries"
            f" where state = '{state}'"
        )
    )


def test_a_name_that_is_taken_is_left_to_its_owner(bot: Bot) -> None:
    theirs = bot.slack.add_channel("C0THEIRS", CHANNEL_NAME, members=["U0CLEO"])
    theirs.creator = "U0CLEO"
    declare(bot)
    assert bot.incident().channel_name == f"{CHANNEL_NAME}-2"
    assert theirs.log == []
    assert theirs.members == ["U0CLEO"]


def test_a_name_that_is_taken_is_left_to_its_owner_after_a_failed_attempt_too(bot: Bot) -> None:
    theirs = bot.slack.add_channel("C0THEIRS", CHANNEL_NAME, members=["U0CLEO"])
    theirs.creator = "U0CLEO"
    bot.slack.faults.add("status", "conversations.create", status=503)
    declare(bot)
    assert bot.incident().channel_name == f"{CHANNEL_NAME}-2"
    assert theirs.log == []


@pytest.mark.parametrize("fault", ["accept_then_500", "accept_then_reset"])
def test_a_channel_we_made_without_hearing_so_is_found_again(bot: Bot, fault: str) -> None:
    bot.slack.faults.add(fault, "conversations.create")
    declare(bot)
    assert [channel.name for channel in bot.slack.channels if "inc-" in channel.name] == [
        CHANNEL_NAME
    ]
    assert bot.incident().channel_name == CHANNEL_NAME
    assert channel_of(bot).pins


def test_one_bad_owner_does_not_sink_the_others(database_url: str, redis_url: str) -> None:
    owners = '{"api-gateway": ["U0CLEO", "U0GUEST", "U0GONE", "U0NOBODY", "U0BEN"]}'
    with running_bot(database_url, redis_url, SERVICE_OWNERS=owners) as bot:
        bot.slack.add_user("U0GUEST", "guest", is_restricted=True)
        bot.slack.add_user("U0GONE", "gone", deleted=True)
        declare(bot)
        assert set(channel_of(bot).members) == {"U0BOT", "U0ADA", "U0BEN", "U0CLEO"}
        (invited,) = bot.sql("select detail from deliveries where kind = 'invite'")
        red = [each.text for each in channel_of(bot).messages if "🟥" in each.text]
    assert len(red) == 3
    assert (
        "<@U0NOBODY> (`U0NOBODY`) could not be invited to the channel (Slack knows nobody with "
        "that id). See the setting SERVICE_OWNERS."
    ) in "\n".join(red)
    assert "retry" not in "".join(red)
    for told in (
        "U0GUEST: user_is_restricted",
        "U0GONE: user_disabled",
        "U0NOBODY: user_not_found",
    ):
        assert told in invited


def test_a_slack_that_refuses_the_whole_invitation_is_asked_one_by_one(bot: Bot) -> None:
    bot.slack.faults.add("error", "conversations.invite", code="user_not_found")
    declare(bot)
    assert set(channel_of(bot).members) == {"U0BOT", "U0ADA", "U0BEN", "U0EVE"}


def test_a_service_may_have_more_owners_than_slack_invites_at_once(
    database_url: str, redis_url: str
) -> None:
    owners = [f"U{number:04}" for number in range(150)]
    config = json.dumps({"api-gateway": [*owners, "U0ADA"]})
    with running_bot(database_url, redis_url, SERVICE_OWNERS=config) as bot:
        for owner in owners:
            bot.slack.add_user(owner, owner.lower())
        declare(bot)
        assert channel_of(bot).members[:2] == ["U0BOT", "U0ADA"], "the commander is the first"
        assert set(channel_of(bot).members) == {"U0BOT", "U0ADA", *owners}
        assert bot.sql("select state from deliveries where kind = 'invite'") == ["sent"]


def test_a_channel_that_cannot_hear_stops_no_other(database_url: str, redis_url: str) -> None:
    heard = "C0MISSING,C0OLD,C0SECRET,C0P1"
    with running_bot(database_url, redis_url, P1_CHANNELS=heard) as bot:
        bot.slack.add_channel("C0OLD", "old").archived = True
        bot.slack.add_channel("C0SECRET", "secret", private=True, members=["U0DAN"])
        declare(bot)
        assert len(bot.slack.channel("C0P1").messages) == 1
        assert channel_of(bot).pins
        assert len(bot.slack.dm("U0DAN")) == 1
        assert _rows(bot, "dead") == {
            "announcement C0MISSING channel_not_found",
            "announcement C0OLD is_archived",
            "announcement C0SECRET channel_not_found",
        }


def test_without_a_channel_people_are_told_all_the_same(bot: Bot) -> None:
    bot.slack.faults.add("error", "conversations.create", code="restricted_action")
    declare(bot)
    (announcement,) = bot.slack.channel("C0P1").messages
    (to_dan,) = bot.slack.dm("U0DAN")
    for message in (announcement, to_dan):
        assert "*INC-1* Checkout returns 500" in message.text
        assert "<#" not in message.text
    told = [each.text for each in bot.slack.dm("U0ADA") if "could not be created" in each.text]
    assert len(told) == 1
    assert (
        "a setting of the workspace keeps the bot from doing this (`restricted_action`): "
        "a workspace admin can allow it to the app." in told[0]
    )
    assert "`incident-bot outbox retry all`" in told[0]
    assert bot.slack.violations == []
