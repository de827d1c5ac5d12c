"""The directory: who is in the workspace, so that nobody has to ask Slack while a person waits."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, LiteralString

from incident_bot.domain import mentions
from incident_bot.domain.people import NOBODY, Person, Standing, standing_of
from incident_bot.domain.workspace import Workspace
from incident_bot.store.database import Tx


def save(tx: Tx, people: Sequence[Person]) -> None:
    """Add people, or update what is known of them; what is older than that changes nothing.

    Nobody who was forgotten is added again. Slack sends an event again minutes later, when a newer
    one may have come. An event without a date is applied and keeps the stored date: our clock must
    not outrank Slack's.
    """
    tx.run(
        """
        insert into people (user_id, name, is_bot, is_deactivated, is_restricted,
            is_ultra_restricted, is_stranger, team_id, updated_at, full_name, time_zone, seen_at)
        select *, %(now)s
        from unnest(%(user_ids)s::text[], %(names)s::text[], %(are_bots)s::bool[],
            %(are_deactivated)s::bool[], %(are_restricted)s::bool[],
            %(are_ultra_restricted)s::bool[], %(are_strangers)s::bool[], %(team_ids)s::text[],
            %(updated_at)s::timestamptz[], %(full_names)s::text[], %(time_zones)s::text[])
            as news (user_id)
        where not exists (
            select from forgotten_people
            where digest = encode(sha256(convert_to(news.user_id, 'UTF8')), 'hex'))
        on conflict (user_id) do update set name = excluded.name, is_bot = excluded.is_bot,
            is_deactivated = excluded.is_deactivated, is_restricted = excluded.is_restricted,
            is_ultra_restricted = excluded.is_ultra_restricted,
            is_stranger = excluded.is_stranger, team_id = excluded.team_id,
            full_name = excluded.full_name, time_zone = excluded.time_zone,
            seen_at = excluded.seen_at,
            updated_at = coalesce(excluded.updated_at, people.updated_at)
        where people.updated_at <= excluded.updated_at
            or people.updated_at is null or excluded.updated_at is null
        """,
        now=tx.now,
        user_ids=[person.user_id for person in people],
        names=[person.name for person in people],
        are_bots=[person.is_bot for person in people],
        are_deactivated=[person.is_deactivated for person in people],
        are_restricted=[person.is_restricted for person in people],
        are_ultra_restricted=[person.is_ultra_restricted for person in people],
        are_strangers=[person.is_stranger for person in people],
        team_ids=[person.team_id for person in people],
        updated_at=[person.updated_at for person in people],
        full_names=[person.full_name for person in people],
        time_zones=[person.time_zone for person in people],
    )


def time_zone(tx: Tx, user_id: str) -> str:
    """Return the time zone of somebody, as Slack calls it; empty where it is not known."""
    found = tx.scalars("select time_zone from people where user_id = %s", user_id)
    return found[0] if found else ""


def is_deactivated(tx: Tx, user_id: str) -> bool:
    """Say whether somebody has left, as far as the directory knows."""
    return tx.scalars("select is_deactivated from people where user_id = %s", user_id) == [True]


# Somebody and our workspace, as far as either is known: a statement may select more beside it.
WITH_WORKSPACE: Final[LiteralString] = """
    people.user_id, name, is_bot, is_deactivated, is_restricted, is_ultra_restricted,
        is_stranger, people.team_id, updated_at, full_name,
        workspace.team_id as our_team_id, enterprise_id
    from (values (%(user_id)s)) as asked (user_id)
    left join people on people.user_id = asked.user_id
    left join workspace on true
"""


def with_standing(tx: Tx, user_id: str) -> tuple[Person | None, Standing]:
    """Return somebody, if the directory knows them, and what they are to our workspace."""
    return tx.one(person_and_standing, "select " + WITH_WORKSPACE, user_id=user_id)


def person_and_standing(**row: Any) -> tuple[Person | None, Standing]:
    """Read what WITH_WORKSPACE selects."""
    team_id, enterprise_id = row.pop("our_team_id"), row.pop("enterprise_id")
    ours = Workspace(team_id=team_id, enterprise_id=enterprise_id) if team_id else None
    person = Person(**row) if row["user_id"] else None
    return person, standing_of(person, ours)


def called(tx: Tx, wanted: str, *, limit: int) -> list[tuple[Person | None, Standing]]:
    """Return the people whom a name or an id may mean, active ones first, then by name.

    Those who are called just that, in Slack or in full; where nobody is, those in whose names it
    occurs.
    """
    rows: list[dict[str, Any]] = tx.all(
        dict,
        """
        with found as (
            select *,
                lower(%(wanted)s) in (lower(user_id), lower(name), lower(full_name)) as is_exact
            from people
            where user_id = upper(%(wanted)s)
                or position(lower(%(wanted)s) in lower(name)) > 0
                or position(lower(%(wanted)s) in lower(full_name)) > 0
        )
        select people.user_id, name, is_bot, is_deactivated, is_restricted, is_ultra_restricted,
            is_stranger, people.team_id, updated_at, full_name,
            workspace.team_id as our_team_id, enterprise_id
        from found as people left join workspace on true
        where is_exact or not exists (select from found where is_exact)
        order by is_deactivated or is_bot, name, people.user_id limit %(limit)s
        """,
        wanted=wanted,
        limit=limit,
    )
    return [person_and_standing(**row) for row in rows]


def is_anybody_known(tx: Tx) -> bool:
    """Say whether a worker has ever read who is in the workspace."""
    found: bool = tx.scalars("select exists (select from people)")[0]
    return found


def names(tx: Tx, user_ids: Iterable[str]) -> dict[str, str]:
    """Names by user id, as people are called in Slack; an id that is not known is its own name."""
    return _named(tx, "select user_id, name from people where user_id = any(%s)", list(user_ids))


def full_names(tx: Tx, user_ids: Iterable[str]) -> dict[str, str]:
    """Names by user id, in full where they are known."""
    return _named(
        tx,
        """
        select user_id, coalesce(nullif(full_name, ''), name) as name from people
        where user_id = any(%s)
        """,
        list(user_ids),
    )


def _named(tx: Tx, query: LiteralString, user_ids: Sequence[str]) -> dict[str, str]:
    rows: list[dict[str, str]] = tx.all(dict, query, user_ids)
    known = {row["user_id"]: row["name"] for row in rows} | NOBODY
    return {user_id: known.get(user_id, user_id) for user_id in user_ids}


def spelled_out(tx: Tx, text: str) -> str:
    """Write typed text with nothing live in it: people who are mentioned have their names."""
    mentioned = mentions.people(text)
    return mentions.plain(text, names(tx, mentioned) if mentioned else {})
