"""Small rules that combine into the shape of a Block Kit object."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(slots=True)
class Report:
    """Collects every fault of a payload, each with its JSON pointer."""

    problems: list[str] = field(default_factory=list)

    def add(self, pointer: str, what: str) -> None:
        self.problems.append(f"[ERROR] {what} [json-pointer:{pointer}]")


Rule = Callable[[Report, Any, str], None]


def anything(report: Report, value: Any, at: str) -> None:
    """Accept any value."""


def string(most: int, least: int = 1) -> Rule:
    def rule(report: Report, value: Any, at: str) -> None:
        if not isinstance(value, str):
            report.add(at, "must provide a string")
        elif len(value) < least:
            report.add(at, f"must be more than {least - 1} characters")
        elif len(value) > most:
            report.add(at, f"must be less than {most + 1} characters")

    return rule


def boolean(report: Report, value: Any, at: str) -> None:
    if not isinstance(value, bool):
        report.add(at, "must provide a boolean")


def integer(least: int, most: int) -> Rule:
    def rule(report: Report, value: Any, at: str) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            report.add(at, "must provide an integer")
        elif not least <= value <= most:
            report.add(at, f"must be between {least} and {most}")

    return rule


def choice(*allowed: Any) -> Rule:
    def rule(report: Report, value: Any, at: str) -> None:
        if value not in allowed:
            report.add(at, f"must be a valid enum value: {', '.join(map(str, allowed))}")

    return rule


def many(inner: Rule, most: int, least: int = 1) -> Rule:
    def rule(report: Report, value: Any, at: str) -> None:
        if not isinstance(value, list):
            report.add(at, "must provide an array")
            return
        if len(value) < least:
            report.add(at, f"no fewer than {least} items allowed")
        if len(value) > most:
            report.add(at, f"no more than {most} items allowed")
        for index, item in enumerate(value):
            inner(report, item, f"{at}/{index}")

    return rule


def shape(
    required: Mapping[str, Rule], optional: Mapping[str, Rule] | None = None, *extra: Rule
) -> Rule:
    """An object with these fields and no others; `extra` rules see the whole object."""
    known = {**required, **(optional or {})}

    def rule(report: Report, value: Any, at: str) -> None:
        if not isinstance(value, dict):
            report.add(at, "must be an object")
            return
        for name in required:
            if value.get(name) is None:
                report.add(at, f"missing required field: {name}")
        for name, item in value.items():
            if name == "type":
                continue
            if name not in known:
                report.add(at, f"invalid additional property: {name}")
            elif item is not None:
                known[name](report, item, f"{at}/{name}")
        if not report.problems:
            for each in extra:
                each(report, value, at)

    return rule


def one_of(kinds: Mapping[str, Rule]) -> Rule:
    """An object whose `type` picks its rule."""

    def rule(report: Report, value: Any, at: str) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str) or kind not in kinds:
            report.add(f"{at}/type", f"unsupported type: {kind}")
        else:
            kinds[kind](report, value, at)

    return rule


def _text(most: int, least: int) -> Mapping[str, Rule]:
    body = string(most, least)
    return {
        "plain_text": shape({"text": body}, {"emoji": boolean}),
        "mrkdwn": shape({"text": body}, {"verbatim": boolean}),
    }


def text(most: int, least: int = 1) -> Rule:
    """A text object, plain or mrkdwn."""
    return one_of(_text(most, least))


def plain(most: int, least: int = 1) -> Rule:
    """A text object that must be plain_text."""
    return one_of({"plain_text": _text(most, least)["plain_text"]})
