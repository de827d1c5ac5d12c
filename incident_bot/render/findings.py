"""The findings of `doctor`, for a terminal and for one person in Slack."""

from collections.abc import Sequence
from typing import Final

from incident_bot.domain.findings import Finding, Level, summary, worst_first
from incident_bot.render.messages import Message
from incident_bot.render.text import Block, context, fit, section, sections, within_blocks

_SIGNS: Final = {Level.WRONG: "🟥", Level.WARNING: "⚠️", Level.UNKNOWN: "❔", Level.FINE: "✅"}
_WIDTH: Final = max(map(len, Level))
_MOST: Final = 900
"""Characters of one finding in Slack."""


def lines(findings: Sequence[Finding]) -> list[str]:
    """Return a line for each, in their order, and one that counts them."""
    told = [f"{each.level:{_WIDTH}}  {each.about}: {each.text}" for each in findings]
    return [*told, f"{summary(findings)}."]


def report(findings: Sequence[Finding]) -> Message:
    """Render all of them, the worst first."""
    counted = f"*Doctor*: {summary(findings)}."
    told = [
        f"{_SIGNS[each.level]} {each.level} · {fit(each.about, 80)}: {fit(each.text, _MOST)}"
        for each in worst_first(findings)
    ]
    shown = within_blocks(told)
    blocks: list[Block] = [section(counted), *sections(shown)]
    if len(told) > len(shown):
        blocks.append(context(f"{len(told) - len(shown)} more: type `incident-bot doctor`."))
    return Message(text=counted, blocks=blocks)
