"""The timeline: only ever added to."""

from incident_bot.domain.timeline import Kind
from incident_bot.store.database import Tx


def add(
    tx: Tx,
    incident_id: int,
    kind: Kind,
    *,
    actor: str,
    text: str = "",
    before: str | None = None,
    after: str | None = None,
) -> None:
    """One entry, at the transaction's time."""
    tx.run(
        """
        insert into timeline (incident_id, at, kind, actor_user_id, text, before, after)
        values (%s, %s, %s, %s, %s, %s, %s)
        """,
        incident_id,
        tx.now,
        kind,
        actor,
        text,
        before,
        after,
    )
