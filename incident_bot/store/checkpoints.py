"""Checkpoints: when something that one worker of all does now and then was last done."""

from datetime import timedelta

from incident_bot.store.database import Tx


def claim(tx: Tx, name: str, *, every: timedelta, patience: timedelta) -> bool:
    """True for the one worker whose turn it is, and which has `patience` to finish."""
    return bool(
        tx.run(
            """
            insert into checkpoints (name, at) values (%s, %s)
            on conflict (name) do update set at = excluded.at where checkpoints.at <= %s
            """,
            name,
            tx.now - every + patience,
            tx.now - every,
        )
    )


def mark_run(tx: Tx, name: str) -> None:
    """It was done just now."""
    tx.run(
        """
        insert into checkpoints (name, at) values (%s, %s)
        on conflict (name) do update set at = excluded.at
        """,
        name,
        tx.now,
    )


def note(tx: Tx, name: str, *, every: timedelta, bookmark: str = "") -> None:
    """It was seen just now, with this; nothing is written where the same was lately."""
    tx.run(
        """
        insert into checkpoints (name, at, bookmark)
        select %(name)s, %(now)s, %(bookmark)s
        where not exists (
            select from checkpoints
            where name = %(name)s and at > %(lately)s and bookmark = %(bookmark)s)
        on conflict (name) do update set at = excluded.at, bookmark = excluded.bookmark
        """,
        name=name,
        now=tx.now,
        lately=tx.now - every,
        bookmark=bookmark,
    )


def come_back(tx: Tx, name: str, *, every: timedelta, after: timedelta) -> None:
    """Make it due again after so long, whoever does it then."""
    tx.run("update checkpoints set at = %s where name = %s", tx.now - every + after, name)


def bookmark(tx: Tx, name: str) -> str:
    """Return where reading a long list goes on; empty for its beginning."""
    found = tx.scalars("select bookmark from checkpoints where name = %s", name)
    return str(found[0]) if found else ""


def held_bookmark(tx: Tx, name: str) -> str:
    """Return the bookmark as `bookmark` does; nobody else moves it until the transaction ends."""
    found = tx.scalars("select bookmark from checkpoints where name = %s for update", name)
    return str(found[0]) if found else ""


def save_bookmark(tx: Tx, name: str, text: str) -> None:
    """Remember where a task goes on with its long list; when it was done stays as it is."""
    tx.run(
        """
        insert into checkpoints (name, at, bookmark) values (%s, 'epoch', %s)
        on conflict (name) do update set bookmark = excluded.bookmark
        """,
        name,
        text,
    )
