"""Compute from the timeline alone what people must have read of each incident."""

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from slack_sandbox import Sandbox
from slack_sandbox.model import Message
from tests.chaos.in_process_bot import InProcessBot
from tests.chaos.visible_state import (
    Announced,
    IncidentState,
    cards_in,
    channel_differences,
    direct_message_differences,
    updates_shown,
)

MARKER: Final = re.compile(r"\bw\d{5}\b")
"""A word in the text of each change, by which it is recognised wherever it is posted."""

HANDOVER: Final = "handed command"
"""The text that identifies a handover, which has no word of its own."""

_CHANNELS: Final = {"P1": ["C0P1"], "P2": ["C0P2"]}
_PEOPLE: Final = {"P1": ["U0DAN"]}
_ANNOUNCED: Final = frozenset({"severity", "resolved", "reopened"})
_TIMELINE: Final = """
    select json_build_object('number', incident_id, 'at', at, 'kind', kind, 'by', actor_user_id,
        'text', text, 'before', before, 'after', after, 'service', service)::text
    from timeline join incidents on incidents.id = incident_id
    where kind <> 'reminder' order by timeline.id
"""


@dataclass(slots=True)
class Change:
    """One person's change, made in one go, and those who had to hear of it.

    Each of the `channels` has a reply about it in its thread.
    """

    marker: str
    at: str
    kinds: set[str]
    channels: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    is_throttled: bool = True


@dataclass(slots=True)
class History:
    """An incident as its timeline describes it.

    `inconsistencies` are entries that do not fit the one before.
    """

    number: int
    service: str
    declarer: str
    severity: str
    commander: str
    status: str = "declared"
    channels: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    inconsistencies: list[str] = field(default_factory=list)
    told_of_declaration: list[str] = field(default_factory=list)
    """The people who are told of the declaration itself."""

    def __post_init__(self) -> None:
        self._add_audience()
        self.told_of_declaration = list(self.people)

    @property
    def state(self) -> IncidentState:
        return IncidentState(self.severity, self.status, self.commander)

    @property
    def last_updates(self) -> list[str]:
        """The markers that the messages show: the last and, if that has no words, those before."""
        markers = [each.marker for each in self.changes]
        last = markers[-1:]
        said = [each for each in markers if each != HANDOVER][-1:]
        return last if last == said else [*last, *said]

    def add(self, entry: dict[str, Any]) -> None:
        kind = entry["kind"]
        last = self.changes[-1] if self.changes else None
        if last is None or last.at != entry["at"]:
            found = MARKER.search(entry["text"])
            marker = found[0] if found else HANDOVER
            last = Change(marker, entry["at"], set(), channels=list(self.channels))
            self.changes.append(last)
        last.kinds.add(kind)
        self._apply(kind, entry["before"], entry["after"], last)

    def _apply(self, kind: str, before: str, after: str, change: Change) -> None:
        of_command = dict.fromkeys(("handover", "claim"), self.commander)
        was = {"severity": self.severity, **of_command}.get(kind, self.status)
        if kind != "update" and before not in (None, was):
            self.inconsistencies.append(
                f"INC-{self.number} went from {before} to {after}, but was {was}"
            )
        if kind in _ANNOUNCED and not change.people:
            change.people = list(self.people)
        match kind:
            case "severity":
                is_worse = after < self.severity
                self.severity = after
                if is_worse:
                    self._add_audience()
                    change.people = list(self.people)
                    change.is_throttled = change.is_throttled and after != "P1"
            case "handover":
                self.commander = after
                change.people, change.is_throttled = [after], False
            case "claim":
                self.commander = after
            case "resolved":
                self.status, change.is_throttled = "resolved", False
            case "reopened":
                self.status, change.is_throttled = "investigating", False
                self._add_audience()
                change.people = list(self.people)
            case "status":
                self.status = after

    def _add_audience(self) -> None:
        """Add everybody whom the rules notify of this severity from now on."""
        for audience, by_severity in ((self.channels, _CHANNELS), (self.people, _PEOPLE)):
            audience += [
                each for each in by_severity.get(self.severity, []) if each not in audience
            ]


def histories(database: InProcessBot) -> dict[int, History]:
    """Read each incident's history, by its number."""
    found: dict[int, History] = {}
    for line in database.sql(_TIMELINE):
        entry = json.loads(line)
        if entry["kind"] == "declared":
            by = entry["by"]
            found[entry["number"]] = History(
                entry["number"], entry["service"], by, entry["after"], by
            )
        else:
            found[entry["number"]].add(entry)
    return found


def differences(
    slack: Sandbox, history: History, channel: str | None, announced: Announced
) -> list[str]:
    """List where the workspace differs from the history."""
    if channel is None:
        return [*history.inconsistencies, f"INC-{history.number} has no channel"]
    room = slack.channel(channel)
    found = [
        *history.inconsistencies,
        *channel_differences(room, history.number, history.state, announced),
    ]
    found += _compare(f"news of INC-{history.number}", _changes_in(room.messages), _all_of(history))
    found += _announcement_differences(slack, history, announced)
    for message in (*cards_in(room), *announced.get(history.number, ())):
        shown, expected = _shown(message), history.last_updates
        found += _compare(f"updates of INC-{history.number} in {message.channel}", shown, expected)
    for user_id in ("U0ADA", "U0BEN", "U0CLEO", "U0DAN", "U0EVE"):
        found += _direct_message_differences(slack, history, user_id)
    return found


def _all_of(history: History) -> list[str]:
    return [each.marker for each in history.changes]


def _announcement_differences(slack: Sandbox, history: History, announced: Announced) -> list[str]:
    """Check that exactly the channels that must know have an announcement, with its replies."""
    posted = announced.get(history.number, ())
    found = _compare(
        f"announcements of INC-{history.number}",
        sorted(each.channel for each in posted),
        sorted(history.channels),
    )
    for each in posted:
        replies = [
            message
            for message in slack.channel(each.channel).messages
            if message.thread_ts == each.ts and message is not each
        ]
        heard = [change.marker for change in history.changes if each.channel in change.channels]
        found += _compare(
            f"replies to INC-{history.number} in {each.channel}", _changes_in(replies), heard
        )
    return found


def _direct_message_differences(slack: Sandbox, history: History, user_id: str) -> list[str]:
    """Check one person's direct messages; one that may be left out may be there once."""
    told = [each for each in slack.dm(user_id) if f"*INC-{history.number}*" in each.text]
    direct = [each for each in told if "/nudge:" not in str(each.metadata)]
    about = _changes_in(direct)
    first = user_id in history.told_of_declaration or user_id == history.declarer
    found = []
    if len(direct) - len(about) != first:
        found.append(f"{user_id} was told {len(direct) - len(about)} times of INC-{history.number}")
    allowed = [each for each in history.changes if user_id in each.people]
    twice = Counter(about) - Counter(each.marker for each in allowed)
    expected = [each.marker for each in allowed if not each.is_throttled or each.marker in about]
    if twice or about != expected:
        found.append(f"{user_id} read {about} of INC-{history.number}, not {expected}")
    if direct:
        found += _newest_differences(direct[-1], history, user_id)
    return found


def _newest_differences(message: Message, history: History, user_id: str) -> list[str]:
    """Check that it shows how the incident stands; what it told as news it does not repeat."""
    what = f"{user_id} about INC-{history.number}"
    shown, last, told = _shown(message), history.last_updates, _changes_in([message])
    found = direct_message_differences(what, message, history.state)
    if shown != last and shown != [each for each in last if each not in told]:
        found.append(f"direct message to {what}: it told {told} and shows {shown}, not {last}")
    return found


def _shown(message: Message) -> list[str]:
    """Return the change that each of the updates shown is, newest first."""
    found = [(MARKER.search(text), text) for text in updates_shown(message)]
    return [marker[0] if marker else HANDOVER * (HANDOVER in text) for marker, text in found]


def _changes_in(messages: list[Message]) -> list[str]:
    """Return the change that each message is about, oldest first, without those about none."""
    found = []
    for each in messages:
        marker = MARKER.search(each.text)
        if marker or HANDOVER in each.text:
            found.append(marker[0] if marker else HANDOVER)
    return found


def _compare(what: str, found: list[str], expected: list[str]) -> list[str]:
    return [] if found == expected else [f"{what}: {found}, not {expected}"]


def expected_component_statuses(
    found: dict[int, History], services: dict[str, str]
) -> dict[str, str]:
    """Return the status that each component must show; `services` maps services to components."""
    worst = dict.fromkeys(services.values(), 0)
    for history in found.values():
        if history.status != "resolved" and history.service in services:
            component = services[history.service]
            worst[component] = max(worst[component], _badness(history))
    names = ("operational", "degraded_performance", "partial_outage", "major_outage")
    return {component: names[badness] for component, badness in worst.items()}


def _badness(history: History) -> int:
    """Rank an incident by how bad it looks; a P1 or P2 looks less bad once its cause is known."""
    grave = {"P1": 3, "P2": 2}.get(history.severity, 1)
    understood = history.status in ("identified", "monitoring")
    return max(1, grave - 1) if understood else grave
