"""Verify that the timeline and the audit trail are as they were sealed, entry by entry.

It exits with 0 when all is as it was sealed, and with 1 when not. It only reads, also from a copy.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import click

from incident_bot import settings
from incident_bot.cli._answer import Answer, with_json
from incident_bot.cli._database import opened
from incident_bot.cli._faults import OK, WRONG
from incident_bot.cli._help import examples
from incident_bot.cli._progress import working
from incident_bot.domain.seals import Record
from incident_bot.domain.verifying import Fault, Finding, Verifier
from incident_bot.store import seals
from incident_bot.store.database import Database

_SOME_HEAD: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_LIMIT_SECONDS: Final = 120.0
"""A transaction reads a few seals, or counts all entries that nobody has sealed yet."""

_VERDICT: Final = "Every entry is as it was sealed."
_NOTHING: Final = "Nothing is sealed yet."
_LISTED: Final = 1000
_PRINTED: Final = 50
_SEALED_WITHIN: Final = timedelta(hours=1)
_NAMES: Final = {Record.TIMELINE: "timeline", Record.AUDIT: "audit trail"}
_SAYS: Final = {
    Fault.CHANGED: "was changed after it was sealed {sealed}",
    Fault.MISSING: "is missing; it was there when it was sealed {sealed}",
    Fault.INSERTED: "was not there when the entries around it were sealed {sealed}",
    Fault.BACKDATED: "claims a time long before it was written, as its seal of {sealed} shows",
    Fault.SEAL_CHANGED: "seal {seal} was changed",
    Fault.SEAL_MISSING: "seals are missing before seal {seal}",
    Fault.NOT_FORGOTTEN: "seal {seal} replaced another {sealed}, and nobody was forgotten then",
    Fault.UNKNOWN_HEAD: "no seal has the hash that you gave: the record was rewritten or cut short "
    "since, or this is an older copy",
}


@dataclass(slots=True)
class _Findings:
    """The first findings, and how many there are of each fault."""

    listed: list[Finding] = field(default_factory=list)
    counts: Counter[Fault] = field(default_factory=Counter)

    def add(self, found: Finding) -> None:
        self.counts[found.fault] += 1
        if len(self.listed) < _LISTED:
            self.listed.append(found)


def _digest(_: click.Context, __: click.Parameter, text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != 32:
        raise click.BadParameter("it is no hash: 64 digits and letters from a to f.")
    return found


@click.command(
    help=__doc__, epilog=examples("verify", f"verify --head {_SOME_HEAD}", "verify --json")
)
@click.option(
    "--head",
    "expected",
    metavar="HASH",
    callback=_digest,
    help="Also require that this hash, which was kept elsewhere, is one of the record's.",
)
@with_json(
    "ok", "entries", "seals", "sealed_since", "head", "head_found_in", "unsealed", "forgotten",
    "faults", "findings",
)  # fmt: skip
def command(expected: bytes | None) -> Answer:
    verifier, findings = Verifier(expected_head=expected), _Findings()
    url = settings.database_url()
    with opened(url):
        pass  # one that is down is not waited for as long as the work may take
    with Database(url, pool_size=1, limit_seconds=_LIMIT_SECONDS) as database:
        with working("Verifying") as work:
            work.so_far = lambda: f", {verifier.entries.total():,} entries so far"
            for each in seals.verify(database.run, verifier):
                findings.add(each)
        now = database.run(lambda tx: tx.now)
    late = _late(verifier, now)
    code = WRONG if findings.counts or late else OK
    lines = _lines(verifier)
    return Answer(
        found=_found(verifier, findings, is_ok=code == OK),
        lines=lines if code else [*lines, _VERDICT if verifier.seals else _NOTHING],
        problems=[*_problems(findings), *late],
        code=code,
    )


def _late(verifier: Verifier, now: datetime) -> list[str]:
    """Say which entries should have been sealed by now."""
    since = (now - _SEALED_WITHIN).timestamp()
    return [
        f"{each.count} entries of the {_NAMES[record]} since {_when(each.oldest_at)} are not "
        "sealed, so nobody can tell whether they are as they were written. A running worker seals "
        "them within minutes, and what is there for the first time over some hours."
        for record, each in verifier.unsealed.items()
        if each.oldest_at is not None and float(each.oldest_at) < since
    ]


def _lines(verifier: Verifier) -> list[str]:
    counts = " and ".join(
        f"{verifier.entries[record]:,} entries of the {name}" for record, name in _NAMES.items()
    )
    lines = [f"Read {counts}, in {verifier.seals:,} seals."]
    if verifier.sealed_since is not None:
        lines.append(
            f"Sealed since {_when(verifier.sealed_since)}; what is older is as it was then."
        )
        lines.append(f"Head: {verifier.head.hex()}")
    if verifier.head_found_in is not None:
        lines.append(f"The hash that you gave is that of seal {verifier.head_found_in}.")
    if verifier.replaced_at:
        when = ", ".join(_when(each) for each in verifier.replaced_at)
        lines.append(f"Somebody was forgotten, whose entries were sealed anew: {when}.")
    if waiting := sum(each.count for each in verifier.unsealed.values()):
        lines.append(f"Not sealed yet: {waiting:,} entries; a worker seals them within minutes.")
    return lines


def _problems(findings: _Findings) -> list[str]:
    problems = [_sentence(each) for each in findings.listed[:_PRINTED]]
    more = findings.counts.total() - len(problems)
    if more > 0:
        counts = ", ".join(f"{count:,} {fault}" for fault, count in findings.counts.items())
        problems.append(f"{more:,} more are not listed. In all: {counts}.")
    return problems


def _sentence(found: Finding) -> str:
    sealed = f"on {_when(found.sealed_at)}" if found.sealed_at else ""
    said = _SAYS[found.fault].format(sealed=sealed, seal=found.seal)
    if found.record is None:
        return f"{said[0].upper()}{said[1:]}."
    about = f"INC-{found.incident_id}: " if found.incident_id else ""
    at = f" of {_when(found.at)}" if found.at else ""
    return f"{about}{_NAMES[found.record]}, entry {found.entry_id}{at}, {said}."


def _when(epoch: str | None) -> str:
    """Write a time as people read it; one that somebody made up, as it is."""
    try:
        moment = datetime.fromtimestamp(float(epoch or ""), UTC)
    except (OverflowError, ValueError):
        return f"“{epoch}”"
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _found(verifier: Verifier, findings: _Findings, *, is_ok: bool) -> dict[str, Any]:
    return {
        "ok": is_ok,
        "entries": {record: verifier.entries[record] for record in Record},
        "seals": verifier.seals,
        "sealed_since": _iso(verifier.sealed_since),
        "head": verifier.head.hex() if verifier.seals else None,
        "head_found_in": verifier.head_found_in,
        "unsealed": {record: each.count for record, each in verifier.unsealed.items()},
        "forgotten": [_iso(each) for each in verifier.replaced_at],
        "faults": dict(findings.counts),
        "findings": _as_json(findings.listed),
    }


def _as_json(listed: Sequence[Finding]) -> list[dict[str, Any]]:
    return [
        {**asdict(each), "at": _iso(each.at), "sealed_at": _iso(each.sealed_at)} for each in listed
    ]


def _iso(epoch: str | None) -> str | None:
    try:
        return datetime.fromtimestamp(float(epoch or ""), UTC).isoformat()
    except (OverflowError, ValueError):
        return epoch
