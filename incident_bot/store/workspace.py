"""The workspace that is ours: one row, which the worker keeps true."""

from dataclasses import asdict

from incident_bot.domain.workspace import Workspace
from incident_bot.store.database import Tx


def save(tx: Tx, workspace: Workspace) -> None:
    """This one is ours, whichever was before."""
    tx.run(
        """
        insert into workspace (team_id, enterprise_id, is_enterprise_install, learned_at)
        values (%(team_id)s, %(enterprise_id)s, %(is_enterprise_install)s, %(now)s)
        on conflict (only_row) do update set team_id = excluded.team_id,
            enterprise_id = excluded.enterprise_id,
            is_enterprise_install = excluded.is_enterprise_install,
            learned_at = excluded.learned_at
        """,
        **asdict(workspace),
        now=tx.now,
    )


def ours(tx: Tx) -> Workspace | None:
    """Our workspace, once a worker has learned it."""
    return tx.maybe(
        Workspace, "select team_id, enterprise_id, is_enterprise_install from workspace"
    )
