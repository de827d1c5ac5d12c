"""Slack's markup in a typed line is seen by nobody: people, channels and links read as typed."""

import re
from collections.abc import Iterator

import pytest

from incident_bot.clients.slack import Slack
from incident_bot.jobs.periodic_tasks import refresh_people
from tests.bot import Bot, running_bot
from tests.incident_channel import IncidentChannel, everything_posted, sent_as
from tests.markup import marked_up

_SENT = (
    "<http://shop.example.com|shop.example.com> is &lt;slow&gt; &amp; red, ask <@U0BEN|ben> "
    "in <#C0GENERAL|general>, not <!subteam^S0SRE|@sre> or <!here|here>"
)
_TYPED = "shop.example.com is <slow> & red, ask @ben in #general, not @sre or @here"


@pytest.fixture
def bot(database_url: str, redis_url: str) -> Iterator[Bot]:
    with running_bot(database_url, redis_url) as bot:
        refresh_people(
            bot.database, Slack(bot.settings.slack_bot_token, bot.settings.slack_api_url)
        )
        yield bot


def declared_as(bot: Bot, text: str) -> tuple[IncidentChannel, str]:
    answer = sent_as(bot, text, "U0ADA", bot.slack.channel("C0GENERAL"))
    bot.settle()
    return IncidentChannel(bot, 1), answer


def foreign_markup(bot: Bot) -> list[str]:
    """Markup, or a trace of it, that is not the bot's own, wherever anybody can read."""
    shown = [" ".join([each.text, *marked_up(each.blocks)]) for each in everything_posted(bot)] + [
        channel.topic for channel in bot.slack.channels
    ]
    ours = r"<(@[UW]\w+|#C\w+|!date\^\d+\^[(){}\w ]+\|[-\d: ]+UTC)>"
    left = [re.sub(ours, "", each) for each in shown]
    return [
        each for each in left if re.search(r"[<>\ufff9-\ufffb]|&lt;[@#!h]|&amp;(amp|lt|gt);", each)
    ]


def test_a_title_reads_as_it_was_typed_everywhere(bot: Bot) -> None:
    room, answer = declared_as(bot, f"declare P1 payments {_SENT}")
    shown = _TYPED.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert shown in answer
    assert room.incident.title == _TYPED
    assert f"INC-1 · {_TYPED}" in str(room.card.blocks)
    assert shown in room.channel.topic
    (announcement,) = bot.slack.channel("C0P1").messages
    assert shown in announcement.text
    room.type("resolved")
    room.type("postmortem")
    document = (bot.slack.files[-1].content or b"").decode()
    assert "shop.example.com is &lt;slow&gt; &amp; red, ask @\u200bben in #general" in document
    assert foreign_markup(bot) == []
    assert bot.slack.violations == []
    assert not any("U0BEN" in each.pings for each in bot.slack.channel("C0P1").messages)


@pytest.mark.parametrize(
    ("line", "end"),
    [("status {}", ""), ("severity P1 {}", ""), ("resolved {}", ""), ("reopen {}", "resolved")],
)
def test_a_message_mentions_whom_it_names_and_nobody_else(bot: Bot, line: str, end: str) -> None:
    room, _ = declared_as(bot, "declare P2 checkout It is slow")
    if end:
        room.type(end)
    room.send(line.format(_SENT.replace("<@U0BEN|ben>", "<@U0CLEO|cleo>")))
    posted = room.channel.messages[-1]
    assert posted.pings - {"U0ADA"} == {"U0CLEO"}
    assert (
        "shop.example.com is &lt;slow&gt; &amp; red, ask <@U0CLEO> in #general, not @sre or @here"
    ) in str(posted.blocks)
    assert foreign_markup(bot) == []
    assert bot.slack.violations == []


def test_notes_are_read_on_the_timeline_and_in_the_postmortem(bot: Bot) -> None:
    room, _ = declared_as(bot, "declare P3 checkout It is slow")
    room.send(f"note {_SENT}")
    room.send("note ask <@U0EVE>")
    told = room.type("timeline")
    shown = str(room.bot.slack.ephemerals("U0ADA")[-1].blocks)
    assert "is &lt;slow&gt; &amp; red, ask <@U0BEN> in #general, not @sre or @here" in shown
    room.press("timeline:post", on=room.whisper("timeline"))
    room.send("resolved by <@U0EVE>")
    room.type("postmortem")
    document = (bot.slack.files[-1].content or b"").decode()
    assert "ask @\u200bBen Larsson in #general, not @\u200bsre or @\u200bhere" in document
    assert "ask @\u200bEve Nakamura" in document
    assert "\n\n> by @\u200bEve Nakamura\n" in document
    assert told
    assert foreign_markup(bot) == []
    assert bot.slack.violations == []


def test_what_was_typed_is_counted_and_not_what_slack_made_of_it(bot: Bot) -> None:
    link = "<http://shop.example.com|shop.example.com>"
    title = f"{link} {link} " + "x" * 66
    room, answer = declared_as(bot, f"declare P3 checkout {title}")
    assert "is declared" in answer
    assert len(room.incident.title) == 100
    declared_as(bot, f"declare P3 checkout {title}x")
    form = bot.slack.view("U0ADA")
    assert form
    assert f"'initial_value': 'shop.example.com shop.example.com {'x' * 67}'" in str(form.blocks)


@pytest.mark.parametrize(
    ("typed", "title"),
    [("<@U0BEN|ben>", "Ask @ben"), ("<@U0BEN>", "Ask @ben"), ("<@UX>", "Ask @UX")],
)
def test_a_form_is_filled_with_what_was_typed(bot: Bot, typed: str, title: str) -> None:
    declared_as(bot, f"declare Ask {typed}")
    form = bot.slack.view("U0ADA")
    assert form
    assert f"'initial_value': '{title}'" in str(form.blocks)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("declare P3 <http://payments|payments> Cards", "is declared"),
        ("<http://list|list>", "No incident is open."),
        ("<@U0BEN|ben> what?", "There is no `/incident @ben`."),
        ("help <@U0BEN> x", "There is no `/incident @ben x`."),
    ],
)
def test_words_for_the_bot_are_read_without_markup(bot: Bot, text: str, says: str) -> None:
    assert says in sent_as(bot, text, "U0ADA", bot.slack.channel("C0GENERAL"))


def test_a_severity_that_is_a_mention_is_named_as_typed(bot: Bot) -> None:
    room, _ = declared_as(bot, "declare P3 checkout It is slow")
    assert "“@ben” is not a severity" in room.send("severity <@U0BEN|ben>")
