"""List, add, edit and disable the templates of the declare form."""

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Final

from incident_bot import settings
from incident_bot.cli import OK
from incident_bot.domain.incidents import MAX_DESCRIPTION, MAX_TITLE, Severity
from incident_bot.domain.people import OPERATOR
from incident_bot.domain.templates import Template
from incident_bot.errors import InvalidInput
from incident_bot.render.text import one_line
from incident_bot.store import audit, templates
from incident_bot.store.database import Database, Tx

SUMMARY = "list, add, edit and disable templates"


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="every template, disabled ones too")
    listing.add_argument("--json", action="store_true", help="for a script")
    for name, wants in (("add", "a new template"), ("edit", "change what is given")):
        sub = actions.add_parser(name, help=wants)
        sub.add_argument("name", help="the name shown in the form")
        sub.add_argument("--title", required=name == "add", help=f"at most {MAX_TITLE} characters")
        sub.add_argument("--severity", type=Severity, choices=list(Severity), metavar="P1-P4")
        sub.add_argument("--service", help="a service of SERVICES; if empty, people choose one")
        sub.add_argument(
            "--description",
            help=f"at most {MAX_DESCRIPTION} characters; a line that ends in ? or : is a question, "
            "which is left out of an incident where nobody answers it",
        )
    for name in ("enable", "disable"):
        actions.add_parser(name, help=f"{name} a template").add_argument("name")


def run(args: argparse.Namespace) -> int:
    with Database(settings.database_url(), pool_size=1) as database:
        print(database.run(lambda tx: _ACTIONS[args.action](tx, args)))
    return OK


def _list(tx: Tx, args: argparse.Namespace) -> str:
    found = templates.all_templates(tx)
    if args.json:
        return json.dumps([asdict(template) for template in found], ensure_ascii=False)
    return "\n".join(_line(template) for template in found) or "There are no templates."


def _line(template: Template) -> str:
    state = "" if template.enabled else "  (disabled)"
    service = f"  [{template.service}]" if template.service else ""
    return f"{template.severity}  {template.name}: {template.title}{service}{state}"


def _add(tx: Tx, args: argparse.Namespace) -> str:
    blank = Template(
        name=args.name.strip(),
        title="",
        severity=Severity.P2,
        service="",
        description="",
        enabled=True,
    )
    templates.add(tx, _checked(_with(blank, args)))
    return _recorded(tx, args, "Added")


def _edit(tx: Tx, args: argparse.Namespace) -> str:
    templates.save(tx, _checked(_with(templates.by_name(tx, args.name), args)))
    return _recorded(tx, args, "Changed")


def _enable(tx: Tx, args: argparse.Namespace) -> str:
    templates.save(tx, replace(templates.by_name(tx, args.name), enabled=True))
    return _recorded(tx, args, "Enabled")


def _disable(tx: Tx, args: argparse.Namespace) -> str:
    templates.save(tx, replace(templates.by_name(tx, args.name), enabled=False))
    return _recorded(tx, args, "Disabled")


def _with(template: Template, args: argparse.Namespace) -> Template:
    given = {
        name: getattr(args, name)
        for name in ("title", "severity", "service", "description")
        if getattr(args, name) is not None
    }
    changed = replace(template, **given)
    return replace(changed, title=one_line(changed.title))


def _checked(template: Template) -> Template:
    if not 1 <= len(template.name) <= 100:
        raise InvalidInput("The name must have 1 to 100 characters.")
    if len(template.title) > MAX_TITLE or len(template.description) > MAX_DESCRIPTION:
        raise InvalidInput(
            f"The title may have {MAX_TITLE} characters and the description {MAX_DESCRIPTION}."
        )
    return template


def _recorded(tx: Tx, args: argparse.Namespace, what: str) -> str:
    audit.add(tx, f"templates {args.action}", actor=OPERATOR, detail=args.name)
    return f"{what} the template “{args.name}”."


_ACTIONS: Final[dict[str, Callable[[Tx, argparse.Namespace], str]]] = {
    "list": _list,
    "add": _add,
    "edit": _edit,
    "enable": _enable,
    "disable": _disable,
}
