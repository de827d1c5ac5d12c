"""Map services to the status page's components, and check that the page is right."""

import argparse
import json
from collections.abc import Callable
from typing import Final

from incident_bot import settings
from incident_bot.cli import OK, WRONG
from incident_bot.clients.statuspage import GATE, Statuspage
from incident_bot.domain.incidents import parse_service
from incident_bot.domain.statuspage import Component
from incident_bot.errors import ConfigError, DeliveryError, NotFound, UserError
from incident_bot.settings import Settings
from incident_bot.store import audit, gates, statuspage
from incident_bot.store.database import Database, Tx

SUMMARY = "map services to the status page and check it"

_ACTOR: Final = "command line"


class _Desk:
    """What an action needs: the settings, a transaction and the page."""

    def __init__(self, config: Settings, tx: Tx) -> None:
        if not config.statuspage_page_id:
            raise ConfigError("STATUSPAGE_API_KEY and STATUSPAGE_PAGE_ID are not set.")
        self.config = config
        self.tx = tx
        self.page = Statuspage(
            config.statuspage_api_key, config.statuspage_page_id, config.statuspage_api_url
        )

    def component(self, wanted: str) -> Component:
        """A component of the page by id or by name; raises NotFound."""
        for component in self.page.components():
            if wanted in (component.id, component.name):
                return component
        raise NotFound(
            f"The page has no component “{wanted}”. `incident-bot statuspage components` lists all."
        )


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, help_text in (
        ("components", "the page's components with their ids"),
        ("list", "which service shows on which component"),
        ("check", "compare the page with what it should show; 1 when it differs"),
        ("sync", "bring every mapped component level now, also after a refused key"),
    ):
        actions.add_parser(name, help=help_text).add_argument(
            "--json", action="store_true", help="for a script"
        )
    for name, help_text in (
        ("map", "show a service on a component"),
        ("unmap", "no longer show a service on a component"),
    ):
        sub = actions.add_parser(name, help=help_text)
        sub.add_argument("service", help="one of SERVICES")
        sub.add_argument("component", help="a component's id or its name")


def run(args: argparse.Namespace) -> int:
    config = settings.from_environment()
    database = Database(config.database_url, pool_size=1)
    try:
        with database.transaction() as tx:
            return _ACTIONS[args.action](_Desk(config, tx), args)
    except (UserError, DeliveryError) as error:
        print(error)
        return WRONG
    finally:
        database.close()


def _components(desk: _Desk, args: argparse.Namespace) -> int:
    found = desk.page.components()
    rows = [{"id": each.id, "name": each.name, "status": each.status} for each in found]
    return _print(args, rows, [f"{row['id']}  {row['name']}  ({row['status']})" for row in rows])


def _list(desk: _Desk, args: argparse.Namespace) -> int:
    rows = [
        {
            "service": each.service_name,
            "component": each.component_id,
            "name": each.name,
            "shown": each.shown,
            "held": each.is_held,
            "failing": each.is_failing,
        }
        for each in statuspage.mappings(desk.tx)
    ]
    lines = [
        f"{row['service']} → {row['component']} {row['name']}: {row['shown']}"
        + (" (set by hand)" if row["held"] else "")
        + (" (the page does not take it)" if row["failing"] else "")
        for row in rows
    ]
    return _print(args, rows, lines or ["Nothing is mapped: incident-bot statuspage map."])


def _map(desk: _Desk, args: argparse.Namespace) -> int:
    service = parse_service(args.service, desk.config.services)
    component = desk.component(args.component)
    new = statuspage.map_service(desk.tx, service, component.id, component.name)
    statuspage.sync(desk.tx, [component.id])
    audit.add(desk.tx, "statuspage map", actor=_ACTOR, detail=f"{service} {component.id}")
    print(f"{service} {'shows' if new else 'already shows'} on {component.name}.")
    return OK


def _unmap(desk: _Desk, args: argparse.Namespace) -> int:
    known = {
        each.component_id
        for each in statuspage.mappings(desk.tx)
        if each.service_name == args.service and args.component in (each.component_id, each.name)
    }
    if not known:
        raise NotFound(f"{args.service} does not show on {args.component}.")
    for component_id in known:
        statuspage.unmap_service(desk.tx, args.service, component_id)
        statuspage.sync(desk.tx, [component_id])
        audit.add(
            desk.tx, "statuspage unmap", actor=_ACTOR, detail=f"{args.service} {component_id}"
        )
    print(f"{args.service} no longer shows on {args.component}.")
    return OK


def _sync(desk: _Desk, args: argparse.Namespace) -> int:
    gates.reopen(desk.tx, GATE)
    component_ids = {each.component_id for each in statuspage.mappings(desk.tx)}
    statuspage.sync(desk.tx, sorted(component_ids))
    statuspage.hurry(desk.tx)
    audit.add(desk.tx, "statuspage sync", actor=_ACTOR)
    print(f"{len(component_ids)} components are being brought level.")
    return OK


def _check(desk: _Desk, args: argparse.Namespace) -> int:
    mapped = {each.component_id for each in statuspage.mappings(desk.tx)}
    actual = {each.id: each for each in desk.page.components()}
    rows = []
    for component_id in sorted(mapped):
        there = actual.get(component_id)
        shown = there.status if there else "not on the page"
        wanted = statuspage.wanted(desk.tx, component_id)
        rows.append({"component": component_id, "shown": shown, "wanted": wanted.value})
    wrong = [row for row in rows if row["shown"] != row["wanted"]]
    lines = [
        f"{'wrong' if row in wrong else 'right'}  {row['component']}: "
        f"shows {row['shown']}, should show {row['wanted']}"
        for row in rows
    ]
    _print(args, rows, lines or ["Nothing is mapped."])
    return WRONG if wrong else OK


def _print(args: argparse.Namespace, rows: object, lines: list[str]) -> int:
    print(json.dumps(rows, ensure_ascii=False) if args.json else "\n".join(lines))
    return OK


_ACTIONS: Final[dict[str, Callable[[_Desk, argparse.Namespace], int]]] = {
    "components": _components,
    "list": _list,
    "map": _map,
    "unmap": _unmap,
    "sync": _sync,
    "check": _check,
}
