"""Seals: what is hashed of the timeline and the audit trail, and in which form.

A seal covers all entries of one table between two ids. It keeps a mark of each entry and its
digest covers the marks and the digest of the seal before it, so that the newest digest stands for
everything that was ever sealed. docs/DATA.md says what this proves and what it does not.
"""

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

MARK_BYTES: Final = 32
KEY_BYTES: Final = 32
BEFORE_THE_FIRST: Final = bytes(32)
"""The digest that the first seal has before it."""

_FORM: Final = "incident-bot seal 1"


class Record(StrEnum):
    """The tables that are sealed."""

    TIMELINE = "timeline"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedEntry:
    """An entry of either table, as it is hashed; `at` is in seconds since 1970, with six digits.

    As text, since a number that somebody wrote into the database may be none that Python knows.
    `later` are the columns that came after the first seals, where they hold something: what was
    sealed before them stays as it was.
    """

    id: int
    incident_id: int | None
    at: str
    values: Mapping[str, Any]
    later: Mapping[str, Any] = field(default_factory=dict)

    @property
    def written_at(self) -> str:
        """Its time of writing, as it says; `at` is earlier where it tells of what was before."""
        return str(self.later.get("recorded_at", self.at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """A seal of the entries above one id and up to another; its times are as an entry's `at`.

    `ids` and `incident_ids` are of the entries that it covers, `marks` their marks in that order.
    None of them was there at `not_before`, which is None where nobody had looked before. One
    without a `key` was replaced when somebody was forgotten.
    """

    number: int
    record: Record
    above_id: int
    up_to_id: int
    ids: Sequence[int]
    incident_ids: Sequence[int | None]
    marks: bytes
    key: bytes | None
    replaces: int | None
    not_before: str | None
    sealed_at: str
    digest: bytes

    @property
    def mark_of(self) -> dict[int, bytes]:
        """The mark of each entry by its id."""
        return {
            entry_id: self.marks[place * MARK_BYTES : (place + 1) * MARK_BYTES]
            for place, entry_id in enumerate(self.ids)
        }

    def digest_after(self, before: bytes) -> bytes:
        """Compute its digest after the digest of the seal before it."""
        head = [
            _FORM,
            self.number,
            self.record,
            self.above_id,
            self.up_to_id,
            self.not_before,
            self.sealed_at,
            self.replaces,
            list(self.ids),
            list(self.incident_ids),
        ]
        return sha256(before + _bytes(head) + self.marks).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The newest seal: its digest stands for all that was sealed until then."""

    number: int
    digest: bytes

    def __str__(self) -> str:
        return self.digest.hex()


def mark(key: bytes, record: Record, entry: SealedEntry) -> bytes:
    """Compute the mark of an entry under the key of its seal."""
    values = [entry.values[name] for name in sorted(entry.values)]
    later = [[name, entry.later[name]] for name in sorted(entry.later)]
    written = [record, entry.id, entry.incident_id, entry.at, *values, *later]
    return hmac.digest(key, _bytes(written), "sha256")


def _bytes(values: Sequence[Any]) -> bytes:
    return json.dumps(values, separators=(",", ":")).encode("ascii")
