"""Deletes old deliveries that nobody reads any more.

Read of an incident are, for good: who was told and by which message, which message tells of an
entry of the timeline, what did not arrive, what customers were told, and how often and when each
destination heard. So the first and the last of the deliveries that are alike stay, and the last
counts those between them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from incident_bot.domain.deliveries import INCIDENT_CHANNEL, PUBLIC
from incident_bot.store.database import Tx
from incident_bot.store.deliveries import GIVE_UP_AFTER

_UNORDERED: Final = GIVE_UP_AFTER + timedelta(days=1)
"""Ids are no order in time; so much later everything written before is settled and looked at."""

_ASKS_ONCE: Final = ("publish_question", "statuspage_notice")
"""Other queries ask whether there ever was a delivery of these kinds, in whatever state."""


def next_place(tx: Tx, *, before: datetime, after_id: int, limit: int) -> int | None:
    """Return the last of the next `limit` ids to look at; None when all that is old was seen."""
    last: int | None = tx.scalars(
        """
        select max(id) from (
            select id, created_at from deliveries where id > %s order by id limit %s
        ) as next_ones where created_at < %s
        """,
        after_id,
        limit,
        before - _UNORDERED,
    )[0]
    return last


def prune(tx: Tx, *, before: datetime, after_id: int, last_id: int, unlisted: Sequence[str]) -> int:
    """Delete what nobody reads among the deliveries of these ids; returns of how many a count.

    Only what was settled before then is deleted. `unlisted` are the kinds that no list of
    deliveries shows. Every row is looked up by its id or its incident: lists, where a join would
    read the whole table.
    """
    deleted: int = tx.scalars(
        """
        with visited as materialized (
            select id, incident_id, kind, destination, state, maybe_sent from deliveries
            where id > %(after_id)s and id <= %(last_id)s and settled_at < %(before)s
        ), unread as materialized (
            select id from visited
            where incident_id is null or kind = any(%(unlisted)s)
                or state = 'superseded' and not maybe_sent
                    and destination <> %(public)s and kind <> all(%(asks_once)s)
        ), alike as materialized (
            select id, row_number() over each as place, last_value(id) over each as last_id
            from deliveries
            where incident_id = any(array(
                    select distinct incident_id from visited where incident_id is not null))
                and id <= %(last_id)s and state = 'sent' and settled_at < %(before)s
                and detail is null and destination <> %(public)s and kind <> 'file'
                and kind <> all(%(unlisted)s)
                and (posted_ts is null or kind = 'card' or destination <> %(in_channel)s)
            window each as (
                partition by incident_id, kind, destination, payload ->> 'event', posted_channel_id
                order by id rows between unbounded preceding and unbounded following)
        ), repeated as materialized (
            select id, last_id from alike where place > 1 and id < last_id
        ), deleted as (
            delete from deliveries
            where id = any(array(select id from unread union all select id from repeated))
            returning id, stands_for
        ), counted as (
            select last_id, sum(stands_for) as count from deleted join repeated using (id)
            group by last_id
        ), added as (
            update deliveries set stands_for = stands_for + count from counted
            where id = last_id and id = any(array(select last_id from repeated))
        )
        select count(*) from deleted
        """,
        after_id=after_id,
        last_id=last_id,
        before=before,
        unlisted=list(unlisted),
        public=PUBLIC,
        asks_once=list(_ASKS_ONCE),
        in_channel=INCIDENT_CHANNEL,
    )[0]
    return deleted
