"""Show an incident: its card, its timeline, and what has still to be told."""

import json
from typing import Any, Final

import click

from incident_bot import settings
from incident_bot.cli._answer import Answer, with_json
from incident_bot.cli._database import PATIENCE_SECONDS, opened
from incident_bot.cli._help import examples, incident_argument
from incident_bot.domain.deliveries import DeliveryRecord, Queue, State
from incident_bot.domain.incidents import Incident
from incident_bot.domain.timeline import Entry
from incident_bot.render import current
from incident_bot.render import timeline as timeline_text
from incident_bot.render.terminal import Terminal, named_in
from incident_bot.store import incidents, leases, outbox, people, timeline
from incident_bot.store.database import Tx

_KEYS: Final = (
    *("incident", "title", "description", "service", "severity", "status", "state", "declarer"),
    *("commander", "channel_id", "channel_name", "declared_at", "acknowledged_at", "mitigated_at"),
    *("resolved_at", "next_update_at", "on_command_line", "timeline", "waiting"),
)


@click.command(help=__doc__, epilog=examples("show INC-42", "show 42 --json"))
@incident_argument
@with_json(*_KEYS)
def command(incident: str) -> Answer:
    with opened(settings.database_url(), limit_seconds=PATIENCE_SECONDS) as database:
        return database.run(lambda tx: _shown(tx, incident))


def _shown(tx: Tx, ref: str) -> Answer:
    incident = incidents.by_ref(tx, ref)
    entries = timeline.all_entries(tx, incident.id)
    pending = [each for each in outbox.of_incident(tx, incident.id) if each.state is State.PENDING]
    return Answer(
        found=_found(incident, entries, pending), lines=_lines(tx, incident, entries, pending)
    )


def _lines(
    tx: Tx, incident: Incident, entries: list[Entry], pending: list[DeliveryRecord]
) -> list[str]:
    card = current.card(incident, (), tx.now).blocks
    told = timeline_text.full(incident, entries).blocks
    everything = json.dumps([card, told], ensure_ascii=False)
    names = people.names(tx, named_in(everything))
    if incident.channel_id:
        names[incident.channel_id] = incident.channel_name or incident.channel_id
    terminal = Terminal(now=tx.now, names=names)
    delay = leases.delay(tx, Queue.NOTIFICATIONS) if pending else None
    return [
        *terminal.blocks(card),
        *([f"Channel: #{incident.channel_name}"] if incident.channel_id else []),
        "",
        *terminal.blocks(told),
        *(["", *terminal.waiting(pending, delay)] if pending else []),
    ]


def _found(
    incident: Incident, entries: list[Entry], pending: list[DeliveryRecord]
) -> dict[str, Any]:
    return {
        "incident": incident.ref,
        "title": incident.title,
        "description": incident.description,
        "service": incident.service,
        "severity": incident.severity,
        "status": incident.status,
        "state": incident.state,
        "declarer": incident.declarer_user_id,
        "commander": incident.commander_user_id,
        "channel_id": incident.channel_id,
        "channel_name": incident.channel_name,
        "declared_at": incident.declared_at,
        "acknowledged_at": incident.acknowledged_at,
        "mitigated_at": incident.mitigated_at,
        "resolved_at": incident.resolved_at,
        "next_update_at": incident.next_update_at,
        "on_command_line": incident.on_command_line,
        "timeline": [_entry(each) for each in entries],
        "waiting": [_delivery(each) for each in pending],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "at": entry.at.isoformat(),
        "recorded_at": (entry.recorded_at or entry.at).isoformat(),
        "kind": entry.kind,
        "by": entry.actor_user_id,
        "text": entry.text,
        "before": entry.before,
        "after": entry.after,
        "on_command_line": entry.on_command_line,
        "permalink": entry.permalink,
        "is_edited": entry.is_edited,
        "is_struck": entry.is_struck,
    }


def _delivery(delivery: DeliveryRecord) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "kind": delivery.kind,
        "destination": delivery.destination,
        "attempts": delivery.attempts,
        "reason": delivery.reason,
        "detail": delivery.detail,
    }
