"""The questions of templates: what is answered is a fact, what is not is left out."""

from typing import Final

import pytest

from incident_bot.domain.templates import answered
from tests.domain.examples import template

_DATABASE: Final = (
    "Which database?\nConnections, locks, replication lag, disk:\nLast migration or failover:"
)
_DEPLOY: Final = (
    "Which version?\nWhat fails?\nIs the rollback under way? Who does it?\n"
    "Runbook: https://wiki.example.com/deploys"
)
_TEMPLATES: Final = (template(_DATABASE), template(_DEPLOY))

_NOT_ANSWERED: Final = {
    "as the template has it": _DATABASE,
    "with the newlines of Windows": _DATABASE.replace("\n", "\r\n"),
    "with blank lines": _DATABASE.replace("\n", "\n\n"),
    "as bullets": "- Which database?\n• Last migration or failover:\n*  Which version?",
    "as a numbered list": "1. Which database?\n2) Which version?",
    "quoted": "> Which database?",
    "with an empty bullet for the answer": "Which database?\n- \nWhich version?\n-",
    "with dots and dashes for the answer": "Which database? …\nWhich version? -\nWhat fails?: ???",
    "with several question marks": "Which database???\nIs the rollback under way? Who does it??",
    "with half of a line of questions": "Is the rollback under way?\nWho does it?",
    "in another case, with a space behind": "WHICH DATABASE?  \nwhat fails?",
    "with wide marks": "Which database\uff1f\nLast migration or failover\uff1a",
    "empty": "",
    "blank": " \n\n ",
}


@pytest.mark.parametrize("text", _NOT_ANSWERED.values(), ids=_NOT_ANSWERED)
def test_a_question_without_an_answer_is_left_out(text: str) -> None:
    assert answered(text, _TEMPLATES) == ""


_ANSWERED: Final = {
    "on its line": "Which database? orders",
    "on its line, after a colon": "Last migration or failover: Tuesday, 14:00",
    "on the next line": "Which database?\norders",
    "on several lines": "Which database?\norders\npayments\n\nand one more",
    "after a blank line": "Which database?\n\norders",
    "as bullets": "Which database?\n- orders\n- payments",
    "as a sign": "Is the rollback under way? Who does it?\n✅ Ben",
    "as a number": "Which version? 2",
    "with a question of one's own": "Which database?\nAll of them? We cannot tell.",
    "in the middle of a line": "Is the rollback under way? yes Who does it?",
    "all of them": "Which database? orders\nLast migration or failover: none",
}


@pytest.mark.parametrize("text", _ANSWERED.values(), ids=_ANSWERED)
def test_an_answer_stays_with_its_question(text: str) -> None:
    assert answered(text, _TEMPLATES) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (
            "Which database?\nConnections, locks, replication lag, disk: 500 of 500\n"
            "Last migration or failover:",
            "Connections, locks, replication lag, disk: 500 of 500",
        ),
        (
            "Which database?\norders\nConnections, locks, replication lag, disk:\n"
            "Last migration or failover:\nthis morning",
            "Which database?\norders\nLast migration or failover:\nthis morning",
        ),
        ("Nobody can pay.\n\nWhich database?\n\n", "Nobody can pay."),
        ("Which database?\r\norders\r\nWhich version?", "Which database?\norders"),
        ("Which database?\nWhich version? 2.1", "Which version? 2.1"),
        (_DEPLOY, "Runbook: https://wiki.example.com/deploys"),
        ("- Which database?\n- Which version?\n  - 2.1", "- Which version?\n  - 2.1"),
    ],
)
def test_only_what_is_answered_is_left_of_a_template(text: str, kept: str) -> None:
    assert answered(text, _TEMPLATES) == kept


@pytest.mark.parametrize(
    "text",
    [
        "Is it DNS again?",
        "Seen so far:",
        "Which databases are slow, and why?",
        "-- \nAda",
        "First\n\n\nSecond",
    ],
)
def test_what_no_template_asks_is_somebodys_own(text: str) -> None:
    assert answered(text, _TEMPLATES) == text
    assert answered(text, ()) == text
