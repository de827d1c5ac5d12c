"""Outcomes: what became of a claimed delivery, recorded by the token of its lease."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from incident_bot.domain.deliveries import Delivery, Sent
from incident_bot.errors import DeliveryError
from incident_bot.store.database import Tx


def lost(tx: Tx, delivery: Delivery) -> None:
    """Record that the worker whose lease ran out was paused, and did not crash."""
    tx.run(
        """
        update deliveries set crashes = greatest(crashes - 1, 0)
        where id = %s and state = 'pending'
        """,
        delivery.id,
    )


def sent(
    tx: Tx,
    delivery: Delivery,
    *,
    channel_id: str | None = None,
    ts: str | None = None,
    detail: str | None = None,
) -> bool:
    """Record that it arrived, and as which message; False when the lease was lost.

    `detail` is what did not work out all the same, such as a person who could not be invited.
    """
    return bool(
        tx.run(
            """
            update deliveries set state = 'sent', settled_at = %(now)s, reason = null,
                detail = %(detail)s, posted_channel_id = %(channel_id)s, posted_ts = %(ts)s,
                lease_token = null, lease_until = null
            where id = %(id)s and lease_token = %(token)s
            """,
            now=tx.now,
            detail=detail,
            channel_id=channel_id,
            ts=ts,
            id=delivery.id,
            token=delivery.lease_token,
        )
    )


def sent_together(tx: Tx, sent: Sequence[Sent]) -> set[UUID]:
    """Record many that arrived; returns the leases that were held, by their tokens.

    It leaves out a row that somebody has locked, since others' records must not wait for that.
    """
    return set(
        tx.scalars(
            """
            with held as materialized (
                select id, done.token, done.channel_id, done.ts, done.detail
                from deliveries
                join unnest(%(ids)s::bigint[], %(tokens)s::uuid[], %(channel_ids)s::text[],
                        %(stamps)s::text[], %(details)s::text[])
                    as done (id, token, channel_id, ts, detail) using (id)
                where lease_token = done.token
                for update of deliveries skip locked
            )
            update deliveries set state = 'sent', settled_at = %(now)s, reason = null,
                detail = held.detail, posted_channel_id = held.channel_id, posted_ts = held.ts,
                lease_token = null, lease_until = null
            from held where deliveries.id = held.id
            returning held.token
            """,
            ids=[each.delivery.id for each in sent],
            tokens=[each.delivery.lease_token for each in sent],
            channel_ids=[each.channel_id for each in sent],
            stamps=[each.ts for each in sent],
            details=[each.detail for each in sent],
            now=tx.now,
        )
    )


def still_held(tx: Tx, claimed: Sequence[Delivery]) -> set[UUID]:
    """Return the leases that no other has replaced, by their tokens; it waits for no lock."""
    return set(
        tx.scalars(
            "select lease_token from deliveries where id = any(%s) and lease_token = any(%s)",
            [each.id for each in claimed],
            [each.lease_token for each in claimed],
        )
    )


def again(tx: Tx, delivery: Delivery, error: DeliveryError, *, after: timedelta) -> bool:
    """Record that it did not arrive, or may not have, and when to try again.

    What was only put off counts neither as a failure nor as an attempt that ended well.
    """
    return bool(
        tx.run(
            """
            update deliveries set run_at = %(run_at)s, maybe_sent = %(maybe_sent)s,
                failures = failures + %(failed)s,
                crashes = case when %(failed)s = 0 then greatest(crashes - 1, 0) else 0 end,
                reason = %(reason)s, detail = %(detail)s, bookmark = %(bookmark)s,
                lease_token = null, lease_until = null
            where id = %(id)s and lease_token = %(token)s
            """,
            run_at=tx.now + after,
            maybe_sent=error.ambiguous or delivery.check_before_send,
            failed=0 if error.is_put_off else 1,
            reason=error.reason,
            detail=error.detail,
            bookmark=str(delivery.bookmark),
            id=delivery.id,
            token=delivery.lease_token,
        )
    )


def dead(tx: Tx, delivery: Delivery, error: DeliveryError) -> bool:
    """Record that it will not arrive unless somebody retries it."""
    return bool(
        tx.run(
            """
            update deliveries set state = 'dead', settled_at = %(now)s,
                maybe_sent = %(maybe_sent)s, reason = %(reason)s, detail = %(detail)s,
                lease_token = null, lease_until = null
            where id = %(id)s and lease_token = %(token)s
            """,
            now=tx.now,
            maybe_sent=error.ambiguous or delivery.check_before_send,
            reason=error.reason,
            detail=error.detail,
            id=delivery.id,
            token=delivery.lease_token,
        )
    )


def gone(tx: Tx, delivery: Delivery) -> bool:
    """Delete one that nobody will ask for any more; False when the lease was lost."""
    return bool(
        tx.run(
            "delete from deliveries where id = %s and lease_token = %s",
            delivery.id,
            delivery.lease_token,
        )
    )
