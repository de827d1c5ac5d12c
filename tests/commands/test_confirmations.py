"""The bot asks first before something unusual, and does it when it is asked for once more."""

from collections.abc import Iterator

import pytest

from slack_sandbox.app_link import Answer
from tests.bot import Bot, running_bot
from tests.incident_channel import IncidentChannel, buttons, declared

ASKED = "Do you mean it?"
TOLD = "Everybody concerned was told 2 times in ten minutes that INC-1 is {}."


def declare(bot: Bot, title: str, user: str = "U0ADA") -> str:
    """Declare a P4 in one line; return the answer."""
    answer = bot.slack.command(user, "C0GENERAL", f"/incident declare P4 checkout {title}")
    assert answer.error is None
    return answer.text


def press_again(bot: Bot, user: str = "U0ADA", channel: str = "C0GENERAL") -> str:
    """Press the button of the question that this person sees; return what they read then."""
    asked = bot.slack.ephemerals(user)[-1]
    (press,) = buttons(asked).values()
    assert bot.slack.click(user, channel, asked.ts, press["action_id"]).error is None
    bot.settle()
    return bot.slack.ephemerals(user)[-1].text


def titles(bot: Bot) -> list[str]:
    return bot.sql("select title from incidents order by id")


@pytest.fixture
def bot(database_url: str, redis_url: str) -> Iterator[Bot]:
    with running_bot(database_url, redis_url, CONFIRM_FLOODS="on") as bot:
        yield bot


@pytest.fixture
def busy(bot: Bot) -> Bot:
    """Ada has declared four incidents, as many as she may without being asked."""
    for number in range(1, 5):
        assert "is declared" in declare(bot, f"number {number}")
    bot.settle()
    return bot


def test_the_fifth_own_declare_in_ten_minutes_is_asked_about(busy: Bot) -> None:
    assert declare(busy, "number 5") == (
        "You have declared 4 incidents in ten minutes, each with a channel of its own. " + ASKED
    )
    assert len(titles(busy)) == 4
    assert "is declared" in press_again(busy)
    assert titles(busy)[-1] == "number 5"
    assert "declared 5 incidents" in declare(busy, "number 6"), "each from then on"
    assert "is declared" in declare(busy, "another's", user="U0BEN")
    assert busy.slack.violations == []


def test_the_line_comes_back_as_it_was_typed(busy: Bot) -> None:
    assert ASKED in declare(busy, "A < B & C, @ben at http://x.example?a=1&b “x” &lt; |<")
    assert "is declared" in press_again(busy)
    assert titles(busy)[-1] == "A < B & C, @ben at http://x.example?a=1&b “x” &lt; |<"


def test_the_same_line_typed_again_is_the_answer_and_another_line_is_not(busy: Bot) -> None:
    assert ASKED in declare(busy, "number 5")
    assert ASKED in declare(busy, "number 6")
    assert "is declared" in declare(busy, "number 5")
    assert "is declared" in declare(busy, "number 6")
    assert ASKED in declare(busy, "number 7"), "an answer counts once"


def test_a_question_of_two_minutes_ago_is_asked_again(busy: Bot) -> None:
    assert ASKED in declare(busy, "number 5")
    with busy.database.transaction() as tx:
        tx.run("update confirmations set asked_at = asked_at - interval '2 minutes'")
    assert "Press the button once more" in press_again(busy)
    assert "is declared" in press_again(busy_again(busy))


def busy_again(bot: Bot) -> Bot:
    """Type the last question's line once more, so that its button is the newest message."""
    with bot.database.transaction() as tx:
        tx.run("delete from confirmations")
    assert ASKED in declare(bot, "number 5")
    return bot


def test_ten_minutes_later_nobody_is_asked(busy: Bot) -> None:
    with busy.database.transaction() as tx:
        tx.run("update incidents set declared_at = declared_at - interval '10 minutes'")
    assert "is declared" in declare(busy, "number 5")


def test_the_same_request_sent_again_is_no_answer(busy: Bot) -> None:
    assert ASKED in declare(busy, "number 5")
    request = busy.slack.last_request
    assert request
    for _ in range(3):
        assert ASKED in busy.slack.resend(request).text
    assert len(titles(busy)) == 4


def test_a_form_is_sent_once_more(busy: Bot) -> None:
    busy.slack.command("U0ADA", "C0GENERAL", "/incident declare")
    values = {"title": "number 5", "service": "checkout", "severity": "P4"}
    answer: Answer = busy.slack.submit("U0ADA", values)
    (told,) = answer.errors.values()
    assert told.endswith("a channel of its own. Send the form once more if you mean it.")
    assert len(titles(busy)) == 4
    assert busy.slack.submit("U0ADA", values).errors == {}
    assert titles(busy)[-1] == "number 5"


def test_what_cannot_be_a_button_is_typed_again(busy: Bot) -> None:
    title = f"{'x' * 90} {' ' * 2000}number 5"
    assert "Send the same line once more" in declare(busy, title)
    assert "is declared" in declare(busy, title)


def test_people_are_not_told_again_and_again_that_it_is_a_p1(room: IncidentChannel) -> None:
    for _ in range(2):
        assert "is P1 now" in room.type("severity P1 all down")
        assert "is P2 now" in room.type("severity P2 better")
    assert TOLD.format("P1") in room.type("severity P1 worse")
    told = len(room.bot.slack.dm("U0DAN"))
    assert "is P1 now" in press_again(room.bot, channel=room.channel.id)
    assert len(room.bot.slack.dm("U0DAN")) == told + 1
    assert room.timeline("text")[-1] == "worse"


def test_a_rise_and_an_end_are_told_without_a_question(bot: Bot) -> None:
    room = declared(bot, "P2 checkout Down")
    assert "is P1 now" in room.type("severity P1 worse")
    assert "resolved after" in room.type("resolved it was nothing")
    assert "open again" in room.type("reopen not yet")
    assert "resolved after" in room.type("resolved now it is")


def end_twice(room: IncidentChannel) -> None:
    for _ in range(2):
        room.type("resolved rolled back")
        room.type("reopen not yet")


def test_people_are_not_told_again_and_again_that_it_is_over(room: IncidentChannel) -> None:
    end_twice(room)
    answer = room.type("resolved now it is")
    assert answer == f"{TOLD.format('resolved')} {ASKED}"
    assert "resolved after" in room.type("resolved now it is")


def test_ten_minutes_later_everybody_may_be_told_again(room: IncidentChannel) -> None:
    end_twice(room)
    with room.bot.database.transaction() as tx:
        tx.run("alter table timeline disable trigger user")
        tx.run("update timeline set at = at - interval '10 minutes'")
    assert "resolved after" in room.type("resolved now it is")


def test_who_has_just_taken_command_is_asked_before_they_take_it_again(
    room: IncidentChannel,
) -> None:
    room.press("claim:confirmed", "U0BEN")
    room.press("claim:confirmed", "U0CLEO")
    asked = room.press("claim:confirmed", "U0BEN")
    assert asked == (
        "You took command of INC-1 a moment ago. Press the button once more if you mean it."
    )
    assert room.incident.commander_user_id == "U0CLEO"
    room.press("claim:confirmed", "U0BEN")
    assert room.incident.commander_user_id == "U0BEN"


def test_a_post_is_not_repeated_at_once(room: IncidentChannel) -> None:
    shown = room.whisper("timeline", "U0BEN")
    room.press("timeline:post", "U0BEN", on=shown)
    posts = len(room.posts)
    shown = room.whisper("timeline", "U0BEN")
    asked = room.press("timeline:post", "U0BEN", on=shown)
    assert asked.startswith("You had this posted to the channel a moment ago. Press")
    assert len(room.posts) == posts
    room.press("timeline:post", "U0BEN", on=shown)
    assert len(room.posts) == posts + 1
    room.type("resolved")
    assert "is being posted" in room.type("postmortem")
    assert ASKED in room.type("postmortem")
    assert "is being posted" in press_again(room.bot, channel=room.channel.id)


def test_the_question_is_no_way_around_a_permission(room: IncidentChannel) -> None:
    end_twice(room)
    assert ASKED in room.type("resolved again")
    room.press("claim:confirmed", "U0BEN")
    assert "Only the commander" in press_again(room.bot, channel=room.channel.id)
    assert room.incident.is_open


@pytest.fixture
def unasked(database_url: str, redis_url: str) -> Iterator[Bot]:
    with running_bot(database_url, redis_url) as bot:
        yield bot


def test_an_operator_can_turn_the_questions_off(unasked: Bot) -> None:
    for number in range(1, 7):
        assert "is declared" in declare(unasked, f"number {number}")
    room = declared(unasked, "P3 checkout Slow", user="U0BEN")
    for _ in range(3):
        assert "resolved after" in room.type("resolved", "U0BEN")
        assert "open again" in room.type("reopen not yet", "U0BEN")
        assert "is P1 now" in room.type("severity P1", "U0BEN")
        assert "is P3 now" in room.type("severity P3", "U0BEN")


def test_a_form_that_shows_an_older_state_is_sent_once_more(room: IncidentChannel) -> None:
    room.press("resolved")
    room.type("resolved rolled back")
    room.type("reopen not yet")
    room.type("severity P2")
    told = room.submit({"message": "It is over"})["message"]
    assert told == (
        "INC-1 has changed since this form was opened: it is P2, investigating, and @ada commands "
        "it. Send the form once more if you mean it."
    )
    assert room.incident.is_open
    assert room.submit({"message": "All over"}) == {}
    assert not room.incident.is_open


def test_an_update_over_a_newer_state_is_asked_about(room: IncidentChannel) -> None:
    room.press("update")
    room.type("status identified: the cache")
    assert "it is P3, identified" in room.submit({"message": "Still looking"})["message"]
    assert room.submit({"message": "Still looking"}) == {}
    assert room.incident.status == "identified", "what was left as shown undoes nothing"


def test_a_preview_of_an_older_state_is_shown_once_more(database_url: str, redis_url: str) -> None:
    with running_bot(database_url, redis_url, STATUSPAGE_PUBLISH="ask") as bot:
        room = declared(bot, "P1 checkout Down")
        room.type("publish")
        room.submit({"title": "Down", "message": "We look into it."})
        room.type("status monitoring: rolled back")
        bot.slack.submit("U0ADA")
        bot.settle()
        view = bot.slack.view("U0ADA")
        assert view
        assert "has changed meanwhile" in str(view.blocks)
        assert "*Monitoring*" in str(view.blocks)
        assert room.timeline() == ["declared", "status"]
        room.submit({})
        assert room.timeline()[-1] == "published"
        assert bot.slack.violations == []


def test_a_form_that_arrives_twice_does_not_answer_the_question(bot: Bot) -> None:
    room = declared(bot)
    room.type("update")
    room.type("commander @eve")
    room.type("commander @ada", "U0EVE")
    errors = room.submit({"message": "the cache is full"})
    assert "has changed since this form was opened" in errors["message"]
    first = bot.slack.last_request
    assert first
    for _ in range(2):
        assert "has changed since" in bot.slack.resend(first).json["errors"]["message"]
    assert "the cache is full" not in room.timeline("text")
    assert room.submit({"message": "the cache is full"}) == {}
    assert "the cache is full" in room.timeline("text")
