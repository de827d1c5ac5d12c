"""People who do everything by line and by form, and a transport that repeats their requests."""

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
_TO_ALL_SHARE: Final = 0.25
_AGAIN_SHARE: Final = 0.1
_GIVE_UP_SECONDS: Final = 60.0
_NO_ANSWER: Final = (NOT_RECORDED, COMMIT_UNKNOWN, "Something broke")
_CARD: Final = re.compile(r"(P\d) \*INC-(\d+)\* .* — (\w+), \S+, commander <@(U\w+)>", re.DOTALL)
_DONE: Final = (
    "is declared. The link to its channel follows",
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


_SEVERITIES: Final = ("P1", "P2", *("P3", "P4") * 4)
"""Few are announced: those of one severity share a channel, which takes a message a second."""


@dataclass(frozen=True, slots=True)
class UserAction:
    """An action of a person, and its answer; `marker` identifies it on the timeline, if set."""

    command: str
    marker: str
    outcome: ActionOutcome
    answer: str | None


@dataclass
class RepeatingTransport:
    """Sends requests to the web processes: some to all of them at once, some again.

    A request that was not answered is sent again until it is; `differing_answers` are those
    that were answered in two ways.
    """

    urls: list[str] = field(default_factory=list)
    dice: random.Random = field(default_factory=random.Random)
    sent: int = 0
    repeated: int = 0
    differing_answers: list[str] = field(default_factory=list)
    bugs: list[str] = field(default_factory=list)
    _answers: dict[bytes, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _executor: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(32))

    def send(self, path: str, headers: dict[str, str], body: bytes) -> Response:
        """Send a request until it has an answer; raises TimeoutError when it gets none."""
        until = time.monotonic() + _GIVE_UP_SECONDS
        for again in itertools.count():
            if again:
                headers = {**headers, "X-Slack-Retry-Num": str(again)}
            answers = self._try(path, headers, body)
            definite = [each for each in answers if _is_definite(each)]
            if definite and self.dice.random() < _AGAIN_SHARE:
                later = self._try(path, headers, body)
                definite += [each for each in later if _is_definite(each)]
            if definite:
                self._remember_answers(body, definite)
                return definite[0]
            if time.monotonic() > until:
                break
            time.sleep(self.dice.uniform(0.3, 3.0))
        raise TimeoutError

    def final_answer(self, answer: Answer) -> str | None:
        """Return the text that finally answered this request; None if nothing ever did."""
        assert answer.request
        return self._answers.get(answer.request.body)

    def _try(self, path: str, headers: dict[str, str], body: bytes) -> list[Response]:
        urls = list(self.urls)
        if self.dice.random() >= _TO_ALL_SHARE:
            urls = [self.dice.choice(urls)]
        with self._lock:
            self.sent += len(urls)
            self.repeated += len(urls) - 1 + ("X-Slack-Retry-Num" in headers)
        tries = [self._executor.submit(_once, url, path, headers, body) for url in urls]
        answers = [found for each in tries if (found := each.result())]
        self.bugs += [text for each in answers if "Something broke" in (text := _text(each))]
        return answers

    def _remember_answers(self, body: bytes, answers: list[Response]) -> None:
        texts = [_text(each) for each in answers]
        with self._lock:
            self._answers[body] = texts[0]
            # A repeat of what opens a form is answered with nothing, and a form that was refused
            # may be corrected and sent again.
            different = {each for each in texts if each and "type it in one line" not in each}
            if b"command=" in body and len(different) > 1:
                self.differing_answers.append(f"{body[:200]!r} was answered with {different}")


def _once(url: str, path: str, headers: dict[str, str], body: bytes) -> Response | None:
    try:
        return _over_http(url, path, headers, body)
    except (OSError, http.client.HTTPException):
        return None


def _is_definite(response: Response) -> bool:
    status, _, body = response
    return status == 200 and not any(each in _text_of(body) for each in _NO_ANSWER)


def _text(response: Response) -> str:
    return _text_of(response[2])


def _text_of(body: bytes) -> str:
    """Return the text of an answer, without a notice that the worker is behind."""
    answer = Answer(200, body).json
    if not isinstance(answer, dict):
        return ""
    if view := answer.get("view"):
        return str(view["blocks"][0]["text"]["text"])
    return str(answer.get("text") or answer.get("errors") or "")


class Crowd:
    """Four people who act until the block ends; `actions` records what they did."""

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
        self.errors: list[BaseException] = []
        self._threads = [
            threading.Thread(
                target=self._act_until_stopped, args=[user, random.Random(dice.random())]
            )
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

    def resolve_all_on(self, service: str) -> None:
        """Resolve the service's incidents, once all is quiet."""
        for channel in self._slack.channels:
            if service in channel.name:
                marker = f"w{next(self._numbers):05}"
                self._type(
                    str(_commander(channel)), channel.id, f"resolved {marker} is why", marker
                )

    def _act_until_stopped(self, user: str, dice: random.Random) -> None:
        try:
            while not self._stopping.wait(dice.uniform(0.3, 1.2)):
                self._act(user, dice)
        except BaseException as error:
            self.errors.append(error)
            raise

    def _act(self, user: str, dice: random.Random) -> None:
        marker = f"w{next(self._numbers):05}"
        channels = self._channels(user, dice)
        if not channels or dice.random() < 0.2:
            self._declare(user, dice, marker)
            return
        channel = dice.choice(channels)
        acts = (
            self._update,
            self._update_by_form,
            self._change_severity,
            self._hand_over,
            self._resolve_or_reopen,
        )
        act: Callable[[str, random.Random, str, Channel], None]
        (act,) = dice.choices(acts, weights=(6, 3, 4, 2, 2))
        act(user, dice, marker, channel)

    def _channels(self, user: str, dice: random.Random) -> list[Channel]:
        """Return recent channels whose card names them commander, or sometimes any recent ones."""
        channels = [each for each in self._slack.channels if each.name.startswith("inc-")][-16:]
        if dice.random() < 0.1:
            return channels
        return [each for each in channels if _commander(each) == user]

    def _declare(self, user: str, dice: random.Random, marker: str) -> None:
        severity = dice.choice(_SEVERITIES)
        service, title = dice.choice(self._services), f"Broken {marker.replace('w', 't')}"
        if dice.random() < 0.6:
            self._type(user, "C0GENERAL", f"declare {severity} {service} {title}", title)
            return
        values = {"title": title, "severity": severity, "service": service}
        self._fill_in(user, "C0GENERAL", "declare", values, title)

    def _update(self, user: str, dice: random.Random, marker: str, channel: Channel) -> None:
        status = dice.choice(("", "", "investigating: ", "identified: ", "monitoring: "))
        self._type(user, channel.id, f"status {status}{marker} is what we know", marker)

    def _update_by_form(
        self, user: str, dice: random.Random, marker: str, channel: Channel
    ) -> None:
        values = {"message": f"{marker} in a form"}
        if dice.random() < 0.5:
            values["severity"] = dice.choice(_SEVERITIES)
        if dice.random() < 0.5:
            values["status"] = dice.choice(("investigating", "identified", "monitoring"))
        self._fill_in(user, channel.id, "update", values, marker)

    def _change_severity(
        self, user: str, dice: random.Random, marker: str, channel: Channel
    ) -> None:
        severity = dice.choice(_SEVERITIES)
        self._type(user, channel.id, f"severity {severity} because {marker}", marker)

    def _hand_over(self, user: str, dice: random.Random, marker: str, channel: Channel) -> None:
        to = self._slack.user(dice.choice(CROWD)).name
        self._type(user, channel.id, f"commander @{to}", "")

    def _resolve_or_reopen(
        self, user: str, dice: random.Random, marker: str, channel: Channel
    ) -> None:
        over = "resolved" if dice.random() < 0.8 else "reopen"
        self._type(user, channel.id, f"{over} {marker} is why", marker)

    def _type(self, user: str, channel: str, line: str, marker: str) -> None:
        answer = self._slack.command(user, channel, f"/incident {line}")
        text = self._transport.final_answer(answer)
        is_done = text is not None and any(each in text for each in _DONE)
        self._remember(line.partition(" ")[0], marker, text, is_done=is_done)

    def _fill_in(
        self, user: str, channel: str, name: str, values: dict[str, Any], marker: str
    ) -> None:
        """Open the form, fill it in and submit it, where it opens at all."""
        self._slack.command(user, channel, f"/incident {name}")
        if (view := self._slack.view(user)) and view.callback_id == name:
            text = self._transport.final_answer(self._slack.submit(user, values))
            is_done = text is not None and (text == "" or _DONE[0] in text)
            self._remember(f"{name} form", marker, text, is_done=is_done)
        while self._slack.view(user):
            self._slack.close(user, all_views=True)

    def _remember(self, command: str, marker: str, answer: str | None, *, is_done: bool) -> None:
        outcome = (
            ActionOutcome.UNKNOWN
            if answer is None
            else ActionOutcome.DONE
            if is_done
            else ActionOutcome.REFUSED
        )
        self.actions.append(UserAction(command, marker, outcome, answer))


def _commander(channel: Channel) -> str | None:
    """Return the commander that its card names."""
    for message in channel.messages[:1]:
        if found := _CARD.search(message.text):
            return found[4]
    return None
