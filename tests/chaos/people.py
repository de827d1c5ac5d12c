"""People who declare and update all the time, and remember every answer."""

import itertools
import random
import statistics
import threading
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from incident_bot.web.slack.answer import NOT_RECORDED
from incident_bot.web.slack.dispatch import COMMIT_UNKNOWN
from slack_sandbox import Sandbox
from slack_sandbox.app_link import Answer

SERVICES: Final = [f"service-{n}" for n in range(8)]
_DONE: Final = ("is declared", "Posted.")
_TOO_EARLY: Final = "not the channel of an incident"  # the bot has not recorded it yet


class Outcome(StrEnum):
    """The meaning of the answer that somebody got."""

    RECORDED = "recorded"
    REFUSED = "refused"
    COMMIT_UNKNOWN = "unsure"
    """The answer said that the bot does not know, and asked to look."""

    UNANSWERED = "unanswered"
    """No answer, or one that says neither."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A typed command and its answer; `at` is the monotonic time at which that came.

    `marker` is the title or the update that was typed, which no other has.
    """

    marker: str
    outcome: Outcome
    ms: float
    at: float
    status: int
    answer: str


class People:
    """A few people at once; each types again a moment after the last answer."""

    def __init__(
        self, slack: Sandbox, *, count: int = 3, pause: float = 0.4, updates: float = 0.5
    ) -> None:
        self.exchanges: list[Exchange] = []
        self._slack, self._pause, self._updates = slack, pause, updates
        self._numbers = itertools.count(1)
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._type_until_stopped, daemon=True) for _ in range(count)
        ]

    def __enter__(self) -> "People":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def has_recorded_since(self, moment: float) -> bool:
        """Return whether something typed was recorded after the moment."""
        return any(each.at > moment for each in self.with_outcome(Outcome.RECORDED))

    def with_outcome(self, outcome: Outcome) -> list[Exchange]:
        return [each for each in list(self.exchanges) if each.outcome is outcome]

    def took_ms(self) -> list[float]:
        return [each.ms for each in self.exchanges]

    def p99_ms(self) -> float:
        return statistics.quantiles(self.took_ms(), n=100)[98]

    def errors(self) -> list[Exchange]:
        """Return those answered with a 5xx, or with nothing that helps."""
        return self.with_outcome(Outcome.UNANSWERED)

    def _type_until_stopped(self) -> None:
        dice = random.Random()
        while not self._stopping.wait(dice.uniform(0.5, 1.5) * self._pause):
            self._type_one(dice)

    def _type_one(self, dice: random.Random) -> None:
        number = next(self._numbers)
        rooms = [each.id for each in self._slack.channels if each.name.startswith("inc-")][-20:]
        if rooms and dice.random() < self._updates:
            marker, where = f"Update {number}", dice.choice(rooms)
            line = f"/incident status {marker}"
        else:
            marker, where = f"Broken {number}", "C0GENERAL"
            line = f"/incident declare P1 {dice.choice(SERVICES)} {marker}"
        answer = self._slack.command("U0ADA", where, line)
        if _TOO_EARLY not in answer.text:
            self.exchanges.append(exchange(marker, answer))


def exchange(marker: str, answer: Answer) -> Exchange:
    """Interpret the answer to a typed command."""
    at = time.monotonic()
    text = answer.error or answer.text
    return Exchange(marker, _outcome(answer), answer.ms, at, answer.status, text)


def _outcome(answer: Answer) -> Outcome:
    if answer.error is None and any(each in answer.text for each in _DONE):
        return Outcome.RECORDED
    if answer.error is None and answer.text == NOT_RECORDED:
        return Outcome.REFUSED
    if answer.error is None and answer.text == COMMIT_UNKNOWN:
        return Outcome.COMMIT_UNKNOWN
    return Outcome.UNANSWERED
