"""The dispatcher: claims due deliveries, most urgent first, and delivers them in threads."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta
from threading import Event, Thread
from typing import Final

from incident_bot import log as logs
from incident_bot.clients.deadlines import clock
from incident_bot.clients.transport import before_each_call
from incident_bot.deliveries import KNOWN
from incident_bot.domain.deliveries import Delivery, Queue, Sent
from incident_bot.jobs.lease import KeptLease
from incident_bot.jobs.reading import read_claimed, unless_stale
from incident_bot.jobs.recorder import Recorder
from incident_bot.jobs.under_way import UnderWay
from incident_bot.log import Trouble
from incident_bot.store import deliveries, heartbeats, leases, outbox
from incident_bot.store.database import Database, Tx
from incident_bot.store.leases import LEASE
from incident_bot.workflow import dead_letters

log = logging.getLogger(__name__)

SWEEP_SECONDS: Final = 3.0
"""The longest a due delivery waits when nobody notifies the dispatcher."""

DISPATCHER: Final = "dispatcher-"
"""Name prefix of the threads that claim and record; a process without them delivers nothing."""

_SOON_SECONDS: Final = 30.0
"""The dispatcher waits for deliveries that are due this soon, where no sweep comes after."""

_IDLE_LOOK_SECONDS: Final = 0.2

_TOGETHER_SECONDS: Final = 0.01
"""The wait while most threads are busy, so that several freed threads share one claim."""

_AHEAD: Final = 1 / 4
"""The deliveries claimed ahead, as a part of the threads; each waits for the next free one."""


class Dispatcher:
    """Delivers what is due in one queue until stopped."""

    def __init__(
        self,
        database: Database,
        deliver: Callable[[Delivery], Sent | None],
        queue: Queue,
        *,
        threads: int,
        lease: timedelta = LEASE,
    ) -> None:
        """`deliver` returns what is to be recorded; until then its delivery counts as under way."""
        self._database = database
        self._deliver = deliver
        self._queue = queue
        self.threads = threads
        self._lease = lease
        self._most_under_way = threads + int(threads * _AHEAD)
        self._under_way = UnderWay()
        self._unrecorded: list[Delivery] = []
        self._swept_at = -SWEEP_SECONDS
        self._trouble = Trouble(log)
        self._woken = Event()
        self._stopping = Event()
        self._recorder = Recorder(
            database,
            f"{DISPATCHER}{queue}-recorder",
            recorded=self._end,
            give_back=self._unrecorded.append,
        )
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=f"deliver-{queue}")
        self._thread = Thread(target=self._run, name=f"{DISPATCHER}{queue}", daemon=True)

    def start(self) -> None:
        self._recorder.start()
        self._thread.start()

    def wake(self) -> None:
        """Look now: something may be due."""
        self._woken.set()

    def stop(self) -> None:
        """Claim nothing more and wait for what is under way; a send ends by its deadline."""
        self._stopping.set()
        self._woken.set()
        self._thread.join()
        putting_back = Thread(target=self._put_back_waiting)
        putting_back.start()
        self._pool.shutdown(wait=True)
        self._recorder.stop()
        putting_back.join()

    def run_until_idle(self, seconds: float) -> bool:
        """Deliver what is due, and what will be within a moment, for at most so long.

        Returns whether nothing is left to deliver now. Raises what a transaction raises.
        """
        until = time.monotonic() + seconds
        self.start()
        try:
            while not (is_idle := self._is_idle()) and time.monotonic() < until:
                time.sleep(_IDLE_LOOK_SECONDS)
        finally:
            self.stop()
        return is_idle

    def _is_idle(self) -> bool:
        if self._under_way:
            return False
        due_in = self._database.run(lambda tx: leases.due_in(tx, KNOWN, self._queue))
        return due_in is None or due_in > _SOON_SECONDS

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._woken.clear()
            wait = self._poll()
            self._woken.wait(wait)
            if len(self._under_way) > self.threads // 2:
                self._stopping.wait(_TOGETHER_SECONDS)

    def _poll(self) -> float:
        """Start what is due; returns the seconds until it is worth looking again."""
        try:
            self._give_back()
            due_in = self._start_due() if self._room() > 0 else None
            self._sweep_now_and_then()
        except self._database.faults as error:
            # Also a schema that is not there yet: the thread must live until that is fixed.
            problem = type(error).__name__
            self._trouble.say(logging.ERROR, "nothing can be claimed", problem=problem)
            return 1.0
        return SWEEP_SECONDS if due_in is None else min(due_in, SWEEP_SECONDS)

    def _start_due(self) -> float | None:
        """Claim for each free thread, and some ahead; returns the seconds until more is due."""
        room, claimed_at = self._room(), clock()
        claimed, due_in = self._database.run(lambda tx: self._claim(tx, room))
        if claimed:
            log.debug("deliveries claimed", extra={"queue": self._queue, "count": len(claimed)})
        for delivery in claimed:
            self._start(delivery, claimed_at)
        return due_in

    def _start(self, delivery: Delivery, claimed_at: float) -> None:
        """Have a thread take it; the next to be free takes the most urgent that waits."""
        lease = KeptLease(
            self._database,
            delivery,
            self._lease,
            claimed_at=claimed_at,
            is_stopping=self._stopping.is_set,
        )
        self._under_way.add(lease)
        self._pool.submit(self._process_next)

    def _put_back_waiting(self) -> None:
        """Give what no thread has taken yet to the other workers, or to the next one."""
        waiting = [lease.delivery for lease in iter(self._under_way.take, None)]
        if not waiting:
            return
        try:
            self._database.run(lambda tx: self._put_back(tx, waiting))
        except self._database.faults as error:
            log.error("not given back", extra={"problem": type(error).__name__})

    def _put_back(self, tx: Tx, waiting: list[Delivery]) -> None:
        leases.put_back(tx, waiting)
        tx.wakes.add(self._queue)

    def _give_back(self) -> None:
        """Let others claim at once what could not be recorded while the database was away."""
        unrecorded = self._unrecorded[:]
        if unrecorded:
            self._database.run(lambda tx: leases.give_back(tx, unrecorded))
            del self._unrecorded[: len(unrecorded)]

    def _claim(self, tx: Tx, limit: int) -> tuple[list[Delivery], float | None]:
        has_suspect = any(
            each.is_suspect and tx.now < each.claimed_at + self._lease
            for each in self._under_way.deliveries()
        )
        suspects = 0 if has_suspect else 1
        claimed = leases.claim(
            tx, KNOWN, self._queue, limit=limit, suspects=suspects, lease=self._lease
        )
        claimed = read_claimed(tx, claimed)
        if len(claimed) == limit:  # there may be more, for whichever of them ends first
            return claimed, None
        return claimed, leases.next_due_in(tx, self._queue)

    def _sweep_now_and_then(self) -> None:
        """However busy it is: bury what kills its worker, let go what need not wait, show a beat.

        Raises RuntimeError, which ends the worker, when a thread is lost to what never ends.
        """
        if time.monotonic() - self._swept_at >= SWEEP_SECONDS:
            self._swept_at = time.monotonic()
            self._database.run(self._sweep)

    def _sweep(self, tx: Tx) -> None:
        for buried in leases.bury_crashed(tx, self._queue):
            copy_context().run(_report_buried, tx, buried)
        heartbeats.beat(tx, self._queue)
        deliveries.release_ready(tx)
        leases.forget_idle(tx)
        self._under_way.require_progress(tx.now, self._lease)

    def _room(self) -> int:
        return self._most_under_way - len(self._under_way)

    def _process_next(self) -> None:
        if not self._stopping.is_set() and (lease := self._under_way.take()):
            self._process(lease)

    def _process(self, lease: KeptLease) -> None:
        delivery, sent = lease.delivery, None
        try:
            with before_each_call(lease.check):
                sent = self._deliver(unless_stale(delivery, lease.claimed_at))
        except self._database.faults as error:
            problem = type(error).__name__
            log.error("not recorded; it is given back", extra={"problem": problem})
            self._unrecorded.append(delivery)
        finally:
            if sent is None:
                self._end(delivery)
            else:
                self._recorder.add(sent)

    def _end(self, delivery: Delivery) -> None:
        self._under_way.end(delivery)
        self._woken.set()


def _report_buried(tx: Tx, delivery_id: int) -> None:
    buried = outbox.by_id(tx, delivery_id)
    logs.request_id.set(buried.request_id)
    set_by = dead_letters.report(tx, buried)
    where = {"destination": buried.destination, "setting": set_by or None}
    log.error("delivery dead", extra={"delivery": delivery_id, "reason": "crashed", **where})
