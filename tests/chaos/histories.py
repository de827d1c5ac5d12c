"""Compute from the timeline alone what people must have read of each incident."""

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from slack_sandbox import Sandbox
from slack_sandbox.model import Message
from tests.chaos.in_process_bot import InProcessBot
from tests.chaos.shown import Standing, announcements, wrong

WORDS: Final = re.compile(r"\bw\d{5}\b")
"""A word in the text of each change, by which it is recognised wherever it is posted."""

HANDOVER: Final = "handed command"
"""The text that identifies a handover, which has no word of its own."""

_CHANNELS: Final = {"P1": ["C0P1"], "P2": ["C0P2"]}
_PEOPLE: Final = {"P1": ["U0DAN"]}
_HEARD: Final = frozenset({"severity", "resolved", "reopened"})
_TIMELINE: Final = """
    select json_build_object('number', incident_id, 'at', at, 'kind', kind, 'by', actor_user_id,
        'text', text, 'before', before, 'after', after, 'service', service)::text
    from timeline join incidents on incidents.id = incident_id order by timeline.id
"""


@dataclass(slots=True)
class Change:
    """One person's change, made in one go, and those who had to hear of it."""

    known_by: str
    at: str
    kinds: set[str]
    channels: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    is_throttled: bool = True


@dataclass(slots=True)
class History:
    """An incident as its timeline tells it; `broken` is where one entry does not fit the next."""

    number: int
    service: str
    declarer: str
    severity: str
    commander: str
    status: str = "declared"
    channels: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    was_for_people: list[str] = field(default_factory=list)
    """The people who were told of the declaration itself."""

    def __post_init__(self) -> None:
        self._must_hear()
        self.was_for_people = list(self.people)

    @property
    def standing(self) -> Standing:
        return Standing(self.severity, self.status, self.commander)

    def add(self, entry: dict[str, Any]) -> None:
        kind = entry["kind"]
        last = self.changes[-1] if self.changes else None
        if last is None or last.at != entry["at"]:
            found = WORDS.search(entry["text"])
            last = Change(found[0] if found else HANDOVER, entry["at"], set())
            self.changes.append(last)
        last.kinds.add(kind)
        self._move(kind, entry["before"], entry["after"], last)

    def _move(self, kind: str, before: str, after: str, change: Change) -> None:
        was = {"severity": self.severity, "handover": self.commander}.get(kind, self.status)
        if kind != "update" and before not in (None, was):
            self.broken.append(f"INC-{self.number} went from {before} to {after}, but was {was}")
        if kind in _HEARD and not change.channels and not change.people:
            change.channels, change.people = list(self.channels), list(self.people)
        match kind:
            case "severity":
                is_worse = after < self.severity
                self.severity = after
                if is_worse:
                    self._must_hear()
                    change.people = list(self.people)
                    change.is_throttled = change.is_throttled and after != "P1"
            case "handover":
                self.commander = after
            case "resolved":
                self.status, change.is_throttled = "resolved", False
            case "reopened":
                self.status = "investigating"
                self._must_hear()
                change.people = list(self.people)
            case "status":
                self.status = after

    def _must_hear(self) -> None:
        """All who must hear of this severity are told from now on."""
        for told, all_who in ((self.channels, _CHANNELS), (self.people, _PEOPLE)):
            told += [each for each in all_who.get(self.severity, []) if each not in told]


def histories(database: InProcessBot) -> dict[int, History]:
    """Each incident's history by its number."""
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


def faults(slack: Sandbox, history: History, channel: str | None) -> list[str]:
    """List where the workspace differs from the history."""
    if channel is None:
        return [*history.broken, f"INC-{history.number} has no channel"]
    room = slack.channel(channel)
    found = [*history.broken, *wrong(slack, room, history.number, history.standing)]
    found += _differ(f"news of INC-{history.number}", _told(room.messages), _all_of(history))
    found += _faults_outside(slack, history)
    for user_id in ("U0ADA", "U0BEN", "U0CLEO", "U0DAN", "U0EVE"):
        found += _faults_of_person(slack, history, user_id)
    return found


def _all_of(history: History) -> list[str]:
    return [each.known_by for each in history.changes]


def _faults_outside(slack: Sandbox, history: History) -> list[str]:
    """One announcement for each channel that must know, none elsewhere, with its replies."""
    posted = announcements(slack, history.number)
    found = _differ(
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
        heard = [change.known_by for change in history.changes if each.channel in change.channels]
        found += _differ(
            f"replies to INC-{history.number} in {each.channel}", _told(replies), heard
        )
    return found


def _faults_of_person(slack: Sandbox, history: History, user_id: str) -> list[str]:
    """Their direct messages about the incident; one that may be left out may be there once."""
    direct = [each for each in slack.dm(user_id) if f"*INC-{history.number}*" in each.text]
    about = _told(direct)
    first = user_id in history.was_for_people or user_id == history.declarer
    found = []
    if len(direct) - len(about) != first:
        found.append(f"{user_id} was told {len(direct) - len(about)} times of INC-{history.number}")
    may = [each for each in history.changes if user_id in each.people]
    twice = [words for words, times in Counter(about).items() if times > 1]
    expected = [each.known_by for each in may if not each.is_throttled or each.known_by in about]
    if twice or about != expected:
        found.append(f"{user_id} read {about} of INC-{history.number}, not {expected}")
    return found


def _told(messages: list[Message]) -> list[str]:
    """Return the change that each message is about, oldest first, without those about none."""
    found = []
    for each in messages:
        words = WORDS.search(each.text)
        if words or HANDOVER in each.text:
            found.append(words[0] if words else HANDOVER)
    return found


def _differ(what: str, found: list[str], expected: list[str]) -> list[str]:
    return [] if found == expected else [f"{what}: {found}, not {expected}"]


def worst_statuses(found: dict[int, History], services: dict[str, str]) -> dict[str, str]:
    """Return the status that each component must show; `services` maps services to components."""
    worst = dict.fromkeys(services.values(), 0)
    for history in found.values():
        if history.status != "resolved" and history.service in services:
            component = services[history.service]
            worst[component] = max(worst[component], _badness(history))
    names = ("operational", "degraded_performance", "partial_outage", "major_outage")
    return {component: names[badness] for component, badness in worst.items()}


def _badness(history: History) -> int:
    """A P1 looks less bad once its cause is known, and so does a P2."""
    grave = {"P1": 3, "P2": 2}.get(history.severity, 1)
    understood = history.status in ("identified", "monitoring")
    return max(1, grave - 1) if understood else grave
