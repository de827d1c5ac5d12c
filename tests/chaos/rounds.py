"""How long each suite runs, and the line it leaves in the table at the end of `make chaos`."""

import os
from dataclasses import dataclass
from typing import Final

_NAME: Final = "ROUNDS"
COLUMNS: Final = ("suite", "rounds", "lost", "doubled", "worst ms", "verdict")


def rounds(short: int, *, each: int = 1) -> int:
    """`short` in `make test`; in `make chaos`, ROUNDS times what one round holds."""
    wanted = os.environ.get(_NAME)
    return int(wanted) * each if wanted else short


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What came of a suite; `doubled` also counts what should have been refused and was not."""

    suite: str
    rounds: int
    lost: int = 0
    doubled: int = 0
    worst_ms: float = 0.0

    def cells(self) -> tuple[str, ...]:
        verdict = "FAILED" if self.lost or self.doubled else "ok"
        numbers = (self.rounds, self.lost, self.doubled, round(self.worst_ms))
        return (self.suite, *(f"{each:,}" for each in numbers), verdict)
