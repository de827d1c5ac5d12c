"""A call of each function of the store, on data as bench/growth_data.py makes it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from incident_bot.deliveries import KNOWN
from incident_bot.domain.declaring import DeclareRequest
from incident_bot.domain.deliveries import INCIDENT_CHANNEL, Draft, Queue, Sent, State
from incident_bot.domain.incidents import Incident, Severity, Status
from incident_bot.domain.people import Person
from incident_bot.domain.reminders import Reminder, ReminderKind, Standing
from incident_bot.domain.reports import Grouping, Selection
from incident_bot.domain.seals import Record
from incident_bot.domain.templates import Template
from incident_bot.domain.timeline import Kind, NewEntry
from incident_bot.domain.updates import Change, Event, IncidentUpdate
from incident_bot.domain.workspace import Workspace
from incident_bot.errors import DeliveryError, Reason
from incident_bot.store import (
    audit,
    canaries,
    checkpoints,
    confirmations,
    counters,
    declaring,
    deliveries,
    exporting,
    figures,
    forgetting,
    gauges,
    heartbeats,
    holds,
    inbox,
    incidents,
    leases,
    outbox,
    outcomes,
    people,
    privileges,
    pruning,
    records,
    reminders,
    schema,
    seals,
    statuspage,
    templates,
    timeline,
    traces,
    undoable,
    workspace,
)
from incident_bot.store.counters import Counter
from incident_bot.store.database import Tx
from tests.builders import drafted, recorded

_NOTIFICATIONS: Final = Queue.NOTIFICATIONS
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_EPOCH: Final = datetime(2026, 1, 1, tzinfo=UTC)
_SERVICE: Final = "service-7"
_COMPONENT: Final = "component-7"
_FAILED: Final = DeliveryError(Reason.VENDOR_FAULT, "HTTP 500", retryable=True)
_PERSON: Final = Person(user_id="U0U7", name="Person 7", is_bot=False, is_deactivated=False)
_WANTED: Final = DeclareRequest(
    title="Slow",
    severity=Severity.P1,
    service=_SERVICE,
    declarer_user_id="U0U7",
    commander_user_id="U0U7",
    description="",
)
_ENTRY: Final = NewEntry(kind=Kind.STATUS, before="declared", after="identified")
_TEMPLATE: Final = Template(
    name="Slow", title="Slow", severity=Severity.P2, service="", description="", enabled=True
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incidents:
    """An incident that is open and one that was resolved long ago."""

    opened: Incident
    resolved: Incident

    @classmethod
    def of(cls, tx: Tx, total: int) -> "Incidents":
        return cls(
            opened=incidents.by_id(tx, total - 2), resolved=incidents.by_id(tx, total // 2 + 1)
        )


def _drafts(tx: Tx, of: Incidents) -> list[Draft]:
    return [
        drafted("card", INCIDENT_CHANNEL),
        drafted("announcement", "C0P1"),
        replace(drafted("direct_message", "U0U7"), throttled=True),
        drafted("direct_message_current", "U0U8"),
    ]


def _claimed(tx: Tx) -> Any:
    return leases.claim(tx, KNOWN, _NOTIFICATIONS, limit=1)[0]


def _dead(tx: Tx) -> Any:
    return outbox.find(tx, state=State.DEAD, limit=1)[0]


def _taken_key(tx: Tx) -> str:
    return str(tx.scalars("select key from inbox order by key limit 1")[0])


def _template(tx: Tx) -> None:
    templates.add(tx, _TEMPLATE)
    templates.save(tx, templates.by_name(tx, _TEMPLATE.name))


def _lately(tx: Tx) -> Selection:
    return Selection(since=tx.now - 90 * _DAY, until=tx.now)


def _exported(tx: Tx, selected: Selection) -> list[object]:
    return [
        *exporting.reported_incidents(tx, selected),
        *exporting.reported_entries(tx, selected),
        *exporting.audit_lines(tx, selected),
    ]


def _before_migrations(tx: Tx) -> None:
    tx.run("drop table workspace")
    workspace.is_free_for(tx, "T0SANDBOX")


def _changed(tx: Tx, of: Incidents) -> Incident:
    identified = replace(of.opened, status=Status.IDENTIFIED)
    return incidents.save_state(tx, of.opened, identified)[0]


_STANDING: Final = Standing(kind=ReminderKind.PROMISE, since_at=_EPOCH, step=0, due_at=_EPOCH)


def _reminder(tx: Tx, of: Incidents) -> Reminder:
    """Have a reminder stand that is due, and return it."""
    reminders.begin(tx, of.opened.id, _STANDING)
    return reminders.due_of(tx, of.opened.id)[0]


def _pruned(tx: Tx, of: Incidents) -> None:
    last = pruning.next_place(tx, before=tx.now, after_id=5000, limit=1000)
    pruning.prune(tx, before=tx.now, after_id=5000, last_id=last or 6000, unlisted=["reply"])


def _replaced(tx: Tx, of: Incidents) -> None:
    tx.run("select set_config('incident_bot.forgetting', 'on', true)")
    seals.replace_changed(tx, Record.TIMELINE, [600, 700])


def _update() -> IncidentUpdate:
    return IncidentUpdate(actor_user_id="U0ADA", changes=(Change(event=Event.STATUS),))


Call = Callable[[Tx, Incidents], object]

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
        tx, _WANTED, alike_since=tx.now - _HOUR, lately_since=tx.now - _HOUR, limit=5
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
    "last updates": lambda tx, of: timeline.last_updates(tx, of.resolved.id),
    "last update of each": lambda tx, of: timeline.latest_entries(
        tx, [of.opened.id, of.resolved.id]
    ),
    "last entry of a kind": lambda tx, of: timeline.last(tx, of.resolved.id, Kind.HANDOVER),
    "became resolved": lambda tx, of: timeline.count_became(
        tx, of.resolved.id, "resolved", since=tx.now - _DAY
    ),
    "record of an incident": lambda tx, of: records.read(tx, of.resolved),
    "files of an incident": lambda tx, of: records.count_files(tx, of.resolved, "postmortem"),
    "audit of a change": lambda tx, of: audit.add_change(
        tx, "status", actor="U0ADA", incident=of.opened, entries=[_ENTRY], detail=""
    ),
    "audit": lambda tx, of: audit.add(tx, "note", actor="U0ADA", incident_id=of.opened.id),
    "was done": lambda tx, of: audit.was_done(
        tx, of.resolved.id, "note", "U0U7", since=tx.now - _DAY
    ),
    "deliveries of an incident": lambda tx, of: outbox.of_incident(tx, of.resolved.id),
    "retry the dead of an incident": lambda tx, of: outbox.retry_dead(tx, of.resolved.id),
    "ask whether it is meant": lambda tx, of: confirmations.ask(tx, "key", "sent:1"),
    "it is meant": lambda tx, of: confirmations.take(tx, "key", "sent:2", within=_HOUR),
    "remember a change": lambda tx, of: undoable.remember(
        tx, of.opened, _changed(tx, of), _update()
    ),
    "last change": lambda tx, of: undoable.last(tx, of.opened),
    "withdraw a change": lambda tx, of: undoable.withdraw(tx, of.opened.id, tx.now - _HOUR),
    "mark what was said": lambda tx, of: undoable.mark_said(
        tx, of.opened.id, of.opened.declared_at, "U0ADA"
    ),
    "customers read of it": lambda tx, of: undoable.was_published(
        tx, of.opened.id, of.opened.declared_at
    ),
    "templates": lambda tx, of: (templates.all_templates(tx), templates.enabled(tx)),
    "components of a service": lambda tx, of: statuspage.components_of(tx, _SERVICE),
    "a component's name": lambda tx, of: statuspage.name_of(tx, _COMPONENT),
    "incidents on a component": lambda tx, of: statuspage.open_incidents_on(tx, _COMPONENT),
    "incidents on a component at rest": lambda tx, of: statuspage.open_incidents_on(
        tx, "component-at-rest"
    ),
    "publication": lambda tx, of: statuspage.publication(tx, of.resolved.id),
    "was asked to publish": lambda tx, of: statuspage.was_asked(tx, of.resolved.id),
    "why deliveries wait": lambda tx, of: leases.delay(tx, _NOTIFICATIONS),
}
"""Asked while somebody waits."""

WORKER: Final[dict[str, Call]] = {
    "claim 1": lambda tx, of: leases.claim(tx, KNOWN, _NOTIFICATIONS, limit=1),
    "claim 64": lambda tx, of: leases.claim(tx, KNOWN, _NOTIFICATIONS, limit=64),
    "next due": lambda tx, of: leases.next_due_in(tx, _NOTIFICATIONS),
    "due": lambda tx, of: leases.due_in(tx, KNOWN, _NOTIFICATIONS),
    "bury": lambda tx, of: leases.bury_crashed(tx, _NOTIFICATIONS),
    "pace a destination": lambda tx, of: leases.pace(tx, "C0P1", wait=_HOUR),
    "return a turn": lambda tx, of: leases.return_turn(tx, "C0P1"),
    "end paces": lambda tx, of: leases.forget_idle(tx),
    "release what waited": lambda tx, of: deliveries.release_ready(tx),
    "incident held unless busy": lambda tx, of: incidents.held_unless_busy(tx, of.opened.id),
    "answer to a reminder": lambda tx, of: timeline.answer_to(tx, of.opened.id, _EPOCH),
    "heartbeat": lambda tx, of: heartbeats.beat(tx, _NOTIFICATIONS),
    "heartbeat of a socket": lambda tx, of: heartbeats.beat_socket(tx),
    "note of an event": lambda tx, of: heartbeats.note_event(tx),
    "rate-limit holds": lambda tx, of: holds.active(tx),
    "hold": lambda tx, of: holds.hold(tx, "chat.update", seconds=9),
    "slot": lambda tx, of: holds.reserve_slot(tx, "statuspage", apart_seconds=1),
    "incident of a delivery": lambda tx, of: incidents.by_id(tx, of.resolved.id),
    "incidents of deliveries": lambda tx, of: incidents.by_ids(tx, [of.opened.id, of.resolved.id]),
    "posted message": lambda tx, of: deliveries.posted(tx, of.resolved.id, "announcement", "C0P1"),
    "messages acted on": lambda tx, of: deliveries.acted_on(tx, {1: "direct_message", 2: "card"}),
    "posted by a delivery": lambda tx, of: deliveries.posted_by(tx, of.resolved.id),
    "possible duplicate": lambda tx, of: deliveries.possible_duplicate_since(tx, _claimed(tx)),
    "renew": lambda tx, of: leases.renew(tx, _claimed(tx)),
    "urgency": lambda tx, of: leases.urgency(tx, _claimed(tx)),
    "give back": lambda tx, of: leases.give_back(tx, [_claimed(tx)]),
    "put back": lambda tx, of: leases.put_back(tx, [_claimed(tx)]),
    "lease lost": lambda tx, of: outcomes.lost(tx, _claimed(tx)),
    "sent": lambda tx, of: outcomes.sent(tx, _claimed(tx), ts="1.1"),
    "sent together": lambda tx, of: outcomes.sent_together(tx, [Sent(delivery=_claimed(tx))]),
    "gone": lambda tx, of: outcomes.gone(tx, _claimed(tx)),
    "canaries": lambda tx, of: canaries.count_pending(tx),
    "a canary arrived": lambda tx, of: canaries.mark_arrived(tx, slack_ahead_seconds=0.5),
    "still held": lambda tx, of: outcomes.still_held(tx, [_claimed(tx)]),
    "again": lambda tx, of: outcomes.again(tx, _claimed(tx), _FAILED, after=_HOUR),
    "dead": lambda tx, of: outcomes.dead(tx, _claimed(tx), _FAILED),
    "was said": lambda tx, of: outbox.is_said(tx, "vendor_fault", _dead(tx)),
    "hold a channel's name": lambda tx, of: incidents.hold_channel_name(
        tx, of.opened.id, ["inc-new", "inc-new-2"]
    ),
    "save a channel": lambda tx, of: incidents.save_channel(
        tx, of.opened.id, channel_id="C0NEW", channel_name="inc-new"
    ),
    "count": lambda tx, of: counters.add(tx, Counter.DEAD, "vendor_fault"),
    "wanted of a component": lambda tx, of: statuspage.wanted(tx, _COMPONENT),
    "component": lambda tx, of: statuspage.component_record(tx, _COMPONENT),
    "component attempted": lambda tx, of: statuspage.mark_attempted(tx, _COMPONENT, "a", found="b"),
    "component synced": lambda tx, of: statuspage.mark_synced(tx, _COMPONENT, "a"),
    "component fails": lambda tx, of: statuspage.mark_failing(tx, _COMPONENT, patience=_HOUR),
    "component held": lambda tx, of: statuspage.hold(tx, _COMPONENT, "a"),
    "component released": lambda tx, of: statuspage.release(tx, _COMPONENT, left_at=None),
    "lock components of services": lambda tx, of: statuspage.lock_components_of(tx, [_SERVICE]),
    "lock components": lambda tx, of: statuspage.lock_components(tx, [_COMPONENT]),
    "publish": lambda tx, of: statuspage.publish(
        tx, of.opened.id, "U0ADA", notifies=True, title="Slow", message=""
    ),
    "save the public incident": lambda tx, of: statuspage.save_public_incident(
        tx, of.opened.id, "1", "https://x"
    ),
    "save the public message": lambda tx, of: statuspage.save_public_message(
        tx, of.opened.id, "Slow"
    ),
    "withdraw a publication": lambda tx, of: statuspage.withdraw_publication(tx, of.opened.id),
    "unpublish": lambda tx, of: statuspage.unpublish(tx, of.opened.id),
}
"""Asked by workers."""

PERIODIC: Final[dict[str, Call]] = {
    "claim a task": lambda tx, of: checkpoints.claim(tx, "people", every=_HOUR, patience=_HOUR),
    "task done": lambda tx, of: checkpoints.mark_run(tx, "people"),
    "task put off": lambda tx, of: checkpoints.come_back(tx, "people", every=_DAY, after=_HOUR),
    "bookmark": lambda tx, of: checkpoints.bookmark(tx, "people"),
    "save a bookmark": lambda tx, of: checkpoints.save_bookmark(tx, "people", "page 2"),
    "due reminders": lambda tx, of: reminders.due(tx, limit=50),
    "reminders of nobody": lambda tx, of: reminders.orphaned(tx),
    "remind": lambda tx, of: reminders.save_said(
        tx, _reminder(tx, of), step=1, due_at=None, said=["nudge:U0U7:promise:1:0"], mentions=[]
    ),
    "put a reminder off": lambda tx, of: reminders.put_off(tx, _reminder(tx, of), tx.now),
    "end a reminder": lambda tx, of: reminders.end(tx, _reminder(tx, of)),
    "last thing done": lambda tx, of: reminders.touched_at(tx, of.resolved.id),
    "somebody's zone": lambda tx, of: people.time_zone(tx, "U0U7"),
    "somebody left": lambda tx, of: people.is_deactivated(tx, "U0U7"),
    "our workspace": lambda tx, of: workspace.ours(tx),
    "save our workspace": lambda tx, of: workspace.save(
        tx, Workspace(team_id="T0SANDBOX", enterprise_id=None)
    ),
    "people": lambda tx, of: people.save(tx, [_PERSON]),
    "drift": lambda tx, of: statuspage.components_in_use(tx),
    "forget requests": lambda tx, of: inbox.forget_older_than(
        tx, timedelta(days=30), since=None, limit=1000
    ),
    "forget questions": lambda tx, of: confirmations.forget_older_than(tx, _DAY),
    "forget holds": lambda tx, of: holds.forget_ended(tx, timedelta(days=36_500)),
    "drop edits": lambda tx, of: forgetting.drop_old_edits(
        tx, before=tx.now - _DAY, after_id=0, limit=1000
    ),
    "drop words": lambda tx, of: forgetting.blank_settled(
        tx, before=tx.now - timedelta(days=89), since=None, limit=1000
    ),
    "prune deliveries": _pruned,
    "newest entries that are settled": lambda tx, of: [
        seals.settled(tx, record, patience=_HOUR) for record in Record
    ],
    "seal entries": lambda tx, of: seals.seal_next(
        tx, Record.AUDIT, seals.Settled(id=900), limit=500
    ),
    "hold a bookmark": lambda tx, of: checkpoints.held_bookmark(tx, "retention"),
}
"""Asked by one worker of all, now and then."""

OPERATOR: Final[dict[str, Call]] = {
    "forget somebody who is there": _replaced,
    "newest seal": lambda tx, of: seals.head(tx),
    "verify seals": lambda tx, of: seals.after(tx, 100, limit=20),
    "what is not sealed": lambda tx, of: [
        seals.unsealed(tx, record, above_id=79_000) for record in Record
    ],
    "trace of a request": lambda tx, of: traces.of_request(tx, "2fd61bd74eac", limit=50),
    "trace of a delivery": lambda tx, of: traces.of_delivery(tx, _dead(tx).id),
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
    "outbox retry": lambda tx, of: outbox.retry(tx, _dead(tx).id),
    "outbox drop": lambda tx, of: outbox.drop(tx, _dead(tx).id),
    "change a template": lambda tx, of: _template(tx),
    "mappings": lambda tx, of: statuspage.mappings(tx),
    "map a service": lambda tx, of: statuspage.map_service(tx, "new", _COMPONENT, "New"),
    "unmap a service": lambda tx, of: statuspage.unmap_service(tx, _SERVICE, _COMPONENT),
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

EVERY: Final[dict[str, Call]] = {**INTERACTIVE, **WORKER, **PERIODIC, **OPERATOR, **EXPORTS}
