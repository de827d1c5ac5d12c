"""One attempt at a delivery: read, send with no transaction open, record with the lease."""

import logging
import random
from datetime import timedelta
from typing import Final

from incident_bot import log as context
from incident_bot.clients.slack import Posted, Slack, post_gate
from incident_bot.domain.deliveries import (
    IN_SHARED_CHANNELS,
    MIRRORS,
    MOST_URGENT,
    ON_THE_PAGE,
    Delivery,
    Draft,
    Kind,
)
from incident_bot.domain.timeline import Entry
from incident_bot.errors import DeliveryError, Reason, Unavailable
from incident_bot.jobs.lease import LeaseLost
from incident_bot.jobs.page import Page
from incident_bot.jobs.senders import SENDERS, Job, Outcome, candidate_names
from incident_bot.render.documents import people_in
from incident_bot.store import (
    counters,
    dead_letters,
    deliveries,
    gates,
    incidents,
    leases,
    notices,
    outbox,
    people,
    statuspage,
    timeline,
)
from incident_bot.store.counters import Counter
from incident_bot.store.database import Database, Tx

log = logging.getLogger(__name__)

_SHOWN_BY: Final = {
    Kind.CARD: Kind.CARD,
    Kind.PIN: Kind.CARD,
    Kind.ANNOUNCEMENT: Kind.ANNOUNCEMENT,
    Kind.THREAD: Kind.ANNOUNCEMENT,
}
"""Kinds that act on a message posted before, with the kind of delivery that posted it."""

_BUG_ATTEMPTS: Final = 5
_FIRST_WAIT_SECONDS: Final = leases.SETTLING.total_seconds()
_LONGEST_WAIT_SECONDS: Final = 300.0
_LONGEST_URGENT_WAIT_SECONDS: Final = 15.0


def deliver(database: Database, slack: Slack, page: Page | None, delivery: Delivery) -> None:
    """Attempt a claimed delivery and record what came of it; `page` is None where there is none."""
    context.request_id.set(delivery.request_id)
    context.incident.set(f"INC-{delivery.incident_id}" if delivery.incident_id else None)
    context.delivery.set(delivery.id)
    try:
        outcome = _send(database, slack, page, delivery)
    except DeliveryError as error:
        _record_failure(database, delivery, error)
    except LeaseLost:
        database.run(lambda tx: _lease_lost(tx, delivery))
    except Unavailable:
        raise  # no fault of the delivery; whoever claimed it gives it back
    except Exception as error:
        log.exception("delivery broke", extra={"kind": delivery.kind})
        _record_failure(database, delivery, _bug(delivery, error))
    else:
        database.run(lambda tx: _record(tx, delivery, outcome))
        log.info("delivered", extra={"kind": delivery.kind, "attempts": delivery.attempts})


def _send(database: Database, slack: Slack, page: Page | None, delivery: Delivery) -> Outcome:
    if delivery.kind in ON_THE_PAGE:
        if page is None:
            raise DeliveryError(Reason.NOT_AUTHORISED, "STATUSPAGE_API_KEY is not set")
        page.carry(delivery)
        return Outcome()
    return SENDERS[delivery.kind](database.run(lambda tx: _read(tx, slack, delivery)))


def _read(tx: Tx, slack: Slack, delivery: Delivery) -> Job:
    guarded = slack.behind(gates.closed(tx))
    if delivery.incident_id is None:
        return Job(delivery=delivery, slack=guarded)
    incident = incidents.by_id(tx, delivery.incident_id)
    shown = _SHOWN_BY.get(delivery.kind)
    there = deliveries.posted(tx, incident.id, shown, delivery.destination) if shown else None
    look_since = delivery.created_at if delivery.look_first else None
    if shown is delivery.kind and not there:
        look_since = deliveries.in_doubt_since(tx, delivery)
    names = candidate_names(incident) if delivery.kind is Kind.CHANNEL else []
    entries = _entries(tx, delivery)
    return Job(
        delivery=delivery,
        slack=guarded,
        about=incident,
        posted=Posted(channel_id=there[0], ts=there[1]) if there else None,
        look_since=look_since,
        names_in_use=frozenset(
            incidents.hold_channel_name(tx, incident.id, names) if names else ()
        ),
        entries=entries,
        names=people.names(tx, people_in(incident, entries)) if entries else {},
    )


def _entries(tx: Tx, delivery: Delivery) -> list[Entry]:
    """The timeline as it was when somebody asked for it to be posted."""
    last = delivery.payload.get("last_entry_id")
    if last is None or delivery.incident_id is None:
        return []
    return timeline.up_to(tx, delivery.incident_id, last)


def _record(tx: Tx, delivery: Delivery, outcome: Outcome) -> None:
    posted = outcome.posted
    kept = leases.sent(
        tx,
        delivery,
        channel_id=posted.channel_id if posted else None,
        ts=posted.ts if posted else None,
        detail=", ".join(f"{who}: {why}" for who, why in outcome.refused.items()) or None,
    )
    if not kept:
        _lease_lost(tx, delivery)
        return
    if delivery.kind in IN_SHARED_CHANNELS and not outcome.is_new:
        leases.return_turn(tx, delivery.destination)
    if outcome.doubt:
        counters.add(tx, Counter.AMBIGUOUS_RESOLVED, outcome.doubt)
    if outcome.channel and delivery.incident_id is not None:
        incidents.save_channel(
            tx,
            delivery.incident_id,
            channel_id=outcome.channel.id,
            channel_name=outcome.channel.name,
        )
        deliveries.release(tx, delivery.incident_id)
        if delivery.attempts > 1:
            _link_channel(tx, delivery.incident_id)


def _lease_lost(tx: Tx, delivery: Delivery) -> None:
    """Another worker may have sent it meanwhile, and ours may have arrived after that.

    What is kept current is therefore brought to the current state once more.
    """
    log.warning("lease lost", extra={"kind": delivery.kind, "attempts": delivery.attempts})
    leases.lost(tx, delivery)
    if delivery.kind is Kind.COMPONENT:
        statuspage.sync(tx, [statuspage.component_in(delivery.destination)])
    elif delivery.kind in MIRRORS and delivery.incident_id is not None:
        again = Draft(kind=delivery.kind, destination=delivery.destination, waits=True)
        deliveries.add(tx, incidents.by_id(tx, delivery.incident_id), [again])


def _link_channel(tx: Tx, incident_id: int) -> None:
    """A channel that came late: what was announced without it is brought level."""
    incident = incidents.by_id(tx, incident_id)
    drafts = [
        Draft(kind=Kind.ANNOUNCEMENT, destination=each)
        for each in deliveries.told(tx, incident).channels
    ]
    if drafts:
        deliveries.add(tx, incident, drafts)


def _record_failure(database: Database, delivery: Delivery, error: DeliveryError) -> None:
    extra = {"kind": delivery.kind, "reason": error.reason, "detail": error.detail}
    final = database.run(lambda tx: _settle_failure(tx, delivery, error))
    log.log(
        logging.ERROR if final else logging.WARNING,
        "delivery dead" if final else "delivery put off",
        extra=extra,
    )


def _settle_failure(tx: Tx, delivery: Delivery, error: DeliveryError) -> bool:
    """True when the delivery was given up."""
    if error.gate and error.retry_after:
        gates.close(tx, error.gate, seconds=error.retry_after)
        if delivery.kind in IN_SHARED_CHANNELS and error.gate == post_gate(delivery.destination):
            leases.pace(tx, delivery.destination, wait=timedelta(seconds=error.retry_after))
    if delivery.kind is Kind.COMPONENT and not error.is_put_off:
        notices.failing(tx, statuspage.component_in(delivery.destination), error.detail)
    if error.retryable and tx.now < delivery.give_up_at:
        urgency = leases.urgency(tx, delivery)
        if not leases.again(tx, delivery, error, after=_wait(delivery, urgency, error)):
            _lease_lost(tx, delivery)
        return False
    if not leases.dead(tx, delivery, error):
        _lease_lost(tx, delivery)
        return False
    dead_letters.given_up(tx, outbox.by_id(tx, delivery.id))
    return True


def _wait(delivery: Delivery, urgency: int, error: DeliveryError) -> timedelta:
    """How long until the next attempt, with jitter so that many do not come back as one.

    The vendor's word counts as it is; of our own pauses what is urgent by now has short ones.
    """
    if error.retry_after is not None:
        return timedelta(seconds=error.retry_after)
    is_urgent = urgency <= MOST_URGENT
    longest = _LONGEST_URGENT_WAIT_SECONDS if is_urgent else _LONGEST_WAIT_SECONDS
    doubled = _FIRST_WAIT_SECONDS * 2 ** min(delivery.failures, 10)
    return timedelta(seconds=min(doubled * random.uniform(1, 1.25), longest))


def _bug(delivery: Delivery, error: Exception) -> DeliveryError:
    """A fault of ours: it may be a passing one, and the message may have been sent before it."""
    return DeliveryError(
        Reason.BUG,
        type(error).__name__,
        retryable=delivery.failures + 1 < _BUG_ATTEMPTS,
        ambiguous=True,
    )
