"""/incident claim: taking command when the commander cannot be reached."""

import pytest

from incident_bot.domain import mentions
from tests.incident_channel import IncidentChannel, buttons


def test_it_asks_first_and_then_takes_command(room: IncidentChannel) -> None:
    asked = room.whisper("claim", "U0BEN")
    assert "<@U0ADA> is in command of INC-1." in asked.text
    assert list(buttons(asked)) == ["Take command"]
    assert room.incident.commander_user_id == "U0ADA"
    answer = room.press("claim:confirmed", "U0BEN", on=asked)
    assert answer == "", "the question itself turns into the answer"
    assert room.bot.slack.ephemerals("U0BEN")[-1].text == "You are in command of INC-1 now."
    assert buttons(room.bot.slack.ephemerals("U0BEN")[-1]) == {}
    assert room.incident.commander_user_id == "U0BEN"
    assert "U0BEN" in room.channel.members
    assert "<@U0BEN> took command from <@U0ADA>" in room.posts[-1]
    assert room.timeline("before || ' ' || after")[-1] == "U0ADA U0BEN"
    assert room.audit() == ["U0ADA declare", "U0BEN claim"]
    assert room.bot.slack.violations == []


def test_the_card_asks_by_slacks_own_dialog(room: IncidentChannel) -> None:
    confirm = buttons(room.card)["Take command"]["confirm"]
    assert confirm["title"]["text"] == "Take command?"
    assert "INC-1" in confirm["text"]["text"]
    answer = room.press("claim:confirmed", "U0CLEO")
    assert answer == "", "the channel says it to everybody"
    assert "<@U0CLEO> took command from <@U0ADA>" in room.posts[-1]
    assert room.incident.commander_user_id == "U0CLEO"
    assert "Update" in buttons(room.card), "the card stays as it is for everybody else"


def test_typing_the_confirmation_is_not_pressing_it(room: IncidentChannel) -> None:
    assert "Taking over is announced" in room.type("claim confirmed", "U0BEN")
    assert room.incident.commander_user_id == "U0ADA"


def test_the_commander_has_nothing_to_claim(room: IncidentChannel) -> None:
    assert room.type("claim") == "<@U0ADA> is already in command of INC-1."
    assert room.press("claim:confirmed") == "<@U0ADA> is already in command of INC-1."
    assert room.timeline() == ["declared"]


@pytest.mark.parametrize("flag", ["is_restricted", "is_ultra_restricted", "is_stranger"])
def test_a_guest_cannot_take_command_by_word_or_button(room: IncidentChannel, flag: str) -> None:
    asked = room.whisper("claim", "U0BEN")
    ben = room.bot.slack.change_user("U0BEN", **{flag: True})
    room.bot.slack.event({"type": "user_change", "user": ben.as_api()})
    refusal = "Guests can read and add notes, and nothing else."
    assert refusal in room.type("claim", "U0BEN")
    assert refusal in room.press("claim:confirmed", "U0BEN", on=asked)
    assert refusal in room.press("claim:confirmed", "U0BEN")
    assert room.incident.commander_user_id == "U0ADA"
    assert "Noted" in room.type("note I can see it", "U0BEN")
    assert room.audit()[-1] == "U0BEN note"


def test_command_of_a_resolved_incident_can_be_taken_and_handed_on(room: IncidentChannel) -> None:
    asked = room.whisper("claim", "U0BEN")
    room.type("resolved")
    room.press("claim:confirmed", "U0BEN", on=asked)
    assert room.incident.commander_user_id == "U0BEN"
    assert room.type("commander @dan", "U0BEN") == "<@U0DAN> is in command of INC-1 now."
    assert not room.incident.is_open


@pytest.mark.parametrize(
    "line",
    [
        "status identified: the cache is full & <b> of @eve's",
        "status INC-1 what is new",
        "severity P1 all payments",
        "resolved",
        "status " + "long words " * 300,
    ],
)
def test_whoever_was_refused_takes_command_and_sends_what_they_typed(
    room: IncidentChannel, line: str
) -> None:
    refused = room.whisper(line, "U0BEN")
    assert "Ask them, or take command: `/incident claim INC-1`." in refused.text
    assert list(buttons(refused)) == ["Take command"]
    assert buttons(refused)["Take command"]["confirm"]
    assert len(room.timeline()) == 1
    room.press("claim:confirmed", "U0BEN", on=refused)
    answer = room.bot.slack.ephemerals("U0BEN")[-1]
    assert answer.text == "You are in command of INC-1 now."
    again = buttons(answer)
    if len(line) > 2_000:  # a button carries no more
        assert again == {}
        return
    word = line.split()[0]
    assert again["Send what I typed"]["action_id"] == f"{word}:again"
    room.press(f"{word}:again", "U0BEN", on=answer)
    said = room.bot.sql("select coalesce(text, '') from timeline order by id")[-1]
    typed = line.removeprefix(word).strip()
    for prefix in ("identified: ", "INC-1 ", "P1 "):
        typed = typed.removeprefix(prefix)
    assert mentions.plain(said, {"U0EVE": "eve"}) == typed
    assert room.timeline()[1] == "claim"
    assert room.bot.slack.violations == []
