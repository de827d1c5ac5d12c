"""The status page's side of the record: one order for each component, and who hears of it."""

import pytest

from incident_bot.errors import Unavailable
from incident_bot.settings import Secret
from incident_bot.store import statuspage
from incident_bot.store.database import Database, Tx
from incident_bot.workflow import components
from tests.builders import recorded


def test_of_two_who_change_a_component_the_second_waits(
    database: Database, database_url: str
) -> None:
    """So the order of the deliveries is the order of the changes, also between incidents."""
    with (
        Database(Secret(database_url), pool_size=1, limit_seconds=0.5) as hasty,
        database.transaction() as tx,
    ):
        components.reconcile(tx, ["comp-api"])
        with pytest.raises(Unavailable):
            hasty.run(lambda tx: components.reconcile(tx, ["comp-api"]))
        hasty.run(lambda tx: components.reconcile(tx, ["comp-checkout"]))


def test_who_changes_an_incident_locks_the_components_of_its_service_and_no_others(
    database: Database, database_url: str
) -> None:
    shown = (("checkout", "comp-b"), ("checkout", "comp-A"), ("payments", "comp-b"), ("api", "c"))
    for service, component_id in shown:
        database.run(
            lambda tx, service=service, component_id=component_id: statuspage.map_service(  # type: ignore[misc]
                tx, service, component_id, component_id
            )
        )
    with (
        Database(Secret(database_url), pool_size=1, limit_seconds=0.5) as hasty,
        database.transaction() as tx,
    ):
        locked = statuspage.lock_components_of(tx, {"checkout", "payments"})
        assert locked == ["comp-A", "comp-b"]
        for component_id in locked:
            with pytest.raises(Unavailable):
                hasty.run(lambda tx, each=component_id: components.reconcile(tx, [each]))  # type: ignore[misc]
        hasty.run(lambda tx: components.reconcile(tx, ["c"]))


def test_once_all_is_over_the_last_to_be_resolved_hears_of_a_component(
    database: Database,
) -> None:
    def resolve(tx: Tx, number: int, minutes_ago: int) -> None:
        tx.run(
            """
            update incidents set status = 'resolved',
                resolved_at = declared_at - make_interval(mins => %s) where id = %s
            """,
            minutes_ago,
            number,
        )

    def open_incident_ids(tx: Tx) -> list[int]:
        return [each.id for each in statuspage.open_incidents_on(tx, "comp-checkout")]

    with database.transaction() as tx:
        statuspage.map_service(tx, "checkout", "comp-checkout", "Checkout")
        for _ in range(4):
            recorded(tx)
        recorded(tx, service="payments")
        for number, minutes_ago in ((1, 5), (2, 1), (3, 9)):
            resolve(tx, number, minutes_ago)
        assert open_incident_ids(tx) == [4]
        resolve(tx, 4, 7)
        assert open_incident_ids(tx) == [2]
        statuspage.map_service(tx, "payments", "comp-checkout", "Checkout")
        resolve(tx, 5, 8)
        assert open_incident_ids(tx) == [2], "of another service of the component, too"
