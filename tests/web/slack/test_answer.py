"""The answer in Slack's shape, by the way that somebody asked."""

import dataclasses
from typing import Any

import pytest

from incident_bot.commands import InteractionType, Reply, Request
from incident_bot.errors import InvalidInput, Mention, NotAllowed, UserError
from incident_bot.render.forms import confirmation
from incident_bot.render.text import section
from incident_bot.web.slack import answer
from tests.markup import AS_TYPED, POISON, marked_up

_DELAYED = "⏳ Saved. Posting is delayed: the worker is behind, and it will catch up."


def asked(type: InteractionType, **more: Any) -> Request:
    request = Request(
        type=type,
        key="k",
        word="declare",
        rest="",
        user_id="U0ADA",
        channel_id="C0GENERAL",
        trigger_id="1.1",
    )
    return dataclasses.replace(request, **more)


def words(blocks: object) -> list[str]:
    return list(marked_up(blocks))


def test_a_forms_confirmation_says_that_posting_is_delayed() -> None:
    done = confirmation("Incident declared", "INC-7 is declared.")
    given = answer.of(asked(InteractionType.SUBMISSION), Reply(done=done))
    told = answer.with_delay_notice(given)
    assert told["response_action"] == "update"
    assert told["view"] == {**done, "blocks": told["view"]["blocks"]}
    assert words(told["view"]["blocks"]) == ["INC-7 is declared.", _DELAYED]


@pytest.mark.parametrize("blocks", [(), (section("Posted."),)])
def test_a_message_says_that_posting_is_delayed(blocks: Any) -> None:
    given = answer.of(asked(InteractionType.COMMAND), Reply(text="Posted.", blocks=blocks))
    told = answer.with_delay_notice(given)
    assert (told["response_type"], told["text"]) == ("ephemeral", "Posted.")
    assert words(told["blocks"]) == ["Posted.", _DELAYED]


def test_where_nothing_is_shown_nothing_is_said_of_a_delay() -> None:
    assert answer.with_delay_notice(answer.nothing()) == {}


_SENTENCE = "Something broke, reference 12ab. Nothing was recorded."


def test_a_bug_is_said_to_who_typed_alone() -> None:
    told = answer.internal_error(asked(InteractionType.COMMAND), "12ab")
    assert (told["response_type"], told["text"]) == ("ephemeral", _SENTENCE)
    assert words(told["blocks"]) == [_SENTENCE]


def test_a_bug_is_said_in_the_form_that_stays_open() -> None:
    told = answer.internal_error(
        asked(InteractionType.SUBMISSION, form={"title": "x", "message": ""}), "12ab"
    )
    assert told == {"response_action": "errors", "errors": {"title": _SENTENCE}}


def test_a_bug_is_said_in_the_place_of_a_form_without_inputs() -> None:
    told = answer.internal_error(asked(InteractionType.SUBMISSION), "12ab")
    assert told["response_action"] == "update"
    assert words(told["view"]["blocks"]) == [_SENTENCE]


def test_a_mistake_stands_beside_its_own_input() -> None:
    form = asked(InteractionType.SUBMISSION, form={"title": "", "service": ""})
    told = answer.user_error(form, InvalidInput("Which one?", field="service"), {})
    assert told["errors"] == {"service": "Which one?"}


@pytest.mark.parametrize("kind", [NotAllowed, InvalidInput])
def test_a_person_called_anything_is_named_as_they_are_called(kind: type[UserError]) -> None:
    error = kind("Ask ", Mention("U0BEN"), ".")
    names = {"U0BEN": POISON}
    beside = answer.user_error(asked(InteractionType.SUBMISSION, form={"title": ""}), error, names)
    assert beside["errors"] == {"title": f"Ask @{POISON}."}, "nothing is live beside an input"
    instead = answer.user_error(asked(InteractionType.SUBMISSION), error, names)
    assert words(instead["view"]["blocks"]) == [f"Ask @{AS_TYPED}."]


def test_a_refusal_mentions_whom_we_name_and_nobody_who_was_typed() -> None:
    error = NotAllowed("Ask ", Mention("U0BEN"), f", not “{POISON}”.")
    told = answer.user_error(asked(InteractionType.COMMAND), error, {})
    assert told["text"] == f"Ask <@U0BEN>, not “{AS_TYPED}”."
    assert words(told["blocks"]) == [told["text"]]
