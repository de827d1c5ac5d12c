"""The recorder: records the deliveries that were sent, many in one transaction."""

import logging
from collections.abc import Callable, Sequence
from contextvars import copy_context
from datetime import datetime
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final
from uuid import UUID

from incident_bot import log as logs
from incident_bot import metrics
from incident_bot.deliveries import KINDS
from incident_bot.domain.deliveries import Delivery, Sent
from incident_bot.errors import Unavailable
from incident_bot.log import Trouble
from incident_bot.store import deliveries, incidents, outcomes
from incident_bot.store.database import Database, Tx

log = logging.getLogger(__name__)

_UNRECORDABLE: Final = (*Database.faults, UnicodeError)
"""The errors of a record that cannot be written; a vendor's text may hold no text at all."""

_AGAIN_SECONDS: Final = 0.1
"""The pause before what could not be recorded is tried again, if nothing else comes before."""


class Recorder:
    """Records what was sent: all that came while the last record was written, by one statement.

    What the database does not take stays here and is tried again. Where its lease runs out
    meanwhile, another worker looks for the message before it sends it.
    """

    def __init__(
        self,
        database: Database,
        name: str,
        *,
        recorded: Callable[[Delivery], None],
        give_back: Callable[[Delivery], None],
    ) -> None:
        """`recorded` is called when one is done with, before that `give_back` if it cannot be."""
        self._database = database
        self._recorded = recorded
        self._give_back = give_back
        self._sent: SimpleQueue[Sent | None] = SimpleQueue()
        self._is_stopping = False
        self._is_database_away = False
        self._trouble = Trouble(log)
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def add(self, sent: Sent) -> None:
        """Have it recorded soon."""
        self._sent.put(sent)

    def stop(self) -> None:
        """Record what is left, and end; what the database does not take is left to its lease."""
        self._sent.put(None)
        self._thread.join()

    def _run(self) -> None:
        left: Sequence[Sent] = []
        while not self._is_stopping:
            left = self._record([*left, *self._arrived(_AGAIN_SECONDS if left else None)])
        if not self._is_database_away:
            self._record_each(left)

    def _arrived(self, seconds: float | None) -> list[Sent]:
        """Wait for something that was sent; returns it with all that came besides."""
        found = []
        try:
            found.append(self._sent.get(timeout=seconds))
            while True:
                found.append(self._sent.get_nowait())
        except Empty:
            self._is_stopping = None in found
            return [each for each in found if each is not None]

    def _record(self, sent: Sequence[Sent]) -> Sequence[Sent]:
        """Record them; returns those that are to be tried again."""
        self._is_database_away = False
        try:
            return self._record_together(sent) if sent else []
        except Unavailable as error:
            self._is_database_away = True
            self._trouble.say(logging.ERROR, "not recorded yet", problem=type(error).__name__)
            return sent
        except _UNRECORDABLE:
            return self._record_each(sent)  # one that cannot be recorded must not keep the others

    def _record_together(self, sent: Sequence[Sent]) -> Sequence[Sent]:
        recorded, held, at = self._database.run(lambda tx: (*_record_held(tx, sent), tx.now))
        for each in sent:
            if each.lease_token in recorded:
                self._end(each, at)
        left = [each for each in sent if each.lease_token not in recorded]
        lost = [each for each in left if each.lease_token not in held]
        locked = [each for each in left if each.lease_token in held]
        return [*locked, *self._record_each(lost)]

    def _record_each(self, sent: Sequence[Sent]) -> Sequence[Sent]:
        """Record them one by one; returns those that the database was away for."""
        for place, each in enumerate(sent):
            try:
                copy_context().run(self._record_alone, each)
            except Unavailable:
                return [*sent[place + 1 :], each]  # another first: this one may be locked for long
        return []

    def _record_alone(self, sent: Sent) -> None:
        log_about(sent.delivery)
        try:
            recorded_at = self._database.run(lambda tx: _recorded_at(tx, sent))
        except Unavailable:
            raise
        except _UNRECORDABLE as error:
            log.error("not recorded; it is given back", extra={"problem": type(error).__name__})
            self._give_back(sent.delivery)
            self._recorded(sent.delivery)
        else:
            self._end(sent, recorded_at)

    def _end(self, sent: Sent, recorded_at: datetime) -> None:
        copy_context().run(report_delivered, sent.delivery, recorded_at)
        self._recorded(sent.delivery)


def _record_held(tx: Tx, sent: Sequence[Sent]) -> tuple[set[UUID], set[UUID]]:
    """Record those whose lease is held; returns their leases, and those still held of the others.

    By lease and not by delivery: a worker that was slow may have sent one under each of two.
    """
    recorded = outcomes.sent_together(tx, sent)
    left = [each.delivery for each in sent if each.lease_token not in recorded]
    return recorded, outcomes.still_held(tx, left) if left else set()


def _recorded_at(tx: Tx, sent: Sent) -> datetime:
    record(tx, sent)
    return tx.now


def record(tx: Tx, sent: Sent) -> bool:
    """Record one that arrived; False when the lease was lost, with which is then dealt."""
    if KINDS[sent.delivery.kind].is_probe:
        is_held = outcomes.gone(tx, sent.delivery)
    else:
        is_held = outcomes.sent(
            tx, sent.delivery, channel_id=sent.channel_id, ts=sent.ts, detail=sent.detail
        )
    if not is_held:
        lease_lost(tx, sent.delivery)
    return is_held


def lease_lost(tx: Tx, delivery: Delivery) -> None:
    """Another worker may have sent it meanwhile, and ours may have arrived after that.

    What is reconciled is therefore written once more.
    """
    log.warning("lease lost", extra={"kind": delivery.kind, "attempts": delivery.attempts})
    outcomes.lost(tx, delivery)
    kind = KINDS[delivery.kind]
    if kind.reconciled:
        number = delivery.incident_id
        incident = incidents.by_id(tx, number) if number is not None else None
        draft = kind.draft(kind.restore(delivery.payload), to=delivery.destination)
        deliveries.add(tx, incident, [draft])


def log_about(delivery: Delivery) -> None:
    """Have the lines that are logged from here on say which delivery they are about."""
    logs.request_id.set(delivery.request_id)
    logs.incident.set(f"INC-{delivery.incident_id}" if delivery.incident_id else None)
    logs.delivery.set(delivery.id)


def report_delivered(delivery: Delivery, recorded_at: datetime) -> None:
    """Log and count a delivery that arrived; the moment is of the database's clock."""
    log_about(delivery)
    metrics.OUTBOX_ATTEMPTS.labels(delivery.kind, "sent").inc()
    line = {"kind": delivery.kind, "attempts": delivery.attempts}
    if KINDS[delivery.kind].is_probe:
        log.debug("probe delivered", extra=line)
        return
    log.info("delivered", extra=line)
    waited = recorded_at - delivery.created_at
    metrics.OUTBOX_SECONDS.labels(delivery.kind).observe(waited.total_seconds())
