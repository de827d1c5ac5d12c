"""The workspace that is ours: one row, which the worker keeps true."""

from collections.abc import Sequence

from incident_bot.domain.workspace import Workspace
from incident_bot.store.database import Tx


def save(tx: Tx, workspace: Workspace, *, missing_scopes: Sequence[str] = ()) -> None:
    """Record that this workspace is ours, whichever was before, and what its token lacks."""
    tx.run(
        """
        insert into workspace
            (team_id, enterprise_id, url, is_enterprise_install, learned_at, missing_scopes)
        values (%(team_id)s, %(enterprise_id)s, %(url)s, false, %(now)s, %(missing_scopes)s)
        on conflict (only_row) do update set team_id = excluded.team_id,
            enterprise_id = excluded.enterprise_id,
            url = excluded.url,
            is_enterprise_install = excluded.is_enterprise_install,
            learned_at = excluded.learned_at,
            missing_scopes = excluded.missing_scopes
        """,
        team_id=workspace.team_id,
        enterprise_id=workspace.enterprise_id,
        url=workspace.url,
        missing_scopes=list(missing_scopes),
        now=tx.now,
    )


def ours(tx: Tx) -> Workspace | None:
    """Our workspace, once a worker has learned it."""
    return tx.maybe(Workspace, "select team_id, enterprise_id, url from workspace")


def missing_scopes(tx: Tx) -> list[str]:
    """Return the scopes that the token lacks, as a worker last saw."""
    return tx.scalars("select unnest(missing_scopes) from workspace")


def is_free_for(tx: Tx, team_id: str) -> bool:
    """Say whether this database is empty, or serves this workspace and no other."""
    if not tx.scalars("select to_regclass('workspace') is not null")[0]:
        return not tx.scalars(
            "select exists (select from pg_class where relnamespace = 'public'::regnamespace)"
        )[0]
    served = ours(tx)
    if served is None:
        return not tx.scalars("select exists (select from incidents)")[0]
    return served.team_id == team_id
