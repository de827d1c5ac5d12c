"""Calls of the store by workers."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from incident_bot.deliveries import KNOWN
from incident_bot.domain.deliveries import Sent
from incident_bot.domain.people import Person
from incident_bot.domain.reminders import Reminder, ReminderKind, Standing
from incident_bot.domain.seals import Record
from incident_bot.domain.workspace import Workspace
from incident_bot.errors import DeliveryError, Reason
from incident_bot.store import (
    canaries,
    captures,
    catching_up,
    checkpoints,
    confirmations,
    counters,
    deliveries,
    forgetting,
    heartbeats,
    holds,
    inbox,
    incidents,
    leases,
    outbox,
    outcomes,
    people,
    pruning,
    reminders,
    seals,
    statuspage,
    timeline,
    workspace,
)
from incident_bot.store.counters import Counter
from incident_bot.store.database import Tx
from tests.store.call import (
    COMPONENT,
    DAY,
    HOUR,
    NOTIFICATIONS,
    SERVICE,
    Call,
    Incidents,
    captured,
    dead,
)

_EPOCH: Final = datetime(2026, 1, 1, tzinfo=UTC)
_FAILED: Final = DeliveryError(Reason.VENDOR_FAULT, "HTTP 500", retryable=True)
_PERSON: Final = Person(user_id="U0U7", name="Person 7", is_bot=False, is_deactivated=False)
_STANDING: Final = Standing(kind=ReminderKind.PROMISE, since_at=_EPOCH, step=0, due_at=_EPOCH)


def _claimed(tx: Tx) -> Any:
    return leases.claim(tx, KNOWN, NOTIFICATIONS, limit=1)[0]


def _reminder(tx: Tx, of: Incidents) -> Reminder:
    """Have a reminder stand that is due, and return it."""
    reminders.begin(tx, of.opened.id, _STANDING)
    return reminders.due_of(tx, of.opened.id)[0]


def _pruned(tx: Tx, of: Incidents) -> None:
    last = pruning.next_place(tx, before=tx.now, after_id=5000, limit=1000)
    pruning.prune(tx, before=tx.now, after_id=5000, last_id=last or 6000, unlisted=["reply"])


WORKER: Final[dict[str, Call]] = {
    "claim 1": lambda tx, of: leases.claim(tx, KNOWN, NOTIFICATIONS, limit=1),
    "claim 64": lambda tx, of: leases.claim(tx, KNOWN, NOTIFICATIONS, limit=64),
    "next due": lambda tx, of: leases.next_due_in(tx, NOTIFICATIONS),
    "due": lambda tx, of: leases.due_in(tx, KNOWN, NOTIFICATIONS),
    "bury": lambda tx, of: leases.bury_crashed(tx, NOTIFICATIONS),
    "pace a destination": lambda tx, of: leases.pace(tx, "C0P1", wait=HOUR),
    "return a turn": lambda tx, of: leases.return_turn(tx, "C0P1"),
    "end paces": lambda tx, of: leases.forget_idle(tx),
    "release what waited": lambda tx, of: deliveries.release_ready(tx),
    "incident held unless busy": lambda tx, of: incidents.held_unless_busy(tx, of.opened.id),
    "answer to a reminder": lambda tx, of: timeline.answer_to(tx, of.opened.id, _EPOCH),
    "heartbeat": lambda tx, of: heartbeats.beat(tx, NOTIFICATIONS),
    "heartbeat of a socket": lambda tx, of: heartbeats.beat_socket(tx),
    "note of an event": lambda tx, of: heartbeats.note_event(tx, "team_join"),
    "note of a mismatch": lambda tx, of: heartbeats.note_mismatch(tx),
    "note of a command": lambda tx, of: heartbeats.note_command(tx, "/incident"),
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
    "again": lambda tx, of: outcomes.again(tx, _claimed(tx), _FAILED, after=HOUR),
    "dead": lambda tx, of: outcomes.dead(tx, _claimed(tx), _FAILED),
    "a mark is taken back": lambda tx, of: (
        captured(tx, of),
        captures.taken_back(tx, of.resolved.id, "C1", "1700000000.000100", by="U0U7", mark="pin"),
    ),
    "a mark is outdated": lambda tx, of: captures.is_outdated(
        tx, of.resolved.id, event_ts="1700000000.000100", natural_key="C1:1:U0U7:pin"
    ),
    "was answered about a mark": lambda tx, of: captures.was_answered(
        tx, of.resolved.id, "U0U7", within=HOUR
    ),
    "was said": lambda tx, of: outbox.is_said(tx, "vendor_fault", dead(tx)),
    "hold a channel's name": lambda tx, of: incidents.hold_channel_name(
        tx, of.opened.id, ["inc-new", "inc-new-2"]
    ),
    "save a channel": lambda tx, of: incidents.save_channel(
        tx, of.opened.id, channel_id="C0NEW", channel_name="inc-new"
    ),
    "count": lambda tx, of: counters.add(tx, Counter.DEAD, "vendor_fault"),
    "wanted of a component": lambda tx, of: statuspage.wanted(tx, COMPONENT),
    "component": lambda tx, of: statuspage.component_record(tx, COMPONENT),
    "component attempted": lambda tx, of: statuspage.mark_attempted(tx, COMPONENT, "a", found="b"),
    "component synced": lambda tx, of: statuspage.mark_synced(tx, COMPONENT, "a"),
    "component fails": lambda tx, of: statuspage.mark_failing(tx, COMPONENT, patience=HOUR),
    "component held": lambda tx, of: statuspage.hold(tx, COMPONENT, "a"),
    "component released": lambda tx, of: statuspage.release(tx, COMPONENT, left_at=None),
    "lock components of services": lambda tx, of: statuspage.lock_components_of(tx, [SERVICE]),
    "lock components": lambda tx, of: statuspage.lock_components(tx, [COMPONENT]),
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
    "claim a task": lambda tx, of: checkpoints.claim(tx, "people", every=HOUR, patience=HOUR),
    "task done": lambda tx, of: checkpoints.mark_run(tx, "people"),
    "task put off": lambda tx, of: checkpoints.come_back(tx, "people", every=DAY, after=HOUR),
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
        tx, Workspace(team_id="T0SANDBOX", enterprise_id=None), missing_scopes=["pins:read"]
    ),
    "people": lambda tx, of: people.save(tx, [_PERSON]),
    "drift": lambda tx, of: statuspage.components_in_use(tx),
    "forget requests": lambda tx, of: inbox.forget_older_than(
        tx, timedelta(days=30), since=None, limit=1000
    ),
    "forget what was seen": lambda tx, of: catching_up.forget_ended(tx, tx.now - DAY),
    "forget questions": lambda tx, of: confirmations.forget_older_than(tx, DAY),
    "forget holds": lambda tx, of: holds.forget_ended(tx, timedelta(days=36_500)),
    "drop edits": lambda tx, of: forgetting.drop_old_edits(
        tx, before=tx.now - DAY, after_id=0, limit=1000
    ),
    "drop words": lambda tx, of: forgetting.blank_settled(
        tx, before=tx.now - timedelta(days=89), since=None, limit=1000
    ),
    "prune deliveries": _pruned,
    "newest entries that are settled": lambda tx, of: [
        seals.settled(tx, record, patience=HOUR) for record in Record
    ],
    "seal entries": lambda tx, of: seals.seal_next(
        tx, Record.AUDIT, seals.Settled(id=900), limit=500
    ),
    "hold a bookmark": lambda tx, of: checkpoints.held_bookmark(tx, "retention"),
}
"""Asked by one worker of all, now and then."""
