"""The answer in Slack's shape, by the way that somebody asked."""

import dataclasses
from typing import Any

import pytest

from incident_bot import log
from incident_bot.commands import InteractionType, Reply, Request
from incident_bot.domain.deliveries import Delay
from incident_bot.errors import InvalidInput, Mention, NotAllowed, UserError
from incident_bot.render.forms import confirmation
from incident_bot.render.text import section
from incident_bot.web.slack import answer
from tests.markup import ESCAPED_TEXT, HOSTILE_TEXT, marked_up

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
    response = answer.with_delay_notice(given, Delay.BEHIND)
    assert response["response_action"] == "update"
    assert response["view"] == {**done, "blocks": response["view"]["blocks"]}
    assert words(response["view"]["blocks"]) == ["INC-7 is declared.", _DELAYED]


@pytest.mark.parametrize("blocks", [(), (section("Posted."),)])
def test_a_message_says_that_posting_is_delayed(blocks: Any) -> None:
    given = answer.of(asked(InteractionType.COMMAND), Reply(text="Posted.", blocks=blocks))
    response = answer.with_delay_notice(given, Delay.BEHIND)
    assert (response["response_type"], response["text"]) == ("ephemeral", "Posted.")
    assert words(response["blocks"]) == ["Posted.", _DELAYED]


def test_without_a_worker_it_is_said_what_to_start() -> None:
    given = answer.of(asked(InteractionType.COMMAND), Reply(text="Posted."))
    (_, note) = words(answer.with_delay_notice(given, Delay.NO_WORKER)["blocks"])
    assert "no worker is running" in note
    assert "`incident-bot worker`" in note


def test_where_nothing_is_shown_nothing_is_said_of_a_delay() -> None:
    assert answer.with_delay_notice(answer.nothing(), Delay.BEHIND) == {}


_SENTENCE = "Something broke, reference 12ab. Nothing was recorded."


def test_a_bug_is_said_to_who_typed_alone() -> None:
    response = answer.internal_error(asked(InteractionType.COMMAND), "12ab")
    assert (response["response_type"], response["text"]) == ("ephemeral", _SENTENCE)
    assert words(response["blocks"]) == [_SENTENCE]


def test_a_bug_is_said_in_the_form_that_stays_open() -> None:
    response = answer.internal_error(
        asked(InteractionType.SUBMISSION, form={"title": "x", "message": ""}), "12ab"
    )
    assert response == {"response_action": "errors", "errors": {"title": _SENTENCE}}


def test_a_bug_is_said_in_the_place_of_a_form_without_inputs() -> None:
    response = answer.internal_error(asked(InteractionType.SUBMISSION), "12ab")
    assert response["response_action"] == "update"
    assert words(response["view"]["blocks"]) == [_SENTENCE]


def test_a_mistake_stands_beside_its_own_input() -> None:
    form = asked(InteractionType.SUBMISSION, form={"title": "", "service": ""})
    response = answer.user_error(form, InvalidInput("Which one?", field="service"), {})
    assert response["errors"] == {"service": "Which one?"}


@pytest.mark.parametrize("kind", [NotAllowed, InvalidInput])
def test_a_person_called_anything_is_named_as_they_are_called(kind: type[UserError]) -> None:
    error = kind("Ask ", Mention("U0BEN"), ".")
    names = {"U0BEN": HOSTILE_TEXT}
    beside = answer.user_error(asked(InteractionType.SUBMISSION, form={"title": ""}), error, names)
    assert beside["errors"] == {"title": f"Ask @{HOSTILE_TEXT}."}, "nothing is live beside an input"
    instead = answer.user_error(asked(InteractionType.SUBMISSION), error, names)
    assert words(instead["view"]["blocks"]) == [f"Ask @{ESCAPED_TEXT}."]


def test_a_refusal_mentions_whom_we_name_and_nobody_who_was_typed() -> None:
    error = NotAllowed("Ask ", Mention("U0BEN"), f", not “{HOSTILE_TEXT}”.")
    told = answer.user_error(asked(InteractionType.COMMAND), error, {})
    assert told["text"] == f"Ask <@U0BEN>, not “{ESCAPED_TEXT}”."
    assert words(told["blocks"]) == [told["text"]]


@pytest.mark.parametrize("error", [NotAllowed("Ben may."), UserError("Not now.")])
def test_a_refusal_carries_its_reference_beside_an_input_and_below_a_message(
    error: UserError,
) -> None:
    log.request_id.set("2fd61bd74eac")
    form = asked(InteractionType.SUBMISSION, form={"title": ""})
    beside = answer.user_error(form, error, {})
    assert beside["errors"] == {"title": f"{error} (Reference 2fd61bd74eac)"}
    told = answer.user_error(asked(InteractionType.COMMAND), error, {})
    assert words(told["blocks"]) == [str(error), "Reference 2fd61bd74eac"]


def test_what_is_to_be_corrected_in_a_form_and_what_is_not_recorded_carry_none() -> None:
    log.request_id.set("2fd61bd74eac")
    form = asked(InteractionType.SUBMISSION, form={"title": ""})
    beside = answer.user_error(form, InvalidInput("Give a title.", field="title"), {})
    assert beside["errors"] == {"title": "Give a title."}
    unknown = answer.user_error(
        asked(InteractionType.COMMAND), InvalidInput("What?"), {}, is_recorded=False
    )
    assert words(unknown["blocks"]) == ["What?"]
