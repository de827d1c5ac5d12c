"""Mutants: small faults that a person could make, each of which a named test must see."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A fault that is put into one file: `old`, which stands in it once, becomes `new`.

    `tests` are the pytest node ids or files that should see it, `suffers` says what a user would
    meet, and `explained` why a fault may live that changes nothing anybody can see.
    """

    id: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    suffers: str
    explained: str = ""

    def applied(self, text: str) -> str:
        """The file's text with the fault in it; raises ValueError unless it can be put in."""
        found = text.count(self.old)
        if found != 1 or self.old == self.new:
            raise ValueError(f"{self.id}: its text stands in {self.file} {found} times")
        changed = text.replace(self.old, self.new)
        if self.file.endswith(".py"):
            compile(changed, self.file, "exec")
        return changed
