"""Calls of the store by an operator or a monitor."""

from typing import Final

from incident_bot.domain.deliveries import State
from incident_bot.domain.incidents import Severity
from incident_bot.domain.reports import Grouping, Selection
from incident_bot.domain.seals import Record
from incident_bot.domain.templates import Template
from incident_bot.store import (
    canaries,
    counters,
    exporting,
    figures,
    forgetting,
    gauges,
    heartbeats,
    holds,
    inbox,
    outbox,
    people,
    privileges,
    schema,
    seals,
    statuspage,
    templates,
    traces,
    workspace,
)
from incident_bot.store.database import Tx
from tests.store.call import COMPONENT, DAY, SERVICE, Call, Incidents, dead

_TEMPLATE: Final = Template(
    name="Slow", title="Slow", severity=Severity.P2, service="", description="", enabled=True
)


def _template(tx: Tx) -> None:
    templates.add(tx, _TEMPLATE)
    templates.save(tx, templates.by_name(tx, _TEMPLATE.name))


def _lately(tx: Tx) -> Selection:
    return Selection(since=tx.now - 90 * DAY, until=tx.now)


def _exported(tx: Tx, selected: Selection) -> list[object]:
    return [
        *exporting.reported_incidents(tx, selected),
        *exporting.reported_entries(tx, selected),
        *exporting.audit_lines(tx, selected),
    ]


def _before_migrations(tx: Tx) -> None:
    tx.run("drop table workspace")
    workspace.is_free_for(tx, "T0SANDBOX")


def _replaced(tx: Tx, of: Incidents) -> None:
    tx.run("select set_config('incident_bot.forgetting', 'on', true)")
    seals.replace_changed(tx, Record.TIMELINE, [600, 700])


OPERATOR: Final[dict[str, Call]] = {
    "forget somebody who is there": _replaced,
    "newest seal": lambda tx, of: seals.head(tx),
    "verify seals": lambda tx, of: seals.after(tx, 100, limit=20),
    "what is not sealed": lambda tx, of: [
        seals.unsealed(tx, record, above_id=79_000) for record in Record
    ],
    "trace of a request": lambda tx, of: traces.of_request(tx, "2fd61bd74eac", limit=50),
    "trace of a delivery": lambda tx, of: traces.of_delivery(tx, dead(tx).id),
    "trace of a message": lambda tx, of: traces.of_message(tx, "C0P1", "1.1", limit=50),
    "trace of an incident": lambda tx, of: traces.of_incident(tx, of.resolved.id, limit=50),
    "metrics: backlogs": lambda tx, of: gauges.backlogs(tx),
    "metrics: open incidents": lambda tx, of: gauges.open_incidents(tx),
    "metrics: schema version": lambda tx, of: gauges.schema_version(tx),
    "metrics: last canary": lambda tx, of: canaries.last_arrival(tx),
    "metrics: unsynced": lambda tx, of: gauges.statuspage_unsynced_seconds(tx),
    "metrics: heartbeats": lambda tx, of: heartbeats.last(tx),
    "last heartbeat of a socket": lambda tx, of: heartbeats.last_of_socket(tx),
    "metrics: counters": lambda tx, of: counters.all_counts(tx),
    "last event": lambda tx, of: heartbeats.last_event(tx),
    "last events": lambda tx, of: heartbeats.last_events(tx, ["team_join"]),
    "last mismatch": lambda tx, of: heartbeats.last_mismatch(tx),
    "last command": lambda tx, of: heartbeats.last_command(tx),
    "last request": lambda tx, of: inbox.last_received(tx),
    "schema": lambda tx, of: (schema.missing(tx), schema.fault(tx)),
    "newer schema": lambda tx, of: schema.unknown(tx),
    "rights": lambda tx, of: privileges.lacking(tx),
    "people of a name": lambda tx, of: people.called(tx, "Person 7", limit=5),
    "is anybody known": lambda tx, of: people.is_anybody_known(tx),
    "outbox list": lambda tx, of: outbox.find(tx, state=None, limit=50),
    **{
        f"outbox list, {state}": lambda tx, of, state=state: outbox.find(  # type: ignore[misc]
            tx, state=state, limit=50
        )
        for state in State
    },
    "outbox show": lambda tx, of: outbox.by_id(tx, of.resolved.id),
    "outbox retry": lambda tx, of: outbox.retry(tx, dead(tx).id),
    "outbox drop": lambda tx, of: outbox.drop(tx, dead(tx).id),
    "change a template": lambda tx, of: _template(tx),
    "mappings": lambda tx, of: statuspage.mappings(tx),
    "map a service": lambda tx, of: statuspage.map_service(tx, "new", COMPONENT, "New"),
    "unmap a service": lambda tx, of: statuspage.unmap_service(tx, SERVICE, COMPONENT),
    "end a hold": lambda tx, of: holds.clear(tx, "chat.update"),
    "make due now": lambda tx, of: statuspage.make_due_now(tx),
    "is ours": lambda tx, of: workspace.is_free_for(tx, "T0SANDBOX"),
    "is ours, before the first migration": lambda tx, of: _before_migrations(tx),
    "figures": lambda tx, of: figures.of_all(tx, _lately(tx)),
    "figures of services": lambda tx, of: figures.of_each(tx, _lately(tx), Grouping.SERVICE),
    "forget somebody": lambda tx, of: forgetting.forget(tx, "U0NOBODY", ["Nobody"]),
}
"""Asked by an operator or a monitor."""

EXPORTS: Final[dict[str, Call]] = {
    "export everything": lambda tx, of: _exported(tx, Selection()),
    "export an incident": lambda tx, of: _exported(tx, Selection(incident_id=of.resolved.id)),
    "export a severity": lambda tx, of: _exported(tx, Selection(severities=(Severity.P1,))),
}
"""Asked by an operator, who gets all the rows that there are."""
