"""The questions of a template: nobody reads one that was not answered as if it were a fact."""

from typing import Final

import pytest

from incident_bot.store import templates
from tests.bot import Bot
from tests.domain.examples import template
from tests.incident_channel import IncidentChannel, everything_posted

_ASKED: Final = (
    "Which database?\nConnections, locks, replication lag, disk:\nLast migration or failover:"
)


def written(bot: Bot) -> str:
    """Return what stands in the description of Ada's open form."""
    view = bot.slack.view("U0ADA")
    assert view
    (state,) = [each for (block_id, _), each in view.typed.items() if block_id == "description"]
    return str(state.get("value") or "")


def choose(bot: Bot, name: str) -> None:
    assert bot.slack.choose("U0ADA", "declare:template", name).error is None
    bot.settle()


@pytest.fixture
def opened(bot: Bot) -> Bot:
    """Ada has the form open."""
    with bot.database.transaction() as tx:
        templates.add(tx, template("How many?\nSince when:", name="Green"))
    bot.slack.command("U0ADA", "C0GENERAL", "/incident declare")
    return bot


def test_questions_that_nobody_answered_are_read_nowhere(opened: Bot) -> None:
    choose(opened, "Database trouble")
    assert written(opened) == _ASKED
    assert opened.slack.submit("U0ADA", {"service": "checkout"}).errors == {}
    opened.settle()
    room = IncidentChannel(opened, 1)
    assert room.incident.description == ""
    room.type("resolved more connections")
    room.type("postmortem")
    (file,) = opened.slack.files
    read = str([message.as_api() for message in everything_posted(opened)]) + str(file.content)
    assert [question for question in _ASKED.splitlines() if question in read] == []
    assert opened.slack.violations == []


def test_what_was_answered_is_read_with_its_question(opened: Bot) -> None:
    choose(opened, "Database trouble")
    answers = _ASKED.replace("database?", "database? orders").replace("disk:", "disk:\n500 of 500")
    values = {"service": "checkout", "description": answers.replace("\n", "\r\n")}
    assert opened.slack.submit("U0ADA", values).errors == {}
    opened.settle()
    kept = "Which database? orders\nConnections, locks, replication lag, disk:\n500 of 500"
    assert opened.incident().description == kept
    assert kept in [
        block["text"]["text"]
        for block in IncidentChannel(opened, 1).card.blocks
        if block["type"] == "section" and "text" in block
    ]


def test_questions_of_another_template_are_no_facts_either(opened: Bot) -> None:
    """A person's own words stay when they choose another template, questions and all."""
    choose(opened, "Green")
    opened.slack.forms.fill("U0ADA", {"description": "How many?\na dozen\nSince when:"})
    choose(opened, "Slow responses")
    assert written(opened) == "How many?\na dozen\nSince when:"
    with opened.database.transaction() as tx:
        tx.run("update templates set enabled = false where name = 'Green'")
    assert opened.slack.submit("U0ADA", {"service": "checkout"}).errors == {}
    assert opened.incident().description == "How many?\na dozen"


def test_the_form_says_what_becomes_of_questions_once_there_are_some(opened: Bot) -> None:
    said = "a question without an answer is left out"
    view = opened.slack.view("U0ADA")
    assert view
    assert said not in str(view.blocks)
    choose(opened, "Green")
    view = opened.slack.view("U0ADA")
    assert view
    assert said in str(view.blocks)


def test_each_line_of_the_templates_that_come_with_the_bot_is_a_question(bot: Bot) -> None:
    """Left as it is, none of them becomes a fact."""
    with bot.database.transaction() as tx:
        found = templates.all_templates(tx)
    assert len(found) == 8
    for each in found:
        lines = each.description.splitlines()
        assert [line for line in lines if line[-1] not in "?:"] == [], each.name
