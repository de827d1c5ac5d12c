"""The chain of seals over the timeline and the audit trail.

An entry is sealed by a worker within minutes, and not by the request that writes it: nobody waits
for it, and incidents do not wait for each other.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, LiteralString

from incident_bot.domain.seals import (
    BEFORE_THE_FIRST,
    KEY_BYTES,
    Head,
    Record,
    Seal,
    SealedEntry,
    mark,
)
from incident_bot.domain.verifying import FORGETS, Finding, Unsealed, Verifier
from incident_bot.store import checkpoints, locks
from incident_bot.store.database import Tx
from incident_bot.store.locks import Lock

_ENTRIES: Final[Mapping[Record, LiteralString]] = {
    Record.TIMELINE: """
        select id, incident_id, extract(epoch from at)::text as at, kind, actor_user_id, text,
            before, after, on_command_line, extract(epoch from recorded_at)::text as recorded_at,
            amends_id, permalink, source_channel_id, source_ts, source_user_id from timeline
    """,
    Record.AUDIT: """
        select id, incident_id, extract(epoch from at)::text as at, actor_user_id, action, allowed,
            channel_id, detail, request_id from audit
    """,
}
_LATER: Final = frozenset(
    {"recorded_at", "amends_id", "permalink", "source_channel_id", "source_ts", "source_user_id"}
)
"""The columns that came after the first seals."""

_NEWEST: Final[Mapping[Record, LiteralString]] = {
    Record.TIMELINE: "select coalesce(max(id), 0) from timeline",
    Record.AUDIT: "select coalesce(max(id), 0) from audit",
}
_SEAL: Final[LiteralString] = """
    select seals.number, seals.record, seals.above_id, seals.up_to_id, seals.ids,
        seals.incident_ids, seals.marks, seals.key, seals.replaces,
        extract(epoch from seals.not_before)::text as not_before,
        extract(epoch from seals.sealed_at)::text as sealed_at, seals.digest from seals
"""
_READ_AT_A_TIME: Final = 20
Run = Callable[[Callable[[Tx], Any]], Any]
_RANGE: Final[LiteralString] = "where id > %s and id <= %s order by id"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSeal:
    """A seal with the entries that stand where it covers some.

    `is_like_replaced` says whether the seal that it replaces, if any, covers the same.
    """

    seal: Seal
    entries: Sequence[SealedEntry]
    is_like_replaced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The id up to which a table is complete, and a time at which what is newly so was not there.

    `noted_at` is when `id` was the newest.
    """

    id: int = 0
    not_before: datetime | None = None
    noted_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Noted:
    """The newest id at a time, and the transaction that had not begun yet then."""

    id: int
    next_xid: int
    at: datetime


def _entry(*, id: int, incident_id: int | None, at: str, **columns: Any) -> SealedEntry:
    values = {name: value for name, value in columns.items() if name not in _LATER}
    later = {name: columns[name] for name in _LATER & set(columns) if columns[name] is not None}
    return SealedEntry(id=id, incident_id=incident_id, at=at, values=values, later=later)


def _seal(**columns: Any) -> Seal:
    columns["record"] = Record(columns["record"])
    return Seal(**columns)


def head(tx: Tx) -> Head | None:
    """Return the newest seal's number and digest; None before the first."""
    return tx.maybe(Head, "select number, digest from seals order by number desc limit 1")


def task_of(record: Record) -> str:
    """Name the checkpoint of the periodic task that seals a table."""
    return f"seal {record}"


def settled(tx: Tx, record: Record, *, patience: timedelta) -> Settled:
    """Return up to which id no entry will be added any more, since its transaction has ended.

    Ids are drawn in another order than transactions commit. So the newest id is noted, and it
    counts once each transaction that ran then has ended. `patience` is for one that had drawn
    its id and no transaction number yet, which is a matter of microseconds. The next is noted
    once everything up to the last is sealed.
    """
    complete, noted = _bookmarked(checkpoints.held_bookmark(tx, task_of(record)))
    if complete.id > _sealed_up_to(tx, record):
        return complete
    oldest_xid, next_xid = _xids(tx)
    if noted and not (noted.next_xid > next_xid or noted.at > tx.now):
        if noted.next_xid > oldest_xid or noted.at + patience > tx.now:
            return complete
        complete = Settled(id=noted.id, not_before=complete.noted_at, noted_at=noted.at)
    newest_id = tx.scalars(_NEWEST[record])[0]
    _, next_xid = _xids(tx)  # after the newest id, so that whoever drew a lower one is counted
    newest = _Noted(id=max(newest_id, complete.id), next_xid=next_xid, at=tx.now)
    checkpoints.save_bookmark(tx, task_of(record), _bookmark(complete, newest))
    return complete


def _bookmark(complete: Settled, noted: _Noted) -> str:
    times = (complete.not_before, complete.noted_at, noted.at)
    texts = [each.isoformat() if each else "-" for each in times]
    return " ".join([str(complete.id), str(noted.id), str(noted.next_xid), *texts])


def _bookmarked(text: str) -> tuple[Settled, _Noted | None]:
    if not text:
        return Settled(), None
    complete_id, noted_id, next_xid, *texts = text.split()
    not_before, noted_at, at = (None if t == "-" else datetime.fromisoformat(t) for t in texts)
    complete = Settled(id=int(complete_id), not_before=not_before, noted_at=noted_at)
    noted = _Noted(id=int(noted_id), next_xid=int(next_xid), at=at) if at else None
    return complete, noted


def _xids(tx: Tx) -> tuple[int, int]:
    """Return the oldest transaction that is still running, and the next that will begin."""
    oldest, following = tx.scalars(
        """
        select array[pg_snapshot_xmin(now)::text::bigint, pg_snapshot_xmax(now)::text::bigint]
        from pg_current_snapshot() as now
        """
    )[0]
    return oldest, following


def seal_next(tx: Tx, record: Record, complete: Settled, *, limit: int) -> int:
    """Seal at most `limit` of the entries that are complete; returns how many.

    It seals nothing while somebody else does, or forgets a person.
    """
    if not locks.is_free(tx, Lock.SEALS, ""):
        return 0
    above_id = _sealed_up_to(tx, record)
    if above_id >= complete.id:
        return 0
    entries = tx.all(_entry, _ENTRIES[record] + _RANGE + " limit %s", above_id, complete.id, limit)
    key = secrets.token_bytes(KEY_BYTES)
    draft = Seal(
        number=0,
        record=record,
        above_id=above_id,
        up_to_id=entries[-1].id if len(entries) == limit else complete.id,
        ids=[entry.id for entry in entries],
        incident_ids=[entry.incident_id for entry in entries],
        marks=b"".join(mark(key, record, entry) for entry in entries),
        key=key,
        replaces=None,
        not_before=_epoch(tx, complete.not_before),
        sealed_at="",
        digest=b"",
    )
    _add(tx, draft, complete.not_before)
    return len(entries)


def _epoch(tx: Tx, at: datetime | None) -> str | None:
    """Return a time as it is hashed, which PostgreSQL writes without a digit lost."""
    text: str | None = tx.scalars("select extract(epoch from %s::timestamptz)::text", at)[0]
    return text


def _sealed_up_to(tx: Tx, record: Record) -> int:
    found = tx.scalars(
        """
        select up_to_id from seals where record = %s and replaces is null
        order by up_to_id desc limit 1
        """,
        record,
    )
    return int(found[0]) if found else 0


def _add(tx: Tx, draft: Seal, not_before: datetime | None) -> None:
    """Add a seal after the newest; whoever holds the lock is the only one."""
    before = head(tx) or Head(number=0, digest=BEFORE_THE_FIRST)
    sealed_at = _epoch(tx, tx.now) or ""
    numbered = replace(draft, number=before.number + 1, sealed_at=sealed_at)
    tx.run(
        """
        insert into seals (number, record, above_id, up_to_id, ids, incident_ids, marks, key,
            replaces, not_before, sealed_at, digest)
        values (%(number)s, %(record)s, %(above_id)s, %(up_to_id)s, %(ids)s::bigint[],
            %(incident_ids)s::bigint[], %(marks)s, %(key)s, %(replaces)s, %(not_before)s, %(now)s,
            %(digest)s)
        """,
        number=numbered.number,
        record=numbered.record,
        above_id=numbered.above_id,
        up_to_id=numbered.up_to_id,
        ids=list(numbered.ids),
        incident_ids=list(numbered.incident_ids),
        marks=numbered.marks,
        key=numbered.key,
        replaces=numbered.replaces,
        not_before=not_before,
        now=tx.now,
        digest=numbered.digest_after(before.digest),
    )


def replace_changed(tx: Tx, record: Record, changed_ids: Iterable[int]) -> None:
    """Replace the seals of entries that were changed since somebody was forgotten.

    An entry that was not changed by that and is not as it was sealed keeps its old mark, so that
    nobody's forgery is sealed along. The old key is dropped: with it, one could try who it was.
    """
    changed = set(changed_ids)
    if not changed:
        return
    locks.take(tx, Lock.SEALS, "")
    touched = tx.scalars(
        """
        select number from seals where record = %s and key is not null and ids && %s::bigint[]
        order by number
        """,
        record,
        list(changed),
    )
    for number in touched:
        old = tx.one(_seal, _SEAL + "where seals.number = %s", number)
        entries = tx.all(_entry, _ENTRIES[record] + _RANGE, old.above_id, old.up_to_id)
        key = secrets.token_bytes(KEY_BYTES)
        marks = _marks_again(old, key, entries, changed)
        tx.run("update seals set key = null where number = %s", number)
        (not_before,) = tx.scalars("select not_before from seals where number = %s", number)
        _add(tx, replace(old, key=key, marks=marks, replaces=number), not_before)


def _marks_again(old: Seal, key: bytes, entries: Sequence[SealedEntry], changed: set[int]) -> bytes:
    marks = old.mark_of
    for entry in entries:
        sealed = marks.get(entry.id)
        is_sound = sealed == mark(old.key or b"", old.record, entry)
        if sealed is not None and (entry.id in changed or is_sound):
            marks[entry.id] = mark(key, old.record, entry)
    return b"".join(marks[entry_id] for entry_id in old.ids)


def after(tx: Tx, number: int, *, limit: int) -> list[StoredSeal]:
    """Return the next seals with the entries that they cover, in the order of the chain."""
    rows: list[dict[str, Any]] = tx.all(
        dict,
        """
        select seals.number, seals.record, seals.above_id, seals.up_to_id, seals.ids,
            seals.incident_ids, seals.marks, seals.key, seals.replaces,
            extract(epoch from seals.not_before)::text as not_before,
            extract(epoch from seals.sealed_at)::text as sealed_at, seals.digest,
            coalesce(seals.replaces is null or (seals.record, seals.above_id, seals.up_to_id,
                seals.ids, seals.incident_ids, seals.not_before) is not distinct from (
                old.record, old.above_id, old.up_to_id, old.ids, old.incident_ids,
                old.not_before), false) as is_like_replaced
        from seals left join seals as old on old.number = seals.replaces
        where seals.number > %s order by seals.number limit %s
        """,
        number,
        limit,
    )
    alike = [row.pop("is_like_replaced") for row in rows]
    found = [_seal(**row) for row in rows]
    entries = [_covered(tx, seal) for seal in found]
    # Somebody may have been forgotten since the first line: the seal that replaces it follows.
    still = tx.scalars(
        "select number from seals where number = any(%s) and key is not null",
        [seal.number for seal in found],
    )
    return [
        StoredSeal(
            seal=seal if seal.number in still else replace(seal, key=None),
            entries=covered,
            is_like_replaced=is_like,
        )
        for seal, covered, is_like in zip(found, entries, alike, strict=True)
    ]


def _covered(tx: Tx, seal: Seal) -> list[SealedEntry]:
    if seal.key is None:
        return []
    return tx.all(_entry, _ENTRIES[seal.record] + _RANGE, seal.above_id, seal.up_to_id)


_LEFT: Final[Mapping[Record, LiteralString]] = {
    Record.TIMELINE: """
        select extract(epoch from coalesce(recorded_at, at))::text as at, kind as done from timeline
    """,
    Record.AUDIT: "select extract(epoch from at)::text as at, action as done from audit ",
}


def unsealed(tx: Tx, record: Record, *, above_id: int) -> Unsealed:
    """Return what there is of the entries after the last seal."""
    newest_id = tx.scalars(_NEWEST[record])[0]
    row: dict[str, Any] = tx.one(
        dict,
        """
        select count(*) as count, min(at::numeric)::text as oldest_at,
            coalesce(array_agg(at) filter (where done = %s), '{}') as forgot_at
        from ("""
        + _LEFT[record]
        + "where id > %s and id <= %s) as left_over",
        FORGETS,
        above_id,
        newest_id,
    )
    return Unsealed(**row)


def verify(run: Run, verifier: Verifier) -> Iterator[Finding]:
    """Have each seal verified, each few in a transaction of their own, and then the end."""
    number = 0
    while chunk := run(partial(after, number=number, limit=_READ_AT_A_TIME)):
        for each in chunk:
            is_like = each.is_like_replaced
            yield from verifier.seal(each.seal, each.entries, is_like_replaced=is_like)
        number = chunk[-1].seal.number
    left = {
        record: run(partial(unsealed, record=record, above_id=verifier.up_to.get(record, 0)))
        for record in Record
    }
    yield from verifier.end(left)
