"""One attempt at a delivery: read, send with no transaction open, record with the lease."""

import logging
import random
from datetime import timedelta
from typing import Final

from incident_bot import log as context
from incident_bot.clients.slack import Posted, Slack
from incident_bot.domain.deliveries import ON_THE_PAGE, Delivery, Draft, Kind
from incident_bot.domain.incidents import Severity
from incident_bot.domain.timeline import Entry
from incident_bot.errors import DeliveryError, Reason, Unavailable
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
    timeline,
)
from incident_bot.store.counters import Counter
from incident_bot.store.database import Database, Tx
from incident_bot.store.statuspage import component_in

log = logging.getLogger(__name__)

_SHOWN_BY: Final = {
    Kind.CARD: Kind.CARD,
    Kind.PIN: Kind.CARD,
    Kind.ANNOUNCEMENT: Kind.ANNOUNCEMENT,
    Kind.THREAD: Kind.ANNOUNCEMENT,
}
"""Kinds that act on a message posted before, with the kind of delivery that posted it."""

_IN_TURN: Final = frozenset({Kind.ANNOUNCEMENT, Kind.THREAD, Kind.DIRECT_MESSAGE})
"""Kinds that share their destination with other incidents' deliveries."""

_BUG_ATTEMPTS: Final = 5
_FIRST_WAIT_SECONDS: Final = 2.0  # longer than the latest a vendor was seen to accept (0.4 s)
_LONGEST_WAIT_SECONDS: Final = 300.0


def deliver(database: Database, slack: Slack, page: Page | None, delivery: Delivery) -> None:
    """Attempt a claimed delivery and record what came of it; `page` is None where there is none."""
    context.request_id.set(delivery.request_id)
    context.incident.set(f"INC-{delivery.incident_id}" if delivery.incident_id else None)
    context.delivery.set(delivery.id)
    try:
        outcome = _send(database, slack, page, delivery)
    except DeliveryError as error:
        _record_failure(database, delivery, error)
    except Unavailable:
        raise  # no fault of the delivery; its lease runs out
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
    if _may_be_overtaken(delivery) and leases.overtakes(tx, delivery):
        raise DeliveryError(Reason.RATE_LIMITED, "turn", retryable=True, retry_after=1)
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


def _may_be_overtaken(delivery: Delivery) -> bool:
    """Whether its destination may have something more urgent to take; nothing is before a P1."""
    return delivery.kind in _IN_TURN and delivery.urgency > Severity.P1.urgency


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
        log.warning("lease lost before the record", extra={"kind": delivery.kind})
        return
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
    if delivery.kind is Kind.COMPONENT and error.reason is not Reason.RATE_LIMITED:
        notices.failing(tx, component_in(delivery.destination), error.detail)
    if error.retryable and tx.now < delivery.give_up_at:
        leases.again(tx, delivery, error, after=_wait(tx, delivery, error))
        return False
    if leases.dead(tx, delivery, error):
        dead_letters.given_up(tx, outbox.by_id(tx, delivery.id))
    return True


def _wait(tx: Tx, delivery: Delivery, error: DeliveryError) -> timedelta:
    """How long until the next attempt, with jitter so that many do not come back as one."""
    if error.retry_after is not None:
        return timedelta(seconds=error.retry_after + _turn_seconds(tx, delivery))
    doubled = _FIRST_WAIT_SECONDS * 2 ** min(delivery.attempts - 1, 10)
    return timedelta(seconds=min(doubled, _LONGEST_WAIT_SECONDS) * random.uniform(1, 1.25))


def _turn_seconds(tx: Tx, delivery: Delivery) -> float:
    """Slack takes a message a second in a channel, so each waits for those that go before it.

    Whoever goes first is there at the moment that the gate opens.
    """
    if delivery.kind not in _IN_TURN:
        return 0.0
    ahead = leases.ahead_of(tx, delivery, at_most=int(_LONGEST_WAIT_SECONDS))
    return ahead * random.uniform(1, 1.25)


def _bug(delivery: Delivery, error: Exception) -> DeliveryError:
    """A fault of ours: it may be a passing one, and the message may have been sent before it."""
    return DeliveryError(
        Reason.BUG,
        type(error).__name__,
        retryable=delivery.attempts < _BUG_ATTEMPTS,
        ambiguous=True,
    )
