"""The status page's side of the record: mappings, the states of components, publications."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, LiteralString

from incident_bot.domain import statuspage
from incident_bot.domain.deliveries import Queue
from incident_bot.domain.incidents import Incident, Severity, Status
from incident_bot.domain.statuspage import ComponentRecord, ComponentStatus, Publication
from incident_bot.store import incidents, locks
from incident_bot.store.database import Tx
from incident_bot.store.leases import PENDING_OF_INCIDENT, SETTLING, WHILE_UNSETTLED
from incident_bot.store.locks import Lock

_RECORD: Final[LiteralString] = """
    select component_id, shown, attempted, left_at, is_held, is_failing from components
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """A service, a component it shows on, and what we know of that."""

    service_name: str
    component_id: str
    name: str
    shown: str
    is_held: bool
    is_failing: bool


def mappings(tx: Tx) -> list[Mapping]:
    """Every mapping, by service."""
    return tx.all(
        Mapping,
        """
        select service_name, component_id, coalesce(name, '') as name,
            coalesce(shown, 'operational') as shown, coalesce(is_held, false) as is_held,
            coalesce(is_failing, false) as is_failing
        from statuspage_mappings left join components using (component_id)
        order by service_name, component_id
        """,
    )


def map_service(tx: Tx, service: str, component_id: str, name: str) -> bool:
    """Show a service on a component; False when it already is."""
    remember(tx, component_id, name)
    return bool(
        tx.run(
            """
            insert into statuspage_mappings (service_name, component_id) values (%s, %s)
            on conflict do nothing
            """,
            service,
            component_id,
        )
    )


def unmap_service(tx: Tx, service: str, component_id: str) -> bool:
    """No longer show a service on a component; False when it was not."""
    return bool(
        tx.run(
            "delete from statuspage_mappings where service_name = %s and component_id = %s",
            service,
            component_id,
        )
    )


def components_of(tx: Tx, service: str) -> dict[str, str]:
    """Ids and names of the components a service shows on."""
    rows: list[dict[str, str]] = tx.all(
        dict,
        """
        select component_id, coalesce(nullif(name, ''), component_id) as name
        from statuspage_mappings left join components using (component_id)
        where service_name = %s order by component_id
        """,
        service,
    )
    return {row["component_id"]: row["name"] for row in rows}


def name_of(tx: Tx, component_id: str) -> str:
    """Return the name that people know a component by."""
    names = tx.scalars("select name from components where component_id = %s", component_id)
    return names[0] if names and names[0] else component_id


def lock_components(tx: Tx, component_ids: Sequence[str]) -> None:
    """Let nobody else write for these components before this transaction ends; sorted, by id."""
    if component_ids:
        locks.take_each(tx, Lock.COMPONENT, component_ids)


def lock_components_of(tx: Tx, services: Iterable[str]) -> list[str]:
    """Lock the components that the services show on, as `lock_components` does; return them."""
    return tx.scalars(
        """
        select component_id, pg_advisory_xact_lock(hashtextextended(component_id, %s))
        from (
            select component_id from statuspage_mappings where service_name = any(%s)
            group by component_id order by component_id collate "C" offset 0
        ) as shown
        """,
        int(Lock.COMPONENT),
        list(services),
    )


def make_due_now(tx: Tx) -> None:
    """Make everything due at once that was put off for the page's sake."""
    tx.wakes.add(Queue.STATUSPAGE)
    tx.run(
        """
        update deliveries set run_at = least(run_at, %(now)s + """
        + WHILE_UNSETTLED
        + """)
        where queue = 'statuspage' and state = 'pending' and not waiting and run_at > %(now)s
        """,
        now=tx.now,
        settling=SETTLING,
    )


def components_in_use(tx: Tx) -> list[str]:
    """Components that an open incident shows on."""
    return tx.scalars(
        """
        select distinct component_id from statuspage_mappings where service_name in (
            select service from incidents where status <> 'resolved')
        order by component_id
        """
    )


def wanted(tx: Tx, component_id: str) -> ComponentStatus:
    """The worst that the open incidents on a component make of it."""
    rows: list[dict[str, Any]] = tx.all(
        dict,
        """
        select severity, status from incidents
        where status <> 'resolved' and service in (
            select service_name from statuspage_mappings where component_id = %s)
        """,
        component_id,
    )
    return statuspage.worst(
        statuspage.shown_by(Severity(row["severity"]), Status(row["status"])) for row in rows
    )


def open_incidents_on(tx: Tx, component_id: str) -> list[Incident]:
    """Return the open incidents on a component, or the last one that was resolved."""
    return tx.all(
        incidents.from_row,
        "with open_ones as (select "
        + incidents.COLUMNS
        + """
            from incidents where status <> 'resolved' and service in (
                select service_name from statuspage_mappings where component_id = %(component_id)s)
        )
        select * from open_ones
        union all
        (select last_of_service.* from statuspage_mappings, lateral (select """
        + incidents.COLUMNS
        + """
                from incidents where service = service_name and status = 'resolved'
                order by resolved_at desc limit 1
            ) as last_of_service
            where component_id = %(component_id)s and not exists (select from open_ones)
            order by resolved_at desc limit 1)
        """,
        component_id=component_id,
    )


def remember(tx: Tx, component_id: str, name: str) -> None:
    """Make sure a component is known, by this name."""
    tx.run(
        """
        insert into components (component_id, name) values (%s, %s)
        on conflict (component_id) do update set name = excluded.name
        """,
        component_id,
        name,
    )


def component_record(tx: Tx, component_id: str) -> ComponentRecord:
    """Return the record of a component, and add one where only a mapping names it."""
    tx.run("insert into components (component_id) values (%s) on conflict do nothing", component_id)
    return tx.one(ComponentRecord, _RECORD + "where component_id = %s", component_id)


def mark_attempted(tx: Tx, component_id: str, status: str, *, found: str) -> None:
    """Keep what was found and what is about to be set: finding either later is no surprise."""
    tx.run(
        "update components set shown = %s, attempted = %s where component_id = %s",
        found,
        status,
        component_id,
    )


def mark_synced(tx: Tx, component_id: str, status: str) -> None:
    """The page shows what it should."""
    tx.run(
        """
        update components set shown = %s, attempted = null, left_at = null, is_held = false,
            is_failing = false, failing_since = null, synced_at = %s
        where component_id = %s
        """,
        status,
        tx.now,
        component_id,
    )


def mark_failing(tx: Tx, component_id: str, *, patience: timedelta) -> bool:
    """The page does not take it; True once it has been so for that long, and only once."""
    return tx.scalars(
        """
        update components set failing_since = coalesce(failing_since, %(now)s),
            is_failing = coalesce(failing_since, %(now)s) <= %(patient_until)s
        where component_id = %(component_id)s and not is_failing
        returning is_failing
        """,
        now=tx.now,
        patient_until=tx.now - patience,
        component_id=component_id,
    ) == [True]


def hold(tx: Tx, component_id: str, found: str) -> bool:
    """Somebody set it by hand: change nothing until somebody chooses; True the first time."""
    return bool(
        tx.run(
            """
            update components set is_held = true, is_failing = false, failing_since = null,
                found = %s
            where component_id = %s and not is_held
            """,
            found,
            component_id,
        )
    )


def release(tx: Tx, component_id: str, *, left_at: str | None) -> bool:
    """End a hold; `left_at` is the wanted status at which it is left alone."""
    return bool(
        tx.run(
            """
            update components set shown = found, is_held = false, left_at = %s
            where component_id = %s and is_held
            """,
            left_at,
            component_id,
        )
    )


def publication(tx: Tx, incident_id: int) -> Publication | None:
    """Return how an incident is published; None when it is not."""
    return tx.maybe(
        Publication,
        """
        select incident_id, public_incident_id, notifies, title, message, url, published_at,
            published_by_user_id
        from publications where incident_id = %s
        """,
        incident_id,
    )


def publish(
    tx: Tx, incident_id: int, user_id: str, *, notifies: bool, title: str, message: str
) -> bool:
    """Remember that an incident is public and whether subscribers hear of it; False if it was."""
    return bool(
        tx.run(
            """
            insert into publications
                (incident_id, published_at, published_by_user_id, notifies, title, message)
            values (%(incident_id)s, %(now)s, %(user_id)s, %(notifies)s, %(title)s, %(message)s)
            on conflict do nothing
            """,
            incident_id=incident_id,
            now=tx.now,
            user_id=user_id,
            notifies=notifies,
            title=title,
            message=message,
        )
    )


def unpublish(tx: Tx, incident_id: int) -> None:
    """Forget that an incident is public: it can be published again."""
    tx.run("delete from publications where incident_id = %s", incident_id)


def withdraw_publication(tx: Tx, incident_id: int) -> bool:
    """Drop what was to publish an incident; False when the page may have it already."""
    return bool(
        tx.run(
            """
            update deliveries set state = 'superseded', settled_at = %s
            where incident_id = %s and kind = 'public_incident'
                and lease_until is null and not maybe_sent and """
            + PENDING_OF_INCIDENT,
            tx.now,
            incident_id,
        )
    )


def save_public_incident(tx: Tx, incident_id: int, public_incident_id: str, url: str) -> bool:
    """Remember the page's own id of a published incident and its link; False when it was known."""
    return bool(
        tx.run(
            """
            update publications set public_incident_id = %s, url = %s
            where incident_id = %s and public_incident_id is null
            """,
            public_incident_id,
            url,
            incident_id,
        )
    )


def save_public_message(tx: Tx, incident_id: int, message: str) -> None:
    """Remember what customers read by now."""
    tx.run("update publications set message = %s where incident_id = %s", message, incident_id)


def was_asked(tx: Tx, incident_id: int) -> bool:
    """Say whether the commander was asked to publish, also by the notice of an older version."""
    found: bool = tx.scalars(
        """
        select exists (
            select from deliveries where incident_id = %s and (kind = 'publish_question'
                or kind = 'statuspage_notice' and payload ->> 'notice' = 'offer'))
        """,
        incident_id,
    )[0]
    return found
