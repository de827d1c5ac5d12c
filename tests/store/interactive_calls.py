"""Calls of the store while somebody waits for the answer."""

from dataclasses import replace
from typing import Final

from incident_bot.domain.declaring import DeclareRequest
from incident_bot.domain.deliveries import INCIDENT_CHANNEL, Draft
from incident_bot.domain.incidents import Incident, Severity, Status
from incident_bot.domain.reminders import ReminderKind
from incident_bot.domain.timeline import Kind, NewEntry
from incident_bot.domain.updates import Change, Event, IncidentUpdate
from incident_bot.store import (
    audit,
    catching_up,
    confirmations,
    declaring,
    deliveries,
    inbox,
    incidents,
    leases,
    outbox,
    people,
    records,
    reminders,
    statuspage,
    templates,
    timeline,
    undoable,
    workspace,
)
from incident_bot.store.database import Tx
from tests.builders import drafted, recorded
from tests.store.call import COMPONENT, DAY, HOUR, NOTIFICATIONS, SERVICE, Call, Incidents, captured

_WANTED: Final = DeclareRequest(
    title="Slow",
    severity=Severity.P1,
    service=SERVICE,
    declarer_user_id="U0U7",
    commander_user_id="U0U7",
    description="",
)
_ENTRY: Final = NewEntry(kind=Kind.STATUS, before="declared", after="identified")


def _drafts(tx: Tx, of: Incidents) -> list[Draft]:
    return [
        drafted("card", INCIDENT_CHANNEL),
        drafted("announcement", "C0P1"),
        replace(drafted("direct_message", "U0U7"), throttled=True),
        drafted("direct_message_current", "U0U8"),
    ]


def _taken_key(tx: Tx) -> str:
    return str(tx.scalars("select key from inbox order by key limit 1")[0])


def _changed(tx: Tx, of: Incidents) -> Incident:
    identified = replace(of.opened, status=Status.IDENTIFIED)
    return incidents.save_state(tx, of.opened, identified)[0]


def _update() -> IncidentUpdate:
    return IncidentUpdate(actor_user_id="U0ADA", changes=(Change(event=Event.STATUS),))


INTERACTIVE: Final[dict[str, Call]] = {
    "take a request": lambda tx, of: inbox.claim(tx, "command:1.2", "U0U7"),
    "take a key": lambda tx, of: inbox.claim_key(tx, "command:1.2"),
    "save its answer": lambda tx, of: inbox.save_answer(tx, "command:1.2", {"text": "done"}),
    "hold an answer": lambda tx, of: inbox.answer_held(tx, _taken_key(tx)),
    "answer a repeat": lambda tx, of: inbox.answer(tx, _taken_key(tx)),
    "somebody's standing": lambda tx, of: people.with_standing(tx, "U0U7"),
    "names": lambda tx, of: people.names(tx, ["U0U7", "U0U8"]),
    "full names": lambda tx, of: people.full_names(tx, ["U0U7", "U0U8"]),
    "mentions": lambda tx, of: people.spelled_out(tx, "ask <@U0U7>"),
    "incident of the channel": lambda tx, of: incidents.in_channel(tx, of.opened.channel_id),
    "incident by number": lambda tx, of: incidents.held(tx, of.opened.id),
    "incident by name": lambda tx, of: incidents.by_ref(tx, of.resolved.ref),
    "number of a channel's incident": lambda tx, of: incidents.with_channel(
        tx, of.resolved.channel_id
    ),
    "open incidents": lambda tx, of: incidents.open_ones(tx, limit=20),
    "what stands already": lambda tx, of: declaring.precedents(
        tx, _WANTED, alike_since=tx.now - HOUR, lately_since=tx.now - HOUR, limit=5
    ),
    "declare": lambda tx, of: recorded(tx),
    "write deliveries": lambda tx, of: deliveries.add(tx, of.opened, _drafts(tx, of)),
    "write no deliveries": lambda tx, of: deliveries.add(tx, None, []),
    "raise what waits": lambda tx, of: deliveries.lift(tx, of.opened),
    "who was told": lambda tx, of: deliveries.told(tx, of.resolved),
    "has a channel": lambda tx, of: deliveries.has_channel(
        tx, replace(of.resolved, channel_id=None)
    ),
    "has any of a kind": lambda tx, of: deliveries.has_any(tx, of.opened.id, "publish_question"),
    "save state": _changed,
    "settle a reminder": lambda tx, of: reminders.settle(tx, of.opened.id, ReminderKind.PROMISE),
    "a reminder": lambda tx, of: reminders.by_number(tx, of.opened.id, "promise", 1),
    "save wording": lambda tx, of: incidents.save_wording(
        tx, of.opened, replace(of.opened, title="Slower")
    ),
    "pass duplicates on": lambda tx, of: incidents.pass_duplicates_on(
        tx, replace(of.resolved, duplicate_of=of.opened.id)
    ),
    "take duplicates back": lambda tx, of: incidents.take_duplicates_back(
        tx, replace(of.resolved, duplicate_of=of.opened.id)
    ),
    "timeline entry": lambda tx, of: timeline.add(tx, of.opened.id, Kind.NOTE, actor="U0ADA"),
    "newest entries": lambda tx, of: timeline.newest(tx, of.resolved.id, before_id=None, limit=20),
    "entries up to one": lambda tx, of: timeline.up_to(tx, of.resolved.id, 10**9),
    "last entry": lambda tx, of: timeline.last_id(tx, of.resolved.id),
    "entry by number": lambda tx, of: timeline.by_id(tx, of.resolved.id, 7),
    "entry of a message": lambda tx, of: timeline.of_message(
        tx, of.resolved.id, "C1", "1700000000.000100"
    ),
    "correct an entry": lambda tx, of: timeline.amend(
        tx, timeline.all_entries(tx, of.resolved.id)[0], Kind.STRUCK, actor="U0ADA", text="wrong"
    ),
    "capture a message": lambda tx, of: captured(tx, of),
    "capture a message again": lambda tx, of: (captured(tx, of), captured(tx, of)),
    "what the token lacks": lambda tx, of: workspace.missing_scopes(tx),
    "last updates": lambda tx, of: timeline.last_updates(tx, of.resolved.id),
    "last update of each": lambda tx, of: timeline.latest_entries(
        tx, [of.opened.id, of.resolved.id]
    ),
    "last entry of a kind": lambda tx, of: timeline.last(tx, of.resolved.id, Kind.HANDOVER),
    "became resolved": lambda tx, of: timeline.count_became(
        tx, of.resolved.id, "resolved", since=tx.now - DAY
    ),
    "record of an incident": lambda tx, of: records.read(tx, of.resolved),
    "files of an incident": lambda tx, of: records.count_files(tx, of.resolved, "postmortem"),
    "news": lambda tx, of: catching_up.news(tx, of.opened, "U0U7"),
    "news of what is over": lambda tx, of: catching_up.news(tx, of.resolved, "U0U7"),
    "mark as seen": lambda tx, of: catching_up.mark_seen(tx, of.resolved.id, "U0U7"),
    "is greeted": lambda tx, of: catching_up.is_greeted(tx, of.resolved.id, "greet:U0U7"),
    "audit of a change": lambda tx, of: audit.add_change(
        tx, "status", actor="U0ADA", incident=of.opened, entries=[_ENTRY], detail=""
    ),
    "audit": lambda tx, of: audit.add(tx, "note", actor="U0ADA", incident_id=of.opened.id),
    "was done": lambda tx, of: audit.was_done(
        tx, of.resolved.id, "note", "U0U7", since=tx.now - DAY
    ),
    "deliveries of an incident": lambda tx, of: outbox.of_incident(tx, of.resolved.id),
    "retry the dead of an incident": lambda tx, of: outbox.retry_dead(tx, of.resolved.id),
    "ask whether it is meant": lambda tx, of: confirmations.ask(tx, "key", "sent:1"),
    "it is meant": lambda tx, of: confirmations.take(tx, "key", "sent:2", within=HOUR),
    "remember a change": lambda tx, of: undoable.remember(
        tx, of.opened, _changed(tx, of), _update()
    ),
    "last change": lambda tx, of: undoable.last(tx, of.opened),
    "withdraw a change": lambda tx, of: undoable.withdraw(tx, of.opened.id, tx.now - HOUR),
    "mark what was said": lambda tx, of: undoable.mark_said(
        tx, of.opened.id, of.opened.declared_at, "U0ADA"
    ),
    "customers read of it": lambda tx, of: undoable.was_published(
        tx, of.opened.id, of.opened.declared_at
    ),
    "templates": lambda tx, of: (templates.all_templates(tx), templates.enabled(tx)),
    "components of a service": lambda tx, of: statuspage.components_of(tx, SERVICE),
    "a component's name": lambda tx, of: statuspage.name_of(tx, COMPONENT),
    "incidents on a component": lambda tx, of: statuspage.open_incidents_on(tx, COMPONENT),
    "incidents on a component at rest": lambda tx, of: statuspage.open_incidents_on(
        tx, "component-at-rest"
    ),
    "publication": lambda tx, of: statuspage.publication(tx, of.resolved.id),
    "was asked to publish": lambda tx, of: statuspage.was_asked(tx, of.resolved.id),
    "why deliveries wait": lambda tx, of: leases.delay(tx, NOTIFICATIONS),
}
"""Asked while somebody waits."""
