"""/incident postmortem: the record as a file, once it is over."""

from tests.incident_channel import IncidentChannel, buttons


def test_it_is_written_only_when_resolved(room: IncidentChannel) -> None:
    refused = room.type("postmortem")
    assert "INC-1 is declared. A postmortem is written once it is resolved" in refused
    assert "`/incident resolved INC-1 what fixed it`" in refused
    assert room.bot.slack.files == []
    assert room.audit()[-1] == "U0ADA postmortem refused"


def test_it_comes_as_a_markdown_file_into_the_channel(room: IncidentChannel) -> None:
    room.type("note lb-2 was full", "U0CLEO")
    room.type("resolved bigger disks")
    answer = room.type("postmortem", "U0CLEO")
    assert answer == "The postmortem of INC-1 is being posted to the channel."
    (file,) = room.bot.slack.files
    assert file.name.endswith(".md")
    assert file.channels == [room.channel.id]
    assert file.content
    text = file.content.decode()
    assert text.startswith("# Postmortem of INC-1: Checkout is slow\n")
    assert "bigger disks" in text
    assert "lb-2 was full" in text
    assert room.audit()[-1] == "U0CLEO postmortem"
    assert room.bot.slack.violations == []


def test_what_was_noted_later_is_in_the_next_one(room: IncidentChannel) -> None:
    room.type("resolved")
    room.type("postmortem")
    room.type("note forgot this")
    room.type("postmortem")
    first, second = [str(file.content) for file in room.bot.slack.files]
    assert "forgot this" not in first
    assert "forgot this" in second


def test_it_is_a_press_away_on_the_card_of_a_resolved_incident(room: IncidentChannel) -> None:
    assert list(buttons(room.card)) == ["Take command", "Update", "Resolve", "False alarm"]
    room.type("resolved")
    assert list(buttons(room.card)) == ["Postmortem", "Reopen", "Timeline"]
    assert room.press("postmortem", "U0DAN") == (
        "The postmortem of INC-1 is being posted to the channel."
    )
    assert len(room.bot.slack.files) == 1
