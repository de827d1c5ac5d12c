"""Figures of a benchmark, each with its target, as a table and as JSON."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A measured value with the most or the least that it should be; `detail` is for people."""

    name: str
    value: float
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None
    detail: str = ""

    @property
    def is_reached(self) -> bool:
        return (self.at_most is None or self.value <= self.at_most) and (
            self.at_least is None or self.value >= self.at_least
        )

    @property
    def target(self) -> str:
        if self.at_most is not None:
            return f"≤ {self.at_most:g} {self.unit}".rstrip()
        return "" if self.at_least is None else f"≥ {self.at_least:g} {self.unit}".rstrip()

    @property
    def measured(self) -> str:
        value = f"{self.value:.3g}" if self.value < 1000 else f"{self.value:,.0f}"
        return f"{value} {self.unit}".rstrip() + (f" ({self.detail})" if self.detail else "")

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "reached": self.is_reached}


def table(figures: Sequence[Figure]) -> str:
    """A Markdown table, which says MISSED beside what is not as it should be."""
    lines = ["| measure | target | measured | |", "|---|---|---|---|"]
    for each in figures:
        missed = "" if each.is_reached else "MISSED"
        lines.append(f"| {each.name} | {each.target} | {each.measured} | {missed} |")
    return "\n".join(lines)
