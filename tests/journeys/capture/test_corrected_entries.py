"""Entries of the timeline are corrected, and shown wherever an incident is written up."""

import re

import pytest

from tests.incident_channel import IncidentChannel, buttons, declared
from tests.journeys.capture.marking import (
    correct,
    is_confirmed,
    link,
    menu_of,
    react,
    said,
    shown,
    unreact,
)


def test_people_correct_their_own_entries_and_the_commander_all(room: IncidentChannel) -> None:
    room.type("note the disk is full", "U0CLEO")
    react(room, said(room), "U0EVE")
    assert menu_of(room.whisper("timeline", "U0CLEO"), "the disk is full")
    for user in ("U0BEN", "U0EVE"):  # its author, and who captured it
        assert menu_of(room.whisper("timeline", user), "the cache is full")
        with pytest.raises(LookupError):
            menu_of(room.whisper("timeline", user), "the disk is full")
    for words in ("the disk is full", "the cache is full"):
        assert menu_of(room.whisper("timeline", "U0ADA"), words)
        with pytest.raises(LookupError):
            menu_of(room.whisper("timeline", "U0DAN"), words)
    with pytest.raises(LookupError):
        menu_of(room.whisper("timeline", "U0ADA"), "*declared*")


def test_an_entry_can_be_edited_and_struck_and_the_record_keeps_all(room: IncidentChannel) -> None:
    room.type("note the disk is ful", "U0CLEO")
    assert correct(room, "the disk is ful", 0, {"words": "the disk is full"}) == {}
    assert "the disk is full (edited)" in shown(room)
    assert correct(room, "the disk is full", 1, {"reason": "it was another host"}, "U0ADA") == {}
    told_of = shown(room)
    assert "~the disk is full~ (struck by <@U0ADA>: it was another host)" in told_of
    assert room.timeline("kind || ' ' || text")[1:] == [
        "note the disk is ful",
        "amended the disk is full",
        "struck it was another host",
    ]
    assert correct(room, "the disk is full", 0, {"words": "the disk is full"}, "U0ADA") == {}
    assert "the disk is full (edited)" in shown(room)
    assert room.audit()[-1] == "U0ADA timeline"
    assert room.bot.slack.violations == []


def test_what_was_struck_with_a_reason_is_not_brought_back_by_a_reaction(
    room: IncidentChannel,
) -> None:
    message = said(room)
    react(room, message)
    assert correct(room, "the cache is full", 1, {"reason": "another cache"}, "U0ADA") == {}
    assert not is_confirmed(room, message)
    react(room, message, "U0EVE")
    assert "~the cache is full~ (struck by <@U0ADA>: another cache)" in shown(room)
    assert correct(room, "the cache is full", 0, {"words": "the cache is full"}, "U0ADA") == {}
    assert "~" not in shown(room)
    assert is_confirmed(room, message)


def test_two_who_strike_the_same_entry_strike_it_once(room: IncidentChannel) -> None:
    room.type("note the disk is full", "U0CLEO")
    for user in ("U0ADA", "U0CLEO"):
        message = room.whisper("timeline", user)
        action_id, options = menu_of(message, "the disk is full")
        room.press(action_id, user, on=message, option=options[1])
    assert room.submit({"reason": "wrong host"}, "U0ADA") == {}
    (told,) = room.submit({"reason": "wrong host"}, "U0CLEO").values()
    assert told.startswith("It is struck already. Type `/incident timeline`. (Reference ")
    assert room.timeline()[1:] == ["note", "struck"]


def test_an_entry_of_another_incident_cannot_be_corrected_here(room: IncidentChannel) -> None:
    other = declared(room.bot, "P1 payments Payments fail")
    other.type("note theirs")
    (number,) = room.bot.sql("select id from timeline where text = 'theirs'")
    room.type("note mine")
    message = room.whisper("timeline")
    action_id, options = menu_of(message, "mine")
    forged = options[0].replace(options[0].split()[0], f"timeline:amend:{number}")
    next(b for b in message.blocks if "mine" in str(b))["accessory"]["options"][0]["value"] = forged
    assert "cannot be corrected" in room.press(action_id, on=message, option=forged)


def test_the_postmortem_has_what_was_captured_edited_and_struck(room: IncidentChannel) -> None:
    message = said(room)
    react(room, message)
    room.type("note -20m the disk is ful", "U0CLEO")
    correct(room, "the disk is ful", 0, {"words": "the disk is full"})
    wrong = said(room, "it is the moon")
    react(room, wrong)
    unreact(room, wrong)
    room.type("resolved rolled back")
    room.type("postmortem")
    text = (room.bot.slack.files[-1].content or b"").decode()
    rows = [row for row in text.splitlines() if row.startswith("| ")]
    (row,) = [row for row in rows if "the cache is full" in row]
    assert f"]({link(room, message)})" in row
    assert "| captured | Ben Larsson | the cache is full |" in row
    (row,) = [row for row in rows if "the disk" in row]
    assert re.search(r"\| the disk is full \(noted \d{4}-.*\) \(edited\) \|$", row)
    assert rows.index(row) == 1, "it happened before the declare"
    (row,) = [row for row in rows if "the moon" in row]
    assert "~~it is the moon~~ (struck by Cleo Marchetti)" in row
    assert "Took part: Ada Okafor, Cleo Marchetti, Ben Larsson" in text


@pytest.mark.parametrize("nasty", ["<!channel> *x* `y` ~z~", '"<&\\' * 900])
def test_two_hundred_messages_are_shown_within_slacks_limits(
    room: IncidentChannel, nasty: str
) -> None:
    with room.bot.database.transaction() as tx:
        tx.run(
            """
            insert into timeline (incident_id, at, recorded_at, kind, actor_user_id, text, before,
                permalink, source_channel_id, source_ts, source_user_id)
            select %(number)s, %(at)s + n * interval '7 minutes', %(at)s + interval '9 days',
                'captured', 'U0BEN', 'message-' || n || '. ' || %(nasty)s, 'pin',
                'https://' || repeat('x', 40) || '.slack.com/archives/C0123456789/p'
                    || n || '?thread_ts=1700000000.000100&cid=C0123456789',
                'C0INC', n::text, 'U0ADA'
            from generate_series(1, 200) as n
            """,
            number=room.number,
            at=room.incident.declared_at,
            nasty=nasty,
        )
    message = room.whisper("timeline")
    pages = [re.findall(r"message-\d+\b", str(message.blocks))]
    while "Older" in buttons(message):
        room.press(buttons(message)["Older"]["action_id"], on=message)
        pages.append(re.findall(r"message-\d+\b", str(message.blocks)))
    read = [each for page in reversed(pages) for each in page]
    assert list(dict.fromkeys(read)) == [f"message-{number}" for number in range(1, 201)]
    assert "channel" not in message.pings
    room.press("timeline:post", on=message)
    room.type("resolved")
    room.type("postmortem")
    for file in room.bot.slack.files:
        text = (file.content or b"").decode()
        assert len(re.findall(r"message-\d+\b", text)) == 200
    assert len(room.bot.slack.files) == 2
    assert room.bot.slack.violations == []


def test_a_catch_up_tells_entries_as_they_read_by_now(room: IncidentChannel) -> None:
    room.type("note the cache is full", "U0CLEO")
    room.type("note the disk is full", "U0CLEO")
    assert correct(room, "the cache is full", 1, {"reason": "wrong host"}, "U0ADA") == {}
    assert correct(room, "the disk is full", 0, {"words": "the disk was full"}) == {}
    text = str(room.whisper("catchup", "U0BEN").blocks)
    assert "~the cache is full~" in text
    assert "the disk was full (edited)" in text
    assert "the disk is full" not in text


def test_a_correction_is_news_to_who_has_read_what_was_wrong(room: IncidentChannel) -> None:
    room.type("note the cache is full", "U0CLEO")
    room.whisper("catchup", "U0BEN")
    assert correct(room, "the cache is full", 1, {"reason": "wrong host"}, "U0ADA") == {}
    text = str(room.whisper("catchup", "U0BEN").blocks)
    assert "1 new since you were last here" in text
    assert "~the cache is full~" in text
    assert "Nothing is new" in str(room.whisper("catchup", "U0BEN").blocks)
