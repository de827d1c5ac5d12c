"""The postmortem of an incident as a reader who was not there finds it."""

import re
from collections.abc import Iterator

import pytest

from incident_bot.clients.slack import Slack
from incident_bot.jobs.periodic_tasks import learn_workspace
from slack_sandbox.model import Message
from tests.bot import Bot, running_bot
from tests.incident_channel import IncidentChannel, declared


@pytest.fixture
def bot(database_url: str, redis_url: str) -> Iterator[Bot]:
    """A bot that knows its workspace, as after a worker's first minute."""
    with running_bot(database_url, redis_url, STATUSPAGE_PUBLISH="ask") as bot:
        learn_workspace(
            bot.database, Slack(bot.settings.slack_bot_token, bot.settings.slack_api_url)
        )
        yield bot
        assert bot.slack.violations == []


@pytest.fixture
def room(bot: Bot) -> IncidentChannel:
    """A P1 twice, which came back, was handed over and ended as a P2; it is over."""
    room = declared(bot, "P1 checkout Checkout returns 500")
    room.type("status investigating looking at the load balancer")
    room.type("severity P2 only the EU")
    room.type("note lb-2 is full", "U0CLEO")
    room.type("commander @ben")
    room.type("severity P1 all regions", "U0BEN")
    room.type("publish", "U0BEN")
    room.submit({"title": "Payments failing", "message": "We are looking into it."}, "U0BEN")
    room.submit({}, "U0BEN")
    room.type("update", "U0BEN")
    fixed = {"message": "Rolled back; error rate falls", "status": "monitoring", "severity": "P2"}
    room.submit({**fixed, "publish": ["yes"]}, "U0BEN")
    room.type("resolved rolled back the deploy", "U0BEN")
    return room


def postmortem(room: IncidentChannel) -> str:
    room.type("postmortem")
    return (room.bot.slack.files[-1].content or b"").decode()


def linked(room: IncidentChannel, text: str) -> dict[str, Message]:
    """Return the message behind each link, by its label; each must be there."""
    found = {}
    for label, channel_id, digits in re.findall(r"\[([^\]]*)\]\(\S+/archives/(\w+)/p(\d+)\)", text):
        message = room.bot.slack.channel(channel_id).find(f"{digits[:-6]}.{digits[-6:]}")
        assert message, label
        found[label] = message
    return found


def test_it_has_the_worst_severity_full_names_and_no_status(room: IncidentChannel) -> None:
    text = postmortem(room)
    assert "- Severity: P1 at its worst, P2 at the end\n" in text
    assert "- Commander: Ada Okafor, then Ben Larsson\n" in text
    assert "- Took part: Ada Okafor, Ben Larsson, Cleo Marchetti\n" in text
    assert "| handover | Ada Okafor | Ada Okafor → Ben Larsson |" in text
    assert not re.search(r"\b(ada|ben|cleo|U0\w+)\b", text)
    assert "Status:" not in text


def test_each_time_among_its_facts_says_that_it_is_utc(room: IncidentChannel) -> None:
    before_the_table, _, _ = postmortem(room).partition("## Timeline (UTC)")
    times = re.findall(r"\d\d:\d\d:\d\d.{4}", before_the_table)
    assert len(times) > 6
    assert {each[-4:] for each in times} == {" UTC"}


def test_it_links_the_messages_that_tell_of_its_entries(room: IncidentChannel) -> None:
    text = postmortem(room)
    rows = [row for row in text.splitlines() if row.startswith("| [")]
    told = {row.split(" | ")[1]: linked(room, row).popitem()[1] for row in rows}
    assert set(told) == {
        *("declared", "note", "status", "severity", "handover", "resolved"),
        *("published", "public update"),
    }
    assert told["declared"].ts == room.card.ts
    assert "rolled back the deploy" in told["resolved"].text
    assert "handed command" in told["handover"].text
    assert told["note"].text == "📝 cleo noted: lb-2 is full"
    assert [row for row in text.splitlines() if re.match(r"\| \d", row)] == []


def test_it_links_the_channel_and_the_announcements(room: IncidentChannel) -> None:
    text = postmortem(room)
    origin = room.bot.slack.origin
    assert f"[#{room.channel.name}]({origin}/archives/{room.channel.id})" in text
    (line,) = [each for each in text.splitlines() if each.startswith("- Announcements:")]
    announced = linked(room, line)
    assert [message.channel for message in announced.values()] == ["C0P1"]
    assert all("INC-1" in message.text for message in announced.values())


def test_it_tells_what_customers_read(room: IncidentChannel) -> None:
    _, _, after = postmortem(room).partition("## Customer communication")
    section, _, _ = after.partition("\n## ")
    assert re.findall("^> (.*)$", section, re.MULTILINE) == [
        "Payments failing: We are looking into it.",
        "Rolled back; error rate falls",
        "This incident has been resolved.",
    ]
    assert re.findall("by (.*):$", section, re.MULTILINE) == [
        "Ben Larsson (investigating)",
        "Ben Larsson (monitoring)",
        "Ben Larsson (resolved)",
    ]


def test_what_the_status_page_refused_is_not_told_as_read(bot: Bot) -> None:
    room = declared(bot, "P1 checkout Checkout returns 500")
    bot.slack.faults.add("error", "statuspage.create_incident", code="is not allowed")
    room.type("publish")
    room.submit({"title": "Payments failing", "message": "We are looking into it."})
    room.submit({})
    bot.settle()
    room.type("resolved")
    assert "by Ada Okafor (investigating), which **never reached the status page**:" in (
        postmortem(room)
    )


def test_its_file_has_a_plain_name_however_often_it_is_asked_for(room: IncidentChannel) -> None:
    postmortem(room)
    postmortem(room)
    files = room.bot.slack.files
    assert [file.name for file in files] == ["inc-1-postmortem.md", "inc-1-postmortem.md"]
    assert [file.title for file in files] == ["INC-1 postmortem", "INC-1 postmortem, version 2"]


def test_without_an_answer_of_slack_it_has_no_links_and_all_the_words(
    database_url: str, redis_url: str
) -> None:
    with running_bot(database_url, redis_url) as bot:
        room = declared(bot)
        room.type("resolved bigger disks")
        text = postmortem(room)
        assert "](" not in text
        assert f"- Channel: #{room.channel.name}\n" in text
        assert "\n> bigger disks\n" in text
