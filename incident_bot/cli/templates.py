"""List, add, edit and disable the templates of the declare form."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from typing import Any, Final, TypeVar

import click

from incident_bot import settings
from incident_bot.cli._answer import Answer, with_json
from incident_bot.cli._database import opened
from incident_bot.cli._help import examples
from incident_bot.domain.incidents import MAX_DESCRIPTION, MAX_TITLE, Severity
from incident_bot.domain.people import OPERATOR
from incident_bot.domain.templates import Template
from incident_bot.errors import InvalidInput
from incident_bot.render.text import one_line
from incident_bot.store import audit, templates
from incident_bot.store.database import Tx

F = TypeVar("F", bound=Callable[..., Any])

_FIELDS: Final = [each.name for each in fields(Template)]

_name: Final = click.argument("name", help="The name shown in the form.")


def _content(*, title_required: bool) -> Callable[[F], F]:
    """Give an action the options for what a template says."""
    options = (
        click.option("--title", required=title_required, help=f"At most {MAX_TITLE} characters."),
        click.option(
            "--severity",
            type=click.Choice([each.value for each in Severity]),
            help="P1 is the worst; a new template has P2.",
        ),
        click.option("--service", help="A service of SERVICES; if empty, people choose one."),
        click.option(
            "--description",
            help=f"At most {MAX_DESCRIPTION} characters; a line that ends in ? or : is a question, "
            "which is left out of an incident where nobody answers it.",
        ),
    )

    def decorate(action: F) -> F:
        for option in reversed(options):
            action = option(action)
        return action

    return decorate


@click.group(
    help=__doc__, epilog=examples("templates list", "templates disable 'Security incident'")
)
def command() -> None:
    pass


@command.command("list", epilog=examples("templates list", "templates list --json"))
@with_json(*_FIELDS, for_each="template")
def list_() -> Answer:
    """List every template, disabled ones too."""
    with opened(settings.database_url()) as database:
        found = database.run(templates.all_templates)
    lines = [_line(template) for template in found]
    return Answer(
        found=[asdict(template) for template in found], lines=lines or ["There are no templates."]
    )


def _line(template: Template) -> str:
    state = "" if template.enabled else "  (disabled)"
    service = f"  [{template.service}]" if template.service else ""
    return f"{template.severity}  {template.name}: {template.title}{service}{state}"


@command.command(epilog=examples("templates add 'Disk full' --title 'Disk full on' --severity P2"))
@_name
@_content(title_required=True)
@with_json(*_FIELDS)
def add(name: str, **given: str | None) -> Answer:
    """Add a template."""
    blank = Template(
        name=name.strip(),
        title="",
        severity=Severity.P2,
        service="",
        description="",
        enabled=True,
    )
    return _save("add", "Added", name, lambda tx: templates.add(tx, _changed(blank, given)))


@command.command(epilog=examples("templates edit 'Disk full' --service ''"))
@_name
@_content(title_required=False)
@with_json(*_FIELDS)
def edit(name: str, **given: str | None) -> Answer:
    """Change what is given of a template."""
    return _edit("edit", "Changed", name, lambda found: _changed(found, given))


@command.command(epilog=examples("templates enable 'Disk full'"))
@_name
@with_json(*_FIELDS)
def enable(name: str) -> Answer:
    """Enable a template."""
    return _edit("enable", "Enabled", name, lambda found: replace(found, enabled=True))


@command.command(epilog=examples("templates disable 'Disk full'"))
@_name
@with_json(*_FIELDS)
def disable(name: str) -> Answer:
    """Disable a template: the form no longer offers it."""
    return _edit("disable", "Disabled", name, lambda found: replace(found, enabled=False))


def _edit(action: str, done: str, name: str, change: Callable[[Template], Template]) -> Answer:
    def work(tx: Tx) -> None:
        templates.save(tx, change(templates.by_name(tx, name)))

    return _save(action, done, name, work)


def _save(action: str, done: str, name: str, work: Callable[[Tx], None]) -> Answer:
    """Run a change and record who made it; answers with the template as it is then."""

    def recorded(tx: Tx) -> Template:
        work(tx)
        audit.add(tx, f"templates {action}", actor=OPERATOR, detail=name)
        return templates.by_name(tx, name.strip())

    with opened(settings.database_url()) as database:
        saved = database.run(recorded)
    return Answer(found=asdict(saved), lines=[f"{done} the template “{name}”."])


def _changed(template: Template, given: Mapping[str, str | None]) -> Template:
    said: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if severity := said.get("severity"):
        said["severity"] = Severity(severity)
    changed = replace(template, **said)
    return _checked(replace(changed, title=one_line(changed.title)))


def _checked(template: Template) -> Template:
    if not 1 <= len(template.name) <= 100:
        raise InvalidInput("The name must have 1 to 100 characters.")
    if len(template.title) > MAX_TITLE or len(template.description) > MAX_DESCRIPTION:
        raise InvalidInput(
            f"The title may have {MAX_TITLE} characters and the description {MAX_DESCRIPTION}."
        )
    return template
