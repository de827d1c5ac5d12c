"""/incident timeline: pages to one person, the whole to the channel."""

import re

from slack_sandbox.model import Message
from tests.incident_channel import IncidentChannel, buttons

_NASTY = '"<&\\' * 1000


def fill(room: IncidentChannel, count: int, text: str = "", apart: str = "1 minute") -> None:
    """Notes as the record has them, a minute apart or less."""
    with room.bot.database.transaction() as tx:
        tx.run(
            """
            insert into timeline (incident_id, at, kind, actor_user_id, text)
            select %s, %s + n * %s::interval, 'note', 'U0CLEO', 'entry-' || n || '. ' || %s
            from generate_series(1, %s) as n
            """,
            room.number,
            room.incident.declared_at,
            apart,
            text,
            count,
        )


def entries(message: Message) -> list[str]:
    return re.findall(r"entry-\d+\b", str(message.blocks))


def page_back(room: IncidentChannel, user: str) -> list[list[str]]:
    """The entries of every page, newest page first, by pressing Older to the end."""
    message = room.whisper("timeline", user)
    pages = [entries(message)]
    while "Older" in buttons(message):
        room.press(buttons(message)["Older"]["action_id"], user, on=message)
        pages.append(entries(message))
    return pages


def test_every_page_of_500_entries_can_be_read_with_none_missing_or_twice(
    room: IncidentChannel,
) -> None:
    fill(room, 500, _NASTY)
    pages = page_back(room, "U0CLEO")
    read = [entry for page in reversed(pages) for entry in page]
    assert read == [f"entry-{number}" for number in range(1, 501)]
    assert room.bot.slack.violations == []
    assert "Newest" in buttons(room.bot.slack.ephemerals("U0CLEO")[-1])
    room.press("timeline:newest", "U0CLEO", on=room.bot.slack.ephemerals("U0CLEO")[-1])
    assert entries(room.bot.slack.ephemerals("U0CLEO")[-1])[-1] == "entry-500"


def test_from_a_page_in_the_middle_both_ways_are_open(room: IncidentChannel) -> None:
    fill(room, 40)
    message = room.whisper("timeline")
    assert list(buttons(message)) == ["Post to the channel", "Older"]
    room.press(buttons(message)["Older"]["action_id"], on=message)
    assert list(buttons(message)) == ["Post to the channel", "Older", "Newest"]


def test_the_card_that_everybody_sees_stays_when_one_person_reads_the_timeline(
    room: IncidentChannel,
) -> None:
    room.type("resolved")
    before = str(room.card.blocks)
    assert "Timeline of" in room.press("timeline", "U0CLEO")
    assert str(room.card.blocks) == before
    assert "Timeline of" in room.bot.slack.ephemerals("U0CLEO")[-1].text


def test_a_short_one_is_posted_as_a_message(room: IncidentChannel) -> None:
    fill(room, 3)
    shown = room.whisper("timeline", "U0CLEO")
    assert list(buttons(shown)) == ["Post to the channel"]
    room.press("timeline:post", "U0CLEO", on=shown)
    posted = room.channel.messages[-1]
    assert "*INC-1*" in posted.text
    assert entries(posted) == ["entry-1", "entry-2", "entry-3"]
    assert room.bot.slack.files == []
    assert room.bot.slack.ephemerals("U0CLEO")[-1].text == (
        "The timeline is being posted to the channel."
    )
    assert room.audit()[-1] == "U0CLEO timeline"


def test_the_longest_that_is_posted_as_a_message_breaks_no_limit(room: IncidentChannel) -> None:
    fill(room, 14, _NASTY)
    room.press("timeline:post", "U0CLEO", on=room.whisper("timeline", "U0CLEO"))
    shown = entries(room.channel.messages[-1])
    in_file = re.findall(r"entry-\d+\b", str([file.content for file in room.bot.slack.files]))
    assert [*shown, *in_file] == [f"entry-{number}" for number in range(1, 15)]
    assert room.bot.sql("select kind from deliveries where state <> 'sent'") == []
    assert room.bot.slack.violations == []


def test_a_long_one_is_posted_as_a_file(room: IncidentChannel) -> None:
    fill(room, 500, _NASTY)
    room.press("timeline:post", "U0CLEO", on=room.whisper("timeline", "U0CLEO"))
    (file,) = room.bot.slack.files
    assert file.content
    text = file.content.decode()
    assert re.findall(r"entry-\d+\b", text) == [f"entry-{number}" for number in range(1, 501)]
    assert len(text) > 500 * 4000
    assert room.bot.slack.violations == []


def test_dates_are_shown_when_it_spans_days(room: IncidentChannel) -> None:
    assert "{date_short}" not in str(room.whisper("timeline").blocks)
    fill(room, 1500, apart="1 millisecond")  # so that it is one day at any time of a day
    assert "{date_short}" not in str(room.whisper("timeline").blocks), "this page is one day"
    with room.bot.database.transaction() as tx:
        tx.run(
            "insert into timeline (incident_id, at, kind, actor_user_id, text)"
            " values (%s, %s + interval '3 days', 'note', 'U0CLEO', 'late')",
            room.number,
            room.incident.declared_at,
        )
    assert "{date_short}" in str(room.whisper("timeline").blocks)


def test_every_kind_of_entry_reads_as_a_sentence(room: IncidentChannel) -> None:
    for line in ("status identified: cache", "severity P2 worse", "note hm", "status more"):
        room.type(line)
    room.type("commander @ben")
    room.type("resolved done", "U0BEN")
    room.type("reopen again", "U0BEN")
    shown = str(room.whisper("timeline").blocks)
    for words in (
        "*declared* P3 by <@U0ADA>: Checkout is slow",
        "*status* declared → identified by <@U0ADA>: cache",
        "*severity* P3 → P2 by <@U0ADA>: worse",
        "*note* by <@U0ADA>: hm",
        "*update* by <@U0ADA>: more",
        "*handed over* to <@U0BEN> by <@U0ADA>",
        "*resolved* by <@U0BEN>: done",
        "*reopened* by <@U0BEN>: again",
    ):
        assert words in shown
