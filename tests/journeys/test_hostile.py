"""Slack accepts whatever people type, in every field, and it notifies nobody."""

import re
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from incident_bot.clients.slack import Slack
from incident_bot.domain.incidents import Severity
from incident_bot.domain.templates import Template
from incident_bot.jobs.periodic_tasks import refresh_people
from incident_bot.store import people, statuspage, templates
from slack_sandbox.model import Message
from tests.bot import Bot, running_bot
from tests.incident_channel import IncidentChannel, declared, everything_posted
from tests.markup import ESCAPED_TEXT, HOSTILE_TEXT, marked_up

_TOKENS: Final = (
    "<!channel>",
    "@everyone ",
    "@here ",
    "<@U0CLEO>",
    "<#C0GENERAL|x>",
    "<!subteam^S1>",
    "<http://evil|Your bank>",
    "<mailto:a@b|c>",
    "&lt;!channel&gt;",
    "&",
    "```",
    "`",
    "*",
    "> ",
    '"',
    "\\",
    "\n",
    "\r\n",
    "\x00",
    "\u202e",
    "\u2028",
    "👩\u200d👩\u200d👧",
    "עברית",
    "e\u0301",
    "|",
    "# ",
    "<!date^1^{date}|x>",
)
_WORDS: Final = st.lists(
    st.one_of(st.sampled_from(_TOKENS), st.text(st.characters(exclude_categories=["Cs"]))),
    max_size=30,
).map("".join)
_LONG: Final = st.builds(lambda words, times: (words * times)[:3400], _WORDS, st.integers(1, 400))
_NAMED_BY_US: Final = {"U0ADA", "U0BEN"}
"""The declarer and commander, and Ben, who took command for a while."""
_NO_HARM: Final = {"name_taken", "already_in_channel"}
"""Refusals in the ordinary course: the next name is tried, nobody is invited twice."""


def a_whole_life(bot: Bot, short: str, long: str) -> IncidentChannel:
    """Every input that a person has, in one incident."""
    slack = bot.slack
    with bot.database.transaction() as tx:
        tx.run("delete from templates")
        templates.add(tx, a_template(short, long))
    slack.command("U0ADA", "C0GENERAL", f"/incident declare {short}")
    slack.choose("U0ADA", "declare:template", f"T{short}"[:100].replace("\x00", ""))
    bot.settle()
    title = f"t{short}"[:100]
    wanted = {"title": title, "severity": "P1", "service": "checkout", "description": long[:3000]}
    answer = slack.submit("U0ADA", wanted)
    assert (answer.error, answer.errors) == (None, {})
    bot.settle()
    room = IncidentChannel(bot, int(bot.sql("select max(id) from incidents")[0]))
    type_everything(room, long)
    return room


def a_template(short: str, long: str) -> Template:
    return Template(
        name=f"T{short}"[:100].replace("\x00", ""),
        title=short[:100].replace("\x00", ""),
        severity=Severity.P2,
        service="checkout",
        description=long[:3000].replace("\x00", ""),
        enabled=True,
    )


def type_everything(room: IncidentChannel, long: str) -> None:
    room.type(f"note n{long}", "U0CLEO")
    room.type(f"status s{long}")
    room.type(f"update {long}")
    room.submit({"message": f"m{long}"[:3000], "status": "identified", "next_update": "15"})
    room.type(f"severity P3 {long}")
    room.type(f"severity {long}")
    room.type(f"commander {long}")
    room.type("commander @ben")
    room.type("commander @ada", "U0BEN")
    room.press("resolved")
    room.submit({"message": f"r{long}"[:3000]})
    room.type(f"reopen o{long}")
    room.type(f"resolved {long}")
    room.type("postmortem")
    room.press("timeline:post", on=room.whisper("timeline"))
    for line in ("list", "delivery", f"help {long}", f"{long}"):
        room.type(line)
    room.bot.slack.command("U0CLEO", "C0GENERAL", "/incident declare")


def check(bot: Bot) -> None:
    """Slack refused nothing, everything has its words, and only those we name were pinged."""
    assert bot.slack.violations == []
    assert {call.error for call in bot.slack.calls if not call.ok} <= _NO_HARM
    assert bot.sql("select kind || detail from deliveries where state = 'dead'") == []
    check_what_is_live(bot)


def check_what_is_live(bot: Bot) -> None:
    for message in everything_posted(bot):
        if message.user == "U0BOT" and message.subtype is None and not message.files:
            assert message.text.strip()
            assert message.pings <= (_NAMED_BY_US | named(message))
            assert links(message) == []
    for channel in bot.slack.channels:
        assert "<!" not in channel.topic
        assert set(re.findall(r"<[^>]*>?", channel.topic)) <= {"<@U0ADA>", "<@U0BEN>"}


def named(message: Message) -> set[str]:
    """Return whom we may name: Cleo in a timeline, anybody where nobody is notified by it."""
    if message.ephemeral_to:
        return {"U0CLEO", "U0DAN", "U0EVE", "U0EVIL"}
    return {"U0CLEO", "U0EVIL"} if message.text.startswith("Timeline of") else set()


def links(message: Message) -> list[str]:
    """Markup that is not ours, wherever Slack would act on it."""
    found = re.findall(r"<[^>]*>?", " ".join([message.text, *marked_up(message.blocks)]))
    ours = re.compile(r"<(@[UW]\w+|#[CG]\w+|!date\^\d+\^[(){}\w ]+\|[-\d: ]+UTC)>")
    return [each for each in found if not ours.fullmatch(each)]


@settings(
    max_examples=4,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # to shrink whole lives takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(short=_WORDS, long=_LONG)
@example(short="<!channel>" * 10, long="<!channel> @everyone <@U0DAN> <http://evil|Bank>\n" * 70)
@example(short="<!date^1^{date}|x>", long="<!date^1^{date}|x> <@U0EVE>\n" * 120)
@example(short='"&<' * 40, long='"' * 3400)
@example(short="\x00\u202e", long="&" * 3400)
@example(short="```\n>", long="\\" * 3400)
def test_no_words_ping_anybody_or_break_a_limit(bot: Bot, short: str, long: str) -> None:
    bot.slack.workspace.calls.clear()
    a_whole_life(bot, short, long)
    check(bot)


@pytest.mark.parametrize(
    "service",
    [
        "<!channel>",
        "@everyone",
        "<@U0CLEO>",
        "a&b|`*_~",
        "x" * 100,
        "\u202ertl",
        "<" * 100,
        "日本",
        "cafe\u0301",
    ],
)
def test_no_name_of_a_service_does_either(database_url: str, redis_url: str, service: str) -> None:
    config = {"SERVICES": service, "SERVICE_OWNERS": "{}"}
    with running_bot(database_url, redis_url, **config) as bot:
        bot.slack.command("U0ADA", "C0GENERAL", "/incident declare Broken")
        assert bot.slack.submit("U0ADA", {"severity": "P1"}).errors == {}
        bot.slack.command("U0BEN", "C0GENERAL", f"/incident declare P1 {service} Also broken")
        bot.slack.command("U0BEN", "C0GENERAL", "/incident declare P1 nowhere Also broken")
        bot.settle()
        room = IncidentChannel(bot, 1)
        for line in ("list", "resolved", "postmortem", "timeline", "declare"):
            room.type(line)
        assert bot.sql("select count(*) from incidents") == ["3"]
        form = bot.slack.view("U0ADA")
        assert form
        shown = " ".join(marked_up(form.blocks))
        assert "*INC-2*" in shown
        assert re.findall(r"<(?!#C)[^>]*>?", shown) == []
        assert str(room.channel.name).startswith("inc-")
        check(bot)


@pytest.mark.parametrize(
    "name", ["<!channel>", "@everyone", "a|b`*_", "x" * 300, "\u202ertl", "", "a\nb", "nul\x00name"]
)
def test_no_name_of_a_person_does_either(bot: Bot, name: str) -> None:
    bot.slack.add_user("U0EVIL", name, real_name=name)
    slack = Slack(bot.settings.slack_bot_token, bot.settings.slack_api_url)
    refresh_people(bot.database, slack)
    evil = bot.slack.change_user("U0EVIL", deleted=True)
    assert bot.slack.event({"type": "user_change", "user": evil.as_api()}).error is None
    bot.slack.command("U0ADA", "C0GENERAL", "/incident declare P1 checkout Broken")
    bot.settle()
    room = IncidentChannel(bot, 1)
    assert "has a deactivated account" in room.send("commander <@U0EVIL>")
    room.type("declare Second")
    assert room.submit({"service": "payments", "commander": "U0EVIL"}).keys() == {"commander"}
    room.type("note mine", "U0EVIL")
    room.type("resolved")
    room.type("postmortem")
    (file,) = bot.slack.files
    assert file.content
    rows = [row for row in file.content.decode().splitlines() if "| note |" in row]
    assert len(rows) == 1
    assert "<" not in file.content.decode()
    check(bot)
    with bot.database.transaction() as tx:
        assert people.with_standing(tx, "U0EVIL")[0]


def test_no_word_of_the_status_page_does_either(database_url: str, redis_url: str) -> None:
    """A component's name, and what the page answers to what it refuses."""
    with running_bot(database_url, redis_url, STATUSPAGE_PUBLISH="ask") as bot:
        bot.slack.statuspage.add_component("comp-evil", HOSTILE_TEXT)
        with bot.database.transaction() as tx:
            statuspage.map_service(tx, "checkout", "comp-evil", HOSTILE_TEXT)
        bot.slack.faults.add("error", "statuspage.patch_component", code=HOSTILE_TEXT)
        room = declared(bot, "P1 checkout Payments fail")
        room.type("severity P2")
        bot.slack.statuspage.set_by_hand("comp-evil", "operational")
        room.type("severity P1")
        overview = room.whisper("statuspage")
        question = next(message for message in room.channel.messages if "by hand" in message.text)
        answer = room.press("statuspage:leave:comp-evil", on=question)
        bot.slack.faults.add("error", "statuspage.create_incident", code=HOSTILE_TEXT)
        room.type("publish")
        assert room.submit({"title": "Errors", "message": "Some payments fail."}) == {}
        room.submit({})
        quoted = [post for post in room.posts if ESCAPED_TEXT in post]
        for words in ("on Statuspage failed", "back in sync: ", "by hand", "🟥"):
            assert sum(words in post for post in quoted) == 1, words
        for words in (overview.text, answer, str(room.whisper("delivery").blocks)):
            assert ESCAPED_TEXT in words
        check_what_is_live(bot)
