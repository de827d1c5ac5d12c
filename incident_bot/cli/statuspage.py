"""Map services to Statuspage's components, and check that they show what they should."""

from pathlib import Path
from typing import Any, Final

import click

from incident_bot.cli._answer import Answer, with_json
from incident_bot.cli._faults import OK, WRONG
from incident_bot.cli._help import examples, incident_argument
from incident_bot.cli._statuspage import Context, ambiguous, opened_page
from incident_bot.clients.statuspage import HOLD, MAX_BODY
from incident_bot.domain.incidents import Incident, Status, parse_service
from incident_bot.domain.people import OPERATOR
from incident_bot.errors import Conflict, InvalidInput, NotFound
from incident_bot.store import audit, holds, incidents, statuspage
from incident_bot.store.database import Tx
from incident_bot.workflow import components

_service: Final = click.argument("service", help="One of SERVICES.")
_component: Final = click.argument("component", help="A component's id or its name.")


@click.group(
    help=__doc__,
    epilog=examples("statuspage components", "statuspage map checkout 'Checkout API'"),
)
def command() -> None:
    pass


@command.command("components", epilog=examples("statuspage components"))
@with_json("id", "name", "status", "group", for_each="component")
def components_() -> Answer:
    """List the page's components with their ids."""
    with opened_page() as context:
        found = context.statuspage().components()
    rows = [
        {"id": each.id, "name": each.name, "status": each.status, "group": each.group}
        for each in found
    ]
    return Answer(found=rows, lines=[f"{each.id}  {each.title}  ({each.status})" for each in found])


@command.command("list", epilog=examples("statuspage list", "statuspage list --json"))
@with_json("service", "component", "name", "shown", "held", "failing", "known", for_each="mapping")
def list_() -> Answer:
    """List which service shows on which component."""
    with opened_page() as context:
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
    nothing = "No service is mapped. Map one with `incident-bot statuspage map`."
    return Answer(found=rows, lines=[_mapping(row) for row in rows] or [nothing])


def _mapping(row: dict[str, Any]) -> str:
    return (
        f"{row['service']} → {row['component']} {row['name']}: {row['shown']}"
        + (" (set by hand)" if row["held"] else "")
        + (" (updates fail)" if row["failing"] else "")
        + ("" if row["known"] else " (not in SERVICES)")
    )


@command.command("map", epilog=examples("statuspage map checkout 'Checkout API'"))
@_service
@_component
@with_json("service", "component", "name", "new")
def map_(service: str, component: str) -> Answer:
    """Show a service on a component."""
    with opened_page() as context:
        return _map(context, parse_service(service, context.config.services), component)


def _map(context: Context, service: str, wanted: str) -> Answer:
    component = context.component(wanted)

    def work(tx: Tx) -> bool:
        new = statuspage.map_service(tx, service, component.id, component.name)
        components.reconcile(tx, [component.id])
        audit.add(tx, "statuspage map", actor=OPERATOR, detail=f"{service} {component.id}")
        return new

    new = context.run(work)
    return Answer(
        found={"service": service, "component": component.id, "name": component.name, "new": new},
        lines=[f"{service} {'shows' if new else 'already shows'} on {component.title}."],
    )


@command.command(epilog=examples("statuspage unmap checkout 'Checkout API'"))
@_service
@_component
@with_json("service", "components")
def unmap(service: str, component: str) -> Answer:
    """No longer show a service on a component."""
    with opened_page() as context:
        return _unmap(context, service, component)


def _unmap(context: Context, service: str, wanted: str) -> Answer:
    component_id = _mapped(context, service, wanted)

    def work(tx: Tx) -> None:
        if not statuspage.unmap_service(tx, service, component_id):
            raise _not_mapped(service, wanted)
        audit.add(tx, "statuspage unmap", actor=OPERATOR, detail=f"{service} {component_id}")
        components.reconcile(tx, [component_id])

    context.run(work)
    return Answer(
        found={"service": service, "components": [component_id]},
        lines=[f"{service} no longer shows on {wanted}."],
    )


def _mapped(context: Context, service: str, wanted: str) -> str:
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
        raise ambiguous(wanted, [f"{each} ({titles.get(each, wanted)})" for each in ids])
    return ids[0]


def _not_mapped(service: str, component: str) -> NotFound:
    return NotFound(f"{service} does not show on {component}.")


@command.command(epilog=examples("statuspage sync"))
@with_json("components")
def sync() -> Answer:
    """Re-sync every mapped component now; also clear the hold after a rejected key."""

    def work(tx: Tx) -> list[str]:
        component_ids = sorted({each.component_id for each in statuspage.mappings(tx)})
        holds.clear(tx, HOLD)
        components.reconcile(tx, component_ids)
        statuspage.make_due_now(tx)
        audit.add(tx, "statuspage sync", actor=OPERATOR)
        return component_ids

    with opened_page() as context:
        ids = context.run(work)
    return Answer(found={"components": ids}, lines=[f"Re-syncing {len(ids)} components."])


@command.command(epilog=examples("statuspage check", "statuspage check --json"))
@with_json("component", "name", "shown", "wanted", "held", for_each="component")
def check() -> Answer:
    """Compare the page with what it should show; exits with 1 when it differs."""
    with opened_page() as context:
        actual = {each.id: each.status for each in context.statuspage().components()}
        rows = context.run(lambda tx: _compared(tx, actual))
    wrong = [row for row in rows if row["shown"] != row["wanted"]]
    lines = [
        f"{'wrong' if row in wrong else 'right'}  {row['component']} {row['name']}: "
        f"shows {row['shown']}, should show {row['wanted']}"
        + (" (set by hand)" if row["held"] else "")
        for row in rows
    ]
    code = WRONG if wrong else OK
    return Answer(found=rows, lines=lines or ["Nothing is mapped."], code=code)


def _compared(tx: Tx, actual: dict[str, str]) -> list[dict[str, Any]]:
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


@command.command(epilog=examples("statuspage postmortem INC-42 postmortem.md"))
@incident_argument
@click.argument("file", type=click.Path(path_type=Path), help="The postmortem, in Markdown.")
@with_json("incident", "page_incident")
def postmortem(incident: str, file: Path) -> Answer:
    """Publish a postmortem under a public incident."""
    with opened_page() as context:
        return _publish(context, incident, file)


def _publish(context: Context, ref: str, file: Path) -> Answer:
    body = _read(file)
    incident, public_incident_id = context.run(lambda tx: _closed_in_public(tx, ref))
    context.statuspage().publish_postmortem(public_incident_id, body)
    context.run(
        lambda tx: audit.add(
            tx, "statuspage postmortem", actor=OPERATOR, incident_id=incident.id, detail=str(file)
        )
    )
    return Answer(
        found={"incident": incident.ref, "page_incident": public_incident_id},
        lines=[f"The postmortem of {incident.ref} is public; subscribers were not notified."],
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
