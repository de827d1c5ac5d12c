"""People who declare, update, hand over and resolve, by line and by form, and repeat themselves."""

import http.client
import itertools
import random
import re
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from incident_bot.web.slack.answer import NOT_RECORDED
from incident_bot.web.slack.dispatch import COMMIT_UNKNOWN
from slack_sandbox import Sandbox
from slack_sandbox.app_link import Answer, _over_http
from slack_sandbox.model import Channel

Response = tuple[int, Mapping[str, str], bytes]
CROWD: Final = ("U0ADA", "U0BEN", "U0CLEO", "U0EVE")
_AT_BOTH: Final = 0.25
_AFTERWARDS: Final = 0.1
_PATIENCE_SECONDS: Final = 60.0
_NO_ANSWER: Final = (NOT_RECORDED, COMMIT_UNKNOWN, "Something broke")
_CARD: Final = re.compile(r"(P\d) \*INC-(\d+)\* .* — (\w+), \S+, commander <@(U\w+)>", re.DOTALL)
_DONE: Final = (
    "is declared. A direct message",
    "Posted.",
    "now. Notifying everyone",
    "resolved after",
    "is open again",
    "is in command of INC-",
)


class ActionOutcome(StrEnum):
    """The outcome of an action, as far as the person who did it knows."""

    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class UserAction:
    """An action of a person: `words` identify it on the timeline, if it has any."""

    what: str
    words: str
    outcome: ActionOutcome
    told: str | None


@dataclass
class RepeatingTransport:
    """The way to the webs: some requests go to all of them at once, some are sent again.

    A request that was not answered is sent again until it is; `differing` are those that were
    answered in two ways.
    """

    urls: list[str] = field(default_factory=list)
    dice: random.Random = field(default_factory=random.Random)
    sent: int = 0
    repeated: int = 0
    differing: list[str] = field(default_factory=list)
    bugs: list[str] = field(default_factory=list)
    _said: dict[bytes, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _crowd: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(32))

    def send(self, path: str, headers: dict[str, str], body: bytes) -> Response:
        """Carry one request until it has an answer; raises TimeoutError when there is none."""
        until = time.monotonic() + _PATIENCE_SECONDS
        for again in itertools.count():
            if again:
                headers = {**headers, "X-Slack-Retry-Num": str(again)}
            answers = self._try(path, headers, body)
            definite = [each for each in answers if _is_definite(each)]
            if definite and self.dice.random() < _AFTERWARDS:
                later = self._try(path, headers, body)
                definite += [each for each in later if _is_definite(each)]
            if definite:
                self._keep(body, definite)
                return definite[0]
            if time.monotonic() > until:
                break
            time.sleep(self.dice.uniform(0.3, 3.0))
        raise TimeoutError

    def said(self, answer: Answer) -> str | None:
        """Return the text that finally answered this request; None if nothing ever did."""
        assert answer.request
        return self._said.get(answer.request.body)

    def _try(self, path: str, headers: dict[str, str], body: bytes) -> list[Response]:
        urls = list(self.urls)
        if self.dice.random() >= _AT_BOTH:
            urls = [self.dice.choice(urls)]
        with self._lock:
            self.sent += len(urls)
            self.repeated += len(urls) - 1 + ("X-Slack-Retry-Num" in headers)
        tries = [self._crowd.submit(_once, url, path, headers, body) for url in urls]
        answers = [found for each in tries if (found := each.result())]
        self.bugs += [said for each in answers if "Something broke" in (said := _words(each))]
        return answers

    def _keep(self, body: bytes, answers: list[Response]) -> None:
        told = [_words(each) for each in answers]
        with self._lock:
            self._said[body] = told[0]
            # A repeat of what opens a form is answered with nothing, and a form that was refused
            # may be sent again, mended.
            about = {each for each in told if each and "type it in one line" not in each}
            if b"command=" in body and len(about) > 1:
                self.differing.append(f"{body[:200]!r} was answered with {about}")


def _once(url: str, path: str, headers: dict[str, str], body: bytes) -> Response | None:
    try:
        return _over_http(url, path, headers, body)
    except (OSError, http.client.HTTPException):
        return None


def _is_definite(response: Response) -> bool:
    status, _, body = response
    return status == 200 and not any(each in _words_of(body) for each in _NO_ANSWER)


def _words(response: Response) -> str:
    return _words_of(response[2])


def _words_of(body: bytes) -> str:
    """The words of an answer, without what it says of the worker being behind."""
    answer = Answer(200, body).json
    if not isinstance(answer, dict):
        return ""
    if view := answer.get("view"):
        return str(view["blocks"][0]["text"]["text"])
    return str(answer.get("text") or answer.get("errors") or "")


class Crowd:
    """Four people who act all the time until the block ends; what they did is in `actions`."""

    def __init__(
        self,
        slack: Sandbox,
        transport: RepeatingTransport,
        dice: random.Random,
        services: list[str],
    ) -> None:
        self.actions: list[UserAction] = []
        self._slack, self._transport, self._services = slack, transport, services
        self._numbers = itertools.count(1)
        self._stopping = threading.Event()
        self.broken: list[BaseException] = []
        self._threads = [
            threading.Thread(target=self._live, args=[user, random.Random(dice.random())])
            for user in CROWD
        ]

    def __enter__(self) -> "Crowd":
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for each in self._threads:
            each.join()

    def end_all_on(self, service: str) -> None:
        """Resolve the service's incidents, once all is quiet."""
        for room in self._slack.channels:
            if service in room.name:
                words = f"w{next(self._numbers):05}"
                self._line(str(_commander(room)), room.id, f"resolved {words} is why", words)

    def _live(self, user: str, dice: random.Random) -> None:
        try:
            while not self._stopping.wait(dice.uniform(0.3, 1.2)):
                self._act(user, dice)
        except BaseException as error:
            self.broken.append(error)
            raise

    def _act(self, user: str, dice: random.Random) -> None:
        words = f"w{next(self._numbers):05}"
        rooms = self._rooms(user, dice)
        if not rooms or dice.random() < 0.2:
            self._declare(user, dice, words)
            return
        room = dice.choice(rooms)
        acts = (self._update, self._update_by_form, self._regrade, self._hand_over, self._end)
        act: Callable[[str, random.Random, str, Channel], None]
        (act,) = dice.choices(acts, weights=(6, 3, 4, 2, 2))
        act(user, dice, words, room)

    def _rooms(self, user: str, dice: random.Random) -> list[Channel]:
        """Rooms of late whose card says that they command there, and now and then any other."""
        rooms = [each for each in self._slack.channels if each.name.startswith("inc-")][-16:]
        if dice.random() < 0.1:
            return rooms
        return [each for each in rooms if _commander(each) == user]

    def _declare(self, user: str, dice: random.Random, words: str) -> None:
        severity = dice.choice(("P1", "P2", "P2", "P3", "P4"))
        service, title = dice.choice(self._services), f"Broken {words.replace('w', 't')}"
        if dice.random() < 0.6:
            self._line(user, "C0GENERAL", f"declare {severity} {service} {title}", title)
            return
        values = {"title": title, "severity": severity, "service": service}
        self._form(user, "C0GENERAL", "declare", values, title)

    def _update(self, user: str, dice: random.Random, words: str, room: Channel) -> None:
        status = dice.choice(("", "", "investigating: ", "identified: ", "monitoring: "))
        self._line(user, room.id, f"status {status}{words} is what we know", words)

    def _update_by_form(self, user: str, dice: random.Random, words: str, room: Channel) -> None:
        values = {"message": f"{words} in a form"}
        if dice.random() < 0.5:
            values["severity"] = dice.choice(("P1", "P2", "P3", "P4"))
        if dice.random() < 0.5:
            values["status"] = dice.choice(("investigating", "identified", "monitoring"))
        self._form(user, room.id, "update", values, words)

    def _regrade(self, user: str, dice: random.Random, words: str, room: Channel) -> None:
        severity = dice.choice(("P1", "P2", "P3", "P4"))
        self._line(user, room.id, f"severity {severity} because {words}", words)

    def _hand_over(self, user: str, dice: random.Random, words: str, room: Channel) -> None:
        to = self._slack.user(dice.choice(CROWD)).name
        self._line(user, room.id, f"commander @{to}", "")

    def _end(self, user: str, dice: random.Random, words: str, room: Channel) -> None:
        over = "resolved" if dice.random() < 0.8 else "reopen"
        self._line(user, room.id, f"{over} {words} is why", words)

    def _line(self, user: str, channel: str, line: str, words: str) -> None:
        answer = self._slack.command(user, channel, f"/incident {line}")
        told = self._transport.said(answer)
        is_done = told is not None and any(each in told for each in _DONE)
        self._remember(line.partition(" ")[0], words, told, is_done=is_done)

    def _form(self, user: str, channel: str, name: str, values: dict[str, Any], words: str) -> None:
        """Open the form, fill it in and submit it, where it opens at all."""
        self._slack.command(user, channel, f"/incident {name}")
        if (view := self._slack.view(user)) and view.callback_id == name:
            told = self._transport.said(self._slack.submit(user, values))
            is_done = told is not None and (told == "" or _DONE[0] in told)
            self._remember(f"{name} form", words, told, is_done=is_done)
        while self._slack.view(user):
            self._slack.close(user, all_views=True)

    def _remember(self, what: str, words: str, told: str | None, *, is_done: bool) -> None:
        outcome = (
            ActionOutcome.UNKNOWN
            if told is None
            else ActionOutcome.DONE
            if is_done
            else ActionOutcome.REFUSED
        )
        self.actions.append(UserAction(what, words, outcome, told))


def _commander(room: Channel) -> str | None:
    """Return the commander that its card names."""
    for message in room.messages[:1]:
        if found := _CARD.search(message.text):
            return found[4]
    return None
