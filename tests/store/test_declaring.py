"""A declare is compared with what stands, and is one statement."""

from datetime import timedelta
from typing import Any

import pytest

from incident_bot.deliveries import card, component, direct_message_current
from incident_bot.deliveries.kind import NOTHING
from incident_bot.domain.declaring import DeclareRequest
from incident_bot.domain.deliveries import Draft, Queue
from incident_bot.domain.incidents import OpenIncidents, Severity
from incident_bot.domain.people import FORGOTTEN
from incident_bot.store import declaring
from incident_bot.store.database import Database, Tx
from incident_bot.store.declaring import Precedents
from tests.builders import declare_request, drafted, recorded

_A_WHILE = timedelta(minutes=1)


def precedents(
    tx: Tx,
    wanted: DeclareRequest,
    *,
    limit: int = 9,
    counts: bool = True,
    age: timedelta = _A_WHILE,
) -> Precedents:
    since = tx.now - age
    lately = since if counts else None
    return declaring.precedents(tx, wanted, alike_since=since, lately_since=lately, limit=limit)


def numbers(found: OpenIncidents) -> list[int]:
    return [incident.id for incident in found.worst]


def test_the_worst_others_come_first_and_of_these_the_newest(database: Database) -> None:
    for severity in (Severity.P2, Severity.P1, Severity.P4, Severity.P2):
        database.run(lambda tx, severity=severity: recorded(tx, severity))  # type: ignore[misc]
    wanted = declare_request(title="Something else")
    found = database.run(lambda tx: precedents(tx, wanted, limit=3))
    assert numbers(found.others) == [2, 4, 1]
    assert (found.others.count, found.others.more) == (4, 1)
    assert found.alike is None


def test_what_is_open_on_another_service_or_over_is_no_other(database: Database) -> None:
    for service in ("checkout", "payments", "payments"):
        database.run(lambda tx, service=service: recorded(tx, service=service))  # type: ignore[misc]
    resolve = "update incidents set status = 'resolved', resolved_at = now() where id = 2"
    database.run(lambda tx: tx.run(resolve))

    def others(service: str) -> OpenIncidents:
        wanted = declare_request(title="Something else", service=service)
        return database.run(lambda tx: precedents(tx, wanted)).others

    assert (others("payments").count, numbers(others("payments"))) == (1, [3])
    assert others("api-gateway") == OpenIncidents(worst=[])


@pytest.mark.parametrize(
    ("other", "is_found"),
    [
        ({}, True),
        ({"title": "It is down"}, False),
        ({"service": "payments"}, False),
        ({"severity": Severity.P1}, False),
        ({"declarer_user_id": "U0BEN"}, False),
    ],
)
def test_only_the_same_words_of_the_same_person_are_a_repeat(
    database: Database, other: dict[str, Any], is_found: bool
) -> None:
    declared = database.run(recorded)
    database.run(lambda tx: recorded(tx, Severity.P1, title="It is much worse"))
    wanted = declare_request(**other)
    found = database.run(lambda tx: precedents(tx, wanted, limit=1))
    assert (found.alike == declared) is is_found
    late = database.run(lambda tx: precedents(tx, wanted, age=tx.now - declared.declared_at))
    assert late.alike is None


@pytest.mark.parametrize("service", ["checkout", "payments"])
def test_a_persons_own_declares_are_counted_wherever_and_only_where_it_matters(
    database: Database, service: str
) -> None:
    declared = [database.run(recorded) for _ in range(3)]
    wanted = declare_request(title="Something else", service=service)
    another = declare_request(title="Something else", service=service, declarer_user_id="U0BEN")

    def count(wanted: DeclareRequest, **options: Any) -> int:
        return database.run(lambda tx: precedents(tx, wanted, **options)).declared_lately

    assert count(wanted) == 3
    assert count(another) == 0
    assert count(wanted, counts=False) == 0
    newer = database.run(lambda tx: precedents(tx, wanted, age=tx.now - declared[0].declared_at))
    assert newer.declared_lately == 2


def _drafts() -> list[Draft]:
    return [
        card.KIND.draft(NOTHING),
        drafted("direct_message", "U0DAN"),
        drafted("direct_message", FORGOTTEN),
        component.KIND.draft(NOTHING, to="component:c1"),
        direct_message_current.KIND.draft(NOTHING, to="U0DAN"),
    ]


def test_a_declare_writes_its_deliveries_in_their_order(database: Database) -> None:
    drafts = _drafts()
    wanted = declare_request(Severity.P1)
    kept = database.run(lambda tx: _written(tx, wanted, drafts))
    assert kept == [
        (1, "notifications", "card", drafts[0].destination, {}, 1, True),
        (1, "notifications", "direct_message", "U0DAN", drafts[1].payload, 1, False),
        (None, "statuspage", "component", "component:c1", {}, 1, False),
        (1, "notifications", "direct_message_current", "U0DAN", {}, 4, True),
    ]


def _written(tx: Tx, wanted: DeclareRequest, drafts: list[Draft]) -> list[tuple[Any, ...]]:
    declaring.declare(tx, wanted, drafts, channel_id="C0GENERAL")
    assert tx.wakes == set(Queue)
    return tx.connection.execute(
        """
        select incident_id, queue, kind, destination, payload, urgency, waiting from deliveries
        where run_at = created_at and give_up_at = created_at + interval '24 hours' order by id
        """
    ).fetchall()
