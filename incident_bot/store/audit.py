"""The audit trail: who asked for what, and whether it was allowed."""

from datetime import datetime

from incident_bot import log
from incident_bot.store.database import Tx


def add(
    tx: Tx,
    action: str,
    *,
    actor: str,
    allowed: bool = True,
    incident_id: int | None = None,
    channel_id: str | None = None,
    detail: str = "",
) -> None:
    """One line of the trail, tied to the request it came with."""
    tx.run(
        """
        insert into audit
            (at, actor_user_id, action, allowed, incident_id, channel_id, detail, request_id)
        values (%(now)s, %(actor)s, %(action)s, %(allowed)s, %(incident_id)s, %(channel_id)s,
            %(detail)s, %(request_id)s)
        """,
        now=tx.now,
        actor=actor,
        action=action,
        allowed=allowed,
        incident_id=incident_id,
        channel_id=channel_id,
        detail=detail,
        request_id=log.request_id.get(),
    )


def was_done(tx: Tx, incident_id: int, action: str, actor: str, *, since: datetime) -> bool:
    """Say whether this person did that with the incident since then."""
    found: bool = tx.scalars(
        """
        select exists (
            select from audit
            where incident_id = %(incident_id)s and action = %(action)s and allowed
                and actor_user_id = %(actor)s and at > %(since)s)
        """,
        incident_id=incident_id,
        action=action,
        actor=actor,
        since=since,
    )[0]
    return found
