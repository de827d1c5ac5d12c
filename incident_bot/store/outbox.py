"""The outbox as an operator works on it: look, retry, drop."""

from collections.abc import Sequence
from typing import Any, Final, LiteralString

from incident_bot.domain.deliveries import DeliveryRecord, Queue, State
from incident_bot.errors import Conflict, NotFound
from incident_bot.store import locks
from incident_bot.store.database import Tx
from incident_bot.store.deliveries import GIVE_UP_AFTER
from incident_bot.store.leases import SETTLING, WHILE_UNSETTLED
from incident_bot.store.locks import Lock

_SELECT: Final[LiteralString] = """
    select id, incident_id, queue, kind, destination, state, reason, detail, attempts, waiting,
        created_at, settled_at, run_at, is_blank, stands_for, request_id
    from deliveries
"""


def _record(**columns: Any) -> DeliveryRecord:
    """A delivery from its row."""
    columns["state"] = State(columns["state"])
    columns["queue"] = Queue(columns["queue"])
    return DeliveryRecord(**columns)


_NEWEST_FIRST: Final[LiteralString] = "order by id desc limit %s"

# The state as a literal, by which the planner finds the index of a state. Of what is pending there
# is none by id, and it would go back through all deliveries until it has enough.
_IN_STATE: Final[dict[State | None, LiteralString]] = {
    None: _NEWEST_FIRST,
    State.PENDING: "where state = 'pending' order by id + 0 desc limit %s",
    State.SENT: "where state = 'sent' " + _NEWEST_FIRST,
    State.DEAD: "where state = 'dead' " + _NEWEST_FIRST,
    State.SUPERSEDED: "where state = 'superseded' " + _NEWEST_FIRST,
}


def find(tx: Tx, *, state: State | None, limit: int) -> list[DeliveryRecord]:
    """Deliveries in a state, or in any, newest first."""
    return tx.all(_record, _SELECT + _IN_STATE[state], limit)


def of_incident(tx: Tx, incident_id: int) -> list[DeliveryRecord]:
    """Every delivery of an incident, oldest first."""
    return tx.all(_record, _SELECT + "where incident_id = %s order by id", incident_id)


def by_id(tx: Tx, delivery_id: int) -> DeliveryRecord:
    """One delivery; raises NotFound."""
    found = tx.maybe(_record, _SELECT + "where id = %s", delivery_id)
    if found is None:
        raise NotFound(f"There is no delivery {delivery_id}.")
    return found


def is_said(tx: Tx, cause: str, dead: DeliveryRecord) -> bool:
    """Say whether people read of this cause already, and nothing of the kind has arrived since.

    Nobody else writes of a cause of this incident before the transaction ends.
    """
    locks.take(tx, Lock.DEAD_LETTER, str(dead.incident_id))
    said: bool = tx.scalars(
        """
        select exists (
            select from deliveries as said
            where incident_id = %(incident_id)s and kind = 'dead_letter'
                and payload ->> 'cause' = %(cause)s and state in ('pending', 'sent')
                and not exists (
                    select from deliveries
                    where incident_id = %(incident_id)s and kind = %(kind)s
                        and destination = %(destination)s and state = 'sent'
                        and settled_at > said.created_at))
        """,
        incident_id=dead.incident_id,
        cause=cause,
        kind=dead.kind,
        destination=dead.destination,
    )[0]
    return said


def retry(tx: Tx, delivery_id: int) -> None:
    """Make a dead delivery due again; raises Conflict when it is not dead."""
    found = by_id(tx, delivery_id)
    if found.is_blank:
        raise Conflict(f"Delivery {delivery_id} cannot be retried: what it said is dropped by now.")
    if not _revive(tx, [found]):
        raise Conflict(f"Delivery {delivery_id} is {found.state}; only a dead one can be retried.")


def retry_dead(tx: Tx, incident_id: int) -> int:
    """Make every dead delivery of an incident due again; returns how many."""
    return _revive(tx, of_incident(tx, incident_id))


def _revive(tx: Tx, lines: Sequence[DeliveryRecord]) -> int:
    dead = [line for line in lines if line.state is State.DEAD and not line.is_blank]
    tx.wakes.update(line.queue for line in dead)
    return tx.run(
        """
        update deliveries set state = 'pending', settled_at = null, crashes = 0, failures = 0,
            bookmark = '', give_up_at = %(give_up_at)s,
            run_at = greatest(%(now)s, settled_at + """
        + WHILE_UNSETTLED
        + """)
        where id = any(%(ids)s) and state = 'dead'
        """,
        now=tx.now,
        settling=SETTLING,
        give_up_at=tx.now + GIVE_UP_AFTER,
        ids=[line.id for line in dead],
    )


def drop(tx: Tx, delivery_id: int) -> None:
    """Give a delivery up for good; raises Conflict when it has arrived or is under way."""
    found = by_id(tx, delivery_id)
    changed = tx.run(
        """
        update deliveries set state = 'superseded', settled_at = %s, detail = 'dropped by hand'
        where id = %s and (state = 'dead' or state = 'pending' and lease_until is null)
        """,
        tx.now,
        delivery_id,
    )
    if not changed:
        raise Conflict(f"Delivery {delivery_id} is {found.state} or under way.")
