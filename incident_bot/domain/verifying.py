"""Verifies seals one after the other, and names each entry that is not as it was sealed."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from incident_bot.domain.seals import BEFORE_THE_FIRST, MARK_BYTES, Record, Seal, SealedEntry, mark

_LATEST: Final = 86_400.0
"""Seconds by which an entry may be older than it can be: the clock may have been set."""

FORGETS: Final = "forget"
"""The action by which the audit trail says that somebody was forgotten."""


class Fault(StrEnum):
    """The ways in which an entry or a seal may not be as it was."""

    CHANGED = "changed"
    MISSING = "missing"
    INSERTED = "inserted"
    BACKDATED = "backdated"
    SEAL_CHANGED = "seal changed"
    SEAL_MISSING = "seal missing"
    NOT_FORGOTTEN = "replaced although nobody was forgotten"
    UNKNOWN_HEAD = "unknown head"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One place that is not as it was sealed; `at` is of the entry if it is there, as it says."""

    fault: Fault
    seal: int | None = None
    record: Record | None = None
    entry_id: int | None = None
    incident_id: int | None = None
    at: str | None = None
    sealed_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsealed:
    """The entries after the last seal: how many, since when, and when somebody was forgotten."""

    count: int
    oldest_at: str | None
    forgot_at: Sequence[str]


@dataclass(slots=True)
class Verifier:
    """Takes the seals one after the other, with the entries that stand where each covers some.

    `expected_head` is a digest that was kept elsewhere. It keeps a few numbers, however long the
    record is.
    """

    expected_head: bytes | None = None
    entries: Counter[Record] = field(default_factory=Counter)
    seals: int = 0
    sealed_since: str | None = None
    head: bytes = BEFORE_THE_FIRST
    head_found_in: int | None = None
    up_to: dict[Record, int] = field(default_factory=dict)
    unsealed: Mapping[Record, Unsealed] = field(default_factory=dict)
    _number: int = 0
    _without_key: set[int] = field(default_factory=set)
    _replaced_at: dict[int, str] = field(default_factory=dict)
    _forgot_at: set[str] = field(default_factory=set)

    def seal(
        self, seal: Seal, entries: Sequence[SealedEntry], *, is_like_replaced: bool
    ) -> Iterator[Finding]:
        """Verify the next seal, by the entries that are there now; none are needed without a key.

        `is_like_replaced` says whether it covers just what the seal does that it replaces.
        """
        yield from self._link(seal)
        if seal.replaces is not None:
            yield from self._replacement(seal, is_like_replaced=is_like_replaced)
        elif seal.above_id != self.up_to.get(seal.record, 0) or seal.up_to_id < seal.above_id:
            yield self._finding(Fault.SEAL_MISSING, seal)
        if seal.key is None:
            self._without_key.add(seal.number)
        elif _is_whole(seal):
            yield from self._contents(seal, entries)
        if seal.replaces is None:
            self.up_to[seal.record] = seal.up_to_id

    def end(self, unsealed: Mapping[Record, Unsealed]) -> Iterator[Finding]:
        """Verify what can only be told after the last seal."""
        self.unsealed = unsealed
        for left in unsealed.values():
            self._forgot_at.update(left.forgot_at)
        for number in sorted(self._without_key):
            yield Finding(fault=Fault.SEAL_CHANGED, seal=number)
        for number, at in self._replaced_at.items():
            if at not in self._forgot_at:
                yield Finding(fault=Fault.NOT_FORGOTTEN, seal=number, sealed_at=at)
        if self.expected_head not in (None, self.head) and self.head_found_in is None:
            yield Finding(fault=Fault.UNKNOWN_HEAD)

    @property
    def replaced_at(self) -> list[str]:
        """Return the times at which seals were replaced, since somebody was forgotten."""
        return sorted(set(self._replaced_at.values()))

    def _link(self, seal: Seal) -> Iterator[Finding]:
        if seal.number != self._number + 1:
            yield self._finding(Fault.SEAL_MISSING, seal)
        elif seal.digest != seal.digest_after(self.head) or not _is_whole(seal):
            yield self._finding(Fault.SEAL_CHANGED, seal)
        self._number, self.head = seal.number, seal.digest
        self.seals += 1
        self.sealed_since = self.sealed_since or seal.sealed_at
        if seal.digest == self.expected_head:
            self.head_found_in = seal.number

    def _replacement(self, seal: Seal, *, is_like_replaced: bool) -> Iterator[Finding]:
        replaced = seal.replaces or 0
        if not is_like_replaced or replaced not in self._without_key:
            yield self._finding(Fault.SEAL_CHANGED, seal)
        self._without_key.discard(replaced)
        self._replaced_at[seal.number] = seal.sealed_at

    def _contents(self, seal: Seal, entries: Sequence[SealedEntry]) -> Iterator[Finding]:
        marks = seal.mark_of
        incident_of = dict(zip(seal.ids, seal.incident_ids, strict=False))
        self.entries[seal.record] += len(marks)
        for entry in entries:
            sealed = marks.pop(entry.id, None)
            fault = self._fault(seal, entry, sealed)
            if fault is not None:
                yield self._finding(fault, seal, entry, incident_of.get(entry.id))
            if seal.record is Record.AUDIT and entry.values.get("action") == FORGETS:
                self._forgot_at.add(entry.at)
        for entry_id in marks:
            yield Finding(
                fault=Fault.MISSING,
                seal=seal.number,
                record=seal.record,
                entry_id=entry_id,
                incident_id=incident_of.get(entry_id),
                sealed_at=seal.sealed_at,
            )

    def _fault(self, seal: Seal, entry: SealedEntry, sealed: bytes | None) -> Fault | None:
        if sealed is None:
            return Fault.INSERTED
        if sealed != mark(seal.key or b"", seal.record, entry):
            return Fault.CHANGED
        if seal.not_before and float(entry.written_at) < float(seal.not_before) - _LATEST:
            return Fault.BACKDATED
        return None

    def _finding(
        self,
        fault: Fault,
        seal: Seal,
        entry: SealedEntry | None = None,
        incident_id: int | None = None,
    ) -> Finding:
        if entry is None:
            return Finding(fault=fault, seal=seal.number, sealed_at=seal.sealed_at)
        return Finding(
            fault=fault,
            seal=seal.number,
            record=seal.record,
            entry_id=entry.id,
            incident_id=incident_id or entry.incident_id,
            at=entry.at,
            sealed_at=seal.sealed_at,
        )


def _is_whole(seal: Seal) -> bool:
    count = len(seal.ids)
    return (
        all(isinstance(each, int) for each in seal.ids)
        and all(each is None or isinstance(each, int) for each in seal.incident_ids)
        and count == len(seal.incident_ids)
        and count * MARK_BYTES == len(seal.marks)
    )
