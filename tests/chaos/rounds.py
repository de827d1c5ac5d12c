"""The rounds of each suite, and its line in the table at the end of `make chaos`."""

import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_ROUNDS: Final = os.environ.get("ROUNDS")
IS_LONG: Final = bool(_ROUNDS)
_FULL: Final = 1_000
_RULE_OF_THREE: Final = 3.0  # none in n trials: with 95 % confidence the chance is below 3 / n
_ANSWERED_MS: Final = 2_900.0  # Slack waits three seconds
COLUMNS: Final = (
    "suite", "rounds", "lost", "doubled", "95 % bound", "p50 ms", "p99 ms", "worst ms", "verdict",
)  # fmt: skip


def rounds(short: int, *, full: int) -> int:
    """`short` in `make test`; in `make chaos`, as much of `full` as ROUNDS is of a thousand."""
    return max(1, full * int(_ROUNDS) // _FULL) if _ROUNDS else short


def are_in_time(took_ms: Sequence[float]) -> bool:
    """Say whether Slack would have seen the answers: all of a few, and 99 of each 100.

    On a busy machine one of many thousand may be late; a limit that does not work makes many so.
    """
    return sum(ms >= _ANSWERED_MS for ms in took_ms) <= len(took_ms) // 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteResult:
    """The result of a suite; `doubled` also counts what was not refused although it should be.

    `took_ms` holds the duration of each timed round, or the worst alone.
    """

    suite: str
    rounds: int
    lost: int = 0
    doubled: int = 0
    took_ms: Sequence[float] = ()

    @property
    def bound(self) -> str:
        """The upper bound of the chance of a bad round (95 % confidence), when there was none."""
        if self.lost or self.doubled:
            return ""
        return f"{min(1.0, _RULE_OF_THREE / self.rounds):.2%}"

    def cells(self) -> tuple[str, ...]:
        verdict = "FAILED" if self.lost or self.doubled else "ok"
        counts = (f"{each:,}" for each in (self.rounds, self.lost, self.doubled))
        return (self.suite, *counts, self.bound, *_spread(self.took_ms), verdict)


def _spread(took_ms: Sequence[float]) -> tuple[str, str, str]:
    """The median, the 99th percentile and the worst; only the worst where there are few."""
    if not took_ms:
        return "", "", ""
    if len(took_ms) < 2:
        return "", "", f"{took_ms[0]:,.0f}"
    p99 = statistics.quantiles(took_ms, n=100, method="inclusive")[98]
    return f"{statistics.median(took_ms):,.0f}", f"{p99:,.0f}", f"{max(took_ms):,.0f}"
