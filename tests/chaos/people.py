"""People who declare and update all the time, and remember what each of them was answered."""

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
_TOO_EARLY: Final = "not the channel of an incident"  # the bot does not know yet that it is


class Outcome(StrEnum):
    """The meaning of the answer that somebody got."""

    RECORDED = "recorded"
    REFUSED = "refused"
    COMMIT_UNKNOWN = "unsure"
    """They were told that nobody knows, and to look."""

    UNANSWERED = "unanswered"
    """No answer, or one that says neither."""


@dataclass(frozen=True, slots=True)
class Said:
    """A typed command and its answer; `at` is the monotonic time at which that came."""

    words: str
    outcome: Outcome
    ms: float
    at: float
    status: int
    text: str


class People:
    """A few people at once; each types again a moment after the last answer."""

    def __init__(
        self, slack: Sandbox, *, count: int = 3, pause: float = 0.4, updates: float = 0.5
    ) -> None:
        self.said: list[Said] = []
        self._slack, self._pause, self._updates = slack, pause, updates
        self._numbers = itertools.count(1)
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._type, daemon=True) for _ in range(count)]

    def __enter__(self) -> "People":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def is_heard_since(self, moment: float) -> bool:
        """Return whether something typed was recorded after the moment."""
        return any(each.at > moment for each in self.words(Outcome.RECORDED))

    def words(self, outcome: Outcome) -> list[Said]:
        return [each for each in list(self.said) if each.outcome is outcome]

    def took_ms(self) -> list[float]:
        return [each.ms for each in self.said]

    def p99_ms(self) -> float:
        return statistics.quantiles(self.took_ms(), n=100)[98]

    def errors(self) -> list[Said]:
        """Return those answered with a 5xx, or with nothing that helps."""
        return self.words(Outcome.UNANSWERED)

    def _type(self) -> None:
        dice = random.Random()
        while not self._stopping.wait(dice.uniform(0.5, 1.5) * self._pause):
            self._say(dice)

    def _say(self, dice: random.Random) -> None:
        number = next(self._numbers)
        rooms = [each.id for each in self._slack.channels if each.name.startswith("inc-")][-20:]
        if rooms and dice.random() < self._updates:
            words, where = f"Update {number}", dice.choice(rooms)
            line = f"/incident status {words}"
        else:
            words, where = f"Broken {number}", "C0GENERAL"
            line = f"/incident declare P1 {dice.choice(SERVICES)} {words}"
        answer = self._slack.command("U0ADA", where, line)
        if _TOO_EARLY not in answer.text:
            self.said.append(said(words, answer))


def said(words: str, answer: Answer) -> Said:
    """Interpret the answer to a typed command."""
    at = time.monotonic()
    return Said(words, _outcome(answer), answer.ms, at, answer.status, answer.error or answer.text)


def _outcome(answer: Answer) -> Outcome:
    if answer.error is None and any(each in answer.text for each in _DONE):
        return Outcome.RECORDED
    if answer.error is None and answer.text == NOT_RECORDED:
        return Outcome.REFUSED
    if answer.error is None and answer.text == COMMIT_UNKNOWN:
        return Outcome.COMMIT_UNKNOWN
    return Outcome.UNANSWERED
