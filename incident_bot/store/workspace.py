"""The workspace that is ours: one row, which the worker keeps true."""

from incident_bot.domain.workspace import Workspace
from incident_bot.store.database import Tx


def save(tx: Tx, workspace: Workspace) -> None:
    """This one is ours, whichever was before."""
    tx.run(
        """
        insert into workspace (team_id, enterprise_id, is_enterprise_install, learned_at)
        values (%s, %s, %s, %s)
        on conflict (only_row) do update set team_id = excluded.team_id,
            enterprise_id = excluded.enterprise_id,
            is_enterprise_install = excluded.is_enterprise_install,
            learned_at = excluded.learned_at
        """,
        workspace.team_id,
        workspace.enterprise_id,
        workspace.is_enterprise_install,
        tx.now,
    )


def ours(tx: Tx) -> Workspace | None:
    """Our workspace, once a worker has learned it."""
    return tx.maybe(
        Workspace, "select team_id, enterprise_id, is_enterprise_install from workspace"
    )
