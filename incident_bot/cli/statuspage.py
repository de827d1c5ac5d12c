"""Map services to Statuspage's components, and check that they show what they should."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from incident_bot import settings
from incident_bot.cli import OK, WRONG
from incident_bot.clients.queue import Notifier
from incident_bot.clients.statuspage import HOLD, MAX_BODY, Statuspage
from incident_bot.domain.incidents import Incident, Status, parse_service
from incident_bot.domain.people import OPERATOR
from incident_bot.domain.statuspage import Component
from incident_bot.errors import (
    ConfigError,
    Conflict,
    DeliveryError,
    InvalidInput,
    NotFound,
    Reason,
)
from incident_bot.settings import Settings
from incident_bot.store import audit, holds, incidents, statuspage
from incident_bot.store.database import Database, Tx
from incident_bot.workflow import components

SUMMARY = "map services to the status page and check it"


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Answer:
    """The answer of an action: for a script, for a person, and the exit code."""

    found: Any
    lines: list[str]
    code: int = OK


class _Context:
    """Gives an action what it needs; no request to Statuspage happens inside a transaction."""

    def __init__(self, config: Settings, database: Database) -> None:
        self.config = config
        self._database = database
        self._client = Statuspage(
            config.statuspage_api_key, config.statuspage_page_id, config.statuspage_api_url
        )

    def statuspage(self) -> Statuspage:
        """Return Statuspage once it is our turn among the workers."""
        apart = self._client.apart_seconds
        wait = self._database.run(lambda tx: holds.reserve_slot(tx, HOLD, apart_seconds=apart))
        time.sleep(wait)
        return self._client

    def run(self, work: Callable[[Tx], T]) -> T:
        """One transaction; the workers are told of what it set in motion."""
        return self._database.run(work)

    def component(self, wanted: str) -> Component:
        """Find a component by its id, or its name if no other has it; raises NotFound, Conflict."""
        listed = self.statuspage().components()
        found = [each for each in listed if each.id == wanted]
        found = found or [each for each in listed if wanted in (each.name, each.title)]
        if not found:
            raise NotFound(
                f"Statuspage has no component “{wanted}”. "
                "`incident-bot statuspage components` lists all."
            )
        if len(found) > 1:
            raise _ambiguous(wanted, [f"{each.id} ({each.title})" for each in found])
        return found[0]

    def titles(self) -> dict[str, str]:
        """Return each component's name with its group, by id; none while the page fails."""
        try:
            return {each.id: each.title for each in self.statuspage().components()}
        except DeliveryError:
            return {}


def _ambiguous(wanted: str, candidates: Sequence[str]) -> Conflict:
    return Conflict(
        f"“{wanted}” may be any of {', '.join(candidates)}. Name the component by its id."
    )


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    words = {"SERVICE": "one of SERVICES", "COMPONENT": "a component's id or its name"}
    words |= {"INC-n": "the incident's number", "FILE": "the postmortem, in Markdown"}
    for name, help_text, *given in (
        ("components", "the page's components with their ids"),
        ("list", "which service shows on which component"),
        ("map", "show a service on a component", "SERVICE", "COMPONENT"),
        ("unmap", "no longer show a service on a component", "SERVICE", "COMPONENT"),
        ("check", "compare the page with what it should show; 1 when it differs"),
        ("sync", "re-sync every mapped component now; also clears the hold after a rejected key"),
        ("postmortem", "publish a postmortem under a public incident", "INC-n", "FILE"),
    ):
        sub = actions.add_parser(name, help=help_text, description=help_text)
        for word in given:
            sub.add_argument(word.split("-")[0].lower(), metavar=word, help=words[word])
        sub.add_argument("--json", action="store_true", help="for a script")


def run(args: argparse.Namespace) -> int:
    config = settings.from_environment()
    if not config.statuspage_page_id:
        raise ConfigError("There is no status page: set STATUSPAGE_API_KEY and STATUSPAGE_PAGE_ID.")
    try:
        notifier = Notifier(config.redis_url)
        with Database(config.database_url, pool_size=1, notify=notifier.notify) as database:
            answer = _ACTIONS[args.action](_Context(config, database), args)
    except DeliveryError as error:
        print(_sentence(error), file=sys.stderr)
        return WRONG
    found = json.dumps(answer.found, ensure_ascii=False)
    print(found if args.json else "\n".join(answer.lines))
    return answer.code


def _sentence(error: DeliveryError) -> str:
    match error.reason:
        case Reason.NOT_AUTHORISED:
            return (
                f"Statuspage rejected the key ({error.detail}). Correct STATUSPAGE_API_KEY here "
                "and for the bot, restart it, then run `incident-bot statuspage sync`."
            )
        case Reason.NOT_FOUND:
            return f"Statuspage found nothing there ({error.detail}): is STATUSPAGE_PAGE_ID right?"
        case _:
            return f"Statuspage failed ({error.reason}, {error.detail})."


def _components(context: _Context, args: argparse.Namespace) -> _Answer:
    found = context.statuspage().components()
    return _Answer(
        [
            {"id": each.id, "name": each.name, "status": each.status, "group": each.group}
            for each in found
        ],
        [f"{each.id}  {each.title}  ({each.status})" for each in found],
    )


def _list(context: _Context, args: argparse.Namespace) -> _Answer:
    rows = [
        {
            "service": each.service_name,
            "component": each.component_id,
            "name": each.name,
            "shown": each.shown,
            "held": each.is_held,
            "failing": each.is_failing,
            "known": each.service_name in context.config.services,
        }
        for each in context.run(statuspage.mappings)
    ]
    lines = [
        f"{row['service']} → {row['component']} {row['name']}: {row['shown']}"
        + (" (set by hand)" if row["held"] else "")
        + (" (updates fail)" if row["failing"] else "")
        + ("" if row["known"] else " (not in SERVICES)")
        for row in rows
    ]
    return _Answer(
        rows, lines or ["No service is mapped. Map one with `incident-bot statuspage map`."]
    )


def _map(context: _Context, args: argparse.Namespace) -> _Answer:
    service = parse_service(args.service, context.config.services)
    component = context.component(args.component)

    def work(tx: Tx) -> bool:
        new = statuspage.map_service(tx, service, component.id, component.name)
        components.reconcile(tx, [component.id])
        audit.add(tx, "statuspage map", actor=OPERATOR, detail=f"{service} {component.id}")
        return new

    new = context.run(work)
    return _Answer(
        {"service": service, "component": component.id, "name": component.name, "new": new},
        [f"{service} {'shows' if new else 'already shows'} on {component.title}."],
    )


def _unmap(context: _Context, args: argparse.Namespace) -> _Answer:
    component_id = _mapped(context, args.service, args.component)

    def work(tx: Tx) -> None:
        if not statuspage.unmap_service(tx, args.service, component_id):
            raise _not_mapped(args.service, args.component)
        audit.add(tx, "statuspage unmap", actor=OPERATOR, detail=f"{args.service} {component_id}")
        components.reconcile(tx, [component_id])

    context.run(work)
    return _Answer(
        {"service": args.service, "components": [component_id]},
        [f"{args.service} no longer shows on {args.component}."],
    )


def _mapped(context: _Context, service: str, wanted: str) -> str:
    """Find the one component that is meant of those that the service shows on."""
    found = [each for each in context.run(statuspage.mappings) if each.service_name == service]
    ids = [each.component_id for each in found if each.component_id == wanted]
    ids = ids or [each.component_id for each in found if each.name == wanted]
    if len(ids) == 1:
        return ids[0]
    titles = context.titles()
    ids = ids or [each.component_id for each in found if titles.get(each.component_id) == wanted]
    if not ids:
        raise _not_mapped(service, wanted)
    if len(ids) > 1:
        raise _ambiguous(wanted, [f"{each} ({titles.get(each, wanted)})" for each in ids])
    return ids[0]


def _not_mapped(service: str, component: str) -> NotFound:
    return NotFound(f"{service} does not show on {component}.")


def _sync(context: _Context, args: argparse.Namespace) -> _Answer:
    def work(tx: Tx) -> list[str]:
        component_ids = sorted({each.component_id for each in statuspage.mappings(tx)})
        holds.clear(tx, HOLD)
        components.reconcile(tx, component_ids)
        statuspage.make_due_now(tx)
        audit.add(tx, "statuspage sync", actor=OPERATOR)
        return component_ids

    component_ids = context.run(work)
    return _Answer({"components": component_ids}, [f"Re-syncing {len(component_ids)} components."])


def _check(context: _Context, args: argparse.Namespace) -> _Answer:
    actual = {each.id: each.status for each in context.statuspage().components()}

    def work(tx: Tx) -> list[dict[str, Any]]:
        known = {each.component_id: each for each in statuspage.mappings(tx)}
        return [
            {
                "component": component_id,
                "name": each.name,
                "shown": actual.get(component_id, "not on the page"),
                "wanted": statuspage.wanted(tx, component_id).value,
                "held": each.is_held,
            }
            for component_id, each in sorted(known.items())
        ]

    rows = context.run(work)
    wrong = [row for row in rows if row["shown"] != row["wanted"]]
    lines = [
        f"{'wrong' if row in wrong else 'right'}  {row['component']} {row['name']}: "
        f"shows {row['shown']}, should show {row['wanted']}"
        + (" (set by hand)" if row["held"] else "")
        for row in rows
    ]
    return _Answer(rows, lines or ["Nothing is mapped."], WRONG if wrong else OK)


def _postmortem(context: _Context, args: argparse.Namespace) -> _Answer:
    body = _read(Path(args.file))
    incident, public_incident_id = context.run(lambda tx: _closed_in_public(tx, args.inc))
    context.statuspage().publish_postmortem(public_incident_id, body)
    context.run(
        lambda tx: audit.add(
            tx, "statuspage postmortem", actor=OPERATOR, incident_id=incident.id, detail=args.file
        )
    )
    return _Answer(
        {"incident": incident.ref, "page_incident": public_incident_id},
        [f"The postmortem of {incident.ref} is public; subscribers were not notified."],
    )


def _read(file: Path) -> str:
    try:
        body = file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{file} cannot be read ({type(error).__name__}).") from None
    if not 1 <= len(body) <= MAX_BODY:
        raise InvalidInput(f"A postmortem has 1 to {MAX_BODY} characters; {file} has {len(body)}.")
    return body


def _closed_in_public(tx: Tx, ref: str) -> tuple[Incident, str]:
    """Find a public incident that is over, and Statuspage's id of it."""
    incident = incidents.by_ref(tx, ref)
    publication = statuspage.publication(tx, incident.id)
    if publication is None or publication.public_incident_id is None:
        raise Conflict(f"{incident.ref} is not public, so it has no postmortem on the page.")
    if incident.status is not Status.RESOLVED:
        raise Conflict(
            f"{incident.ref} is not resolved; publish the postmortem once it is resolved."
        )
    return incident, publication.public_incident_id


_ACTIONS: Final[dict[str, Callable[[_Context, argparse.Namespace], _Answer]]] = {
    "components": _components,
    "list": _list,
    "map": _map,
    "unmap": _unmap,
    "check": _check,
    "sync": _sync,
    "postmortem": _postmortem,
}
