"""Findings: what was looked at of the installation, how it is, and what to do about it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """The state of what was looked at; only what is wrong keeps the bot from its work."""

    WRONG = "wrong"
    WARNING = "warning"
    UNKNOWN = "not looked at"
    FINE = "fine"


Names = Sequence[tuple[str, str]]
"""Names in a sentence, each with what stands for it in a log, where nobody's name is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at: the setting or part of the bot, and a sentence about it.

    What is wrong says what to do; what could not be looked at says why.
    """

    about: str
    level: Level
    text: str
    names: Names = ()

    @property
    def without_names(self) -> str:
        """Return the sentence as it may stand in a log."""
        text = self.text
        for name, instead in self.names:
            text = text.replace(name, instead)
        return text


def fine(about: str, text: str) -> Finding:
    return Finding(about=about, level=Level.FINE, text=text)


def warning(about: str, text: str, names: Names = ()) -> Finding:
    return Finding(about=about, level=Level.WARNING, text=text, names=names)


def wrong(about: str, text: str, names: Names = ()) -> Finding:
    return Finding(about=about, level=Level.WRONG, text=text, names=names)


def unknown(about: str, why: str) -> Finding:
    return Finding(about=about, level=Level.UNKNOWN, text=why)


def is_wrong(findings: Sequence[Finding]) -> bool:
    return any(each.level is Level.WRONG for each in findings)


def worst_first(findings: Sequence[Finding]) -> list[Finding]:
    """Sort by level, and leave those of a level in their order."""
    return sorted(findings, key=lambda each: list(Level).index(each.level))


def summary(findings: Sequence[Finding]) -> str:
    """Count them in words, the worst first."""
    counts = Counter(each.level for each in findings)
    return ", ".join(f"{counts[level]} {level}" for level in Level if counts[level])
