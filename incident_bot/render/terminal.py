"""Writes messages as plain text, for a terminal: names for mentions, times of this machine."""

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from incident_bot.domain import mentions
from incident_bot.domain.deliveries import Delay, DeliveryRecord, Queue, State
from incident_bot.errors import Mention, Moment, Part, Reason, Typed
from incident_bot.render.causes import cause
from incident_bot.render.messages import SIGNS
from incident_bot.render.updates import duration

_LIVE: Final = re.compile(
    r"<(?:@(?P<person>\w+)|\#(?P<channel>\w+)"
    r"|!date\^(?P<at>\d+)\^(?P<form>[^|>]*)\|[^>]*|(?P<url>[a-z]+:[^|>]*)(?:\|(?P<label>[^>]*))?)>"
)
_ENTITIES: Final = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
_BOLD: Final = re.compile(r"(?<!\w)\*(\w[\w -]*)\*(?!\w)")
_COMMAND: Final = re.compile(r"`/incident ([^`]*)`")
_SIGN: Final = re.compile(
    rf"(?m)^((?:Timeline of |Deliveries of )?)(?:{'|'.join(SIGNS.values())}|[✅⚪🔗]) "
)
_LABEL: Final = re.compile(r"\*([A-Z][\w ]*)\*\n(.*)")

_WAITING: Final = (
    ("channel", "its channel", "its channel"),
    ("announcement", "an announcement", "announcements in {n} channels"),
    ("direct_message", "a direct message", "direct messages to {n} people"),
    ("incident_update", "a message in its channel", "{n} messages in its channel"),
    ("file", "a file", "{n} files"),
    ("component", "a component of the status page", "{n} components of the status page"),
)
"""The kinds that people wait for, in the order in which they are named, with one and with several.

All others come with these.
"""

_SAID_OFTEN: Final = ("incident_update", "file")
"""Each delivery of these kinds tells something new, although its destination is the same."""

_OF_SLACK: Final = {
    Reason.CONNECTION: "Slack cannot be reached",
    Reason.TIMEOUT: "Slack does not answer in time",
    Reason.VENDOR_FAULT: "Slack answers that it has a fault of its own",
    Reason.GARBAGE: "what answers is not Slack",
    Reason.RATE_LIMITED: "Slack asks to come later",
    Reason.TOKEN_REFUSED: "Slack refuses the bot's token",
}

_SOON: Final = "The worker sends all of it, once, as soon as Slack can be reached."
_SENDER: Final = {
    None: _SOON,
    Delay.BEHIND: _SOON,
    Delay.NO_WORKER: "No worker is running, so nobody is told yet: start `incident-bot worker`.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """Writes for whoever reads it `now`; `names` are people's and channels' by their ids.

    `typed_as` is what stands behind `--as`, for lines to type next.
    """

    now: datetime
    names: Mapping[str, str] = field(default_factory=dict)
    typed_as: str = ""

    def text(self, markup: str) -> str:
        """Write Slack's markup without any of it."""
        bare = _BOLD.sub(r"\1", _SIGN.sub(r"\1", markup))
        told = _COMMAND.sub(lambda found: self.command(_unescaped(found[1])), bare)
        return _unescaped(_LIVE.sub(self._one, told).replace(":warning: ", "Note: "))

    def blocks(self, blocks: Iterable[Mapping[str, Any]]) -> list[str]:
        """Write what blocks say, and leave out what is there to press."""
        return [line for block in blocks for line in self._block(block)]

    def sentence(self, parts: Iterable[Part]) -> str:
        """Write a sentence of an error."""
        return "".join(map(self._part, parts))

    def typed(self, text: str) -> str:
        """Write what somebody typed, with the names of those who are mentioned in it."""
        return mentions.plain(text, self.names)

    def command(self, line: str) -> str:
        """Write a line for the bot as it is typed in a shell."""
        if line == "list":
            return "`incident-bot list`"
        given = f" --as {shlex.quote(self.typed_as)}" if self.typed_as else ""
        return f"`incident-bot incident {line}{given}`"

    def moment(self, at: datetime) -> str:
        """Write a time as this machine has it, and in UTC."""
        here, utc = at.astimezone(), at.astimezone(UTC)
        if here.utcoffset() == utc.utcoffset():
            return f"{utc:%Y-%m-%d %H:%M} UTC"
        return f"{here:%Y-%m-%d %H:%M %Z} ({utc:%H:%M} UTC)"

    def ago(self, at: datetime) -> str:
        return f"{duration(self.now - at)} ago"

    def waiting(self, deliveries: Sequence[DeliveryRecord], delay: Delay | None) -> list[str]:
        """Say what of these has still to reach people, and why it did not at the last attempt."""
        due = [each for each in deliveries if each.state is State.PENDING]
        if not due:
            return []
        named = [
            (one if count == 1 else several).replace("{n}", str(count))
            for kind, one, several in _WAITING
            if (count := _places(due, kind))
        ]
        waits = ", ".join(named) or "what shows how it stands"
        return [f"Still to be sent: {waits}.{_failed(due)}", _SENDER[delay]]

    def _block(self, block: Mapping[str, Any]) -> list[str]:
        texts = [block.get("text"), *block.get("fields", ())]
        if block["type"] == "context":
            texts = list(block["elements"])
        return [self._written(each) for each in texts if each]

    def _written(self, written: Mapping[str, Any]) -> str:
        text = written["text"]
        if written.get("type") == "plain_text":
            return _SIGN.sub(r"\1", text)
        found = _LABEL.fullmatch(text)
        return self.text(f"{found[1]}: {found[2]}" if found else text)

    def _one(self, found: re.Match[str]) -> str:
        if found["person"]:
            return f"@{self.names.get(found['person'], found['person'])}"
        if found["channel"]:
            return f"#{self.names.get(found['channel'], found['channel'])}"
        if found["at"]:
            at = datetime.fromtimestamp(int(found["at"]), UTC)
            return f"({self.ago(at)})" if "ago" in found["form"] else self.moment(at)
        label = f"{found['label']} " if found["label"] else ""
        return f"{label}{found['url']}"

    def _part(self, part: Part) -> str:
        match part:
            case Mention(user_id):
                return f"@{self.names.get(user_id, user_id)}"
            case Typed(line):
                return self.command(line)
            case Moment(at):
                return self.moment(at)
            case _:
                return part


def named_in(markup: str) -> list[str]:
    """Return the ids of the people whom a text names."""
    return [found["person"] for found in _LIVE.finditer(markup) if found["person"]]


def _unescaped(text: str) -> str:
    return re.sub("&(?:lt|gt|amp);", lambda found: _ENTITIES[found[0]], text)


def _failed(due: Sequence[DeliveryRecord]) -> str:
    """Say how often the one that was tried most was tried, and why it failed the last time."""
    tried = max(due, key=lambda each: each.attempts)
    if tried.reason is None:
        return ""
    of_slack = _OF_SLACK.get(Reason(tried.reason)) if tried.queue is Queue.NOTIFICATIONS else None
    why = of_slack or cause(tried.detail or tried.reason, tried.reason)
    often = "once" if tried.attempts == 1 else f"{tried.attempts} times"
    return f" Tried {often} so far: {why}."


def _places(due: Sequence[DeliveryRecord], kind: str) -> int:
    """Count the destinations; of what is said in one place, how often."""
    places = [each.destination for each in due if each.kind == kind]
    return len(places if kind in _SAID_OFTEN else set(places))
