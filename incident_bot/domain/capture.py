"""Messages in Slack that people put on an incident's timeline."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from incident_bot.domain.text import visible

PIN: Final = "pin"
"""The mark of a message that was pinned; that of a reaction is the emoji's name in colons."""

MENU: Final = "menu"
"""The mark of a message that was put on the timeline from its menu, which nothing takes back."""

CONFIRMATION: Final = "memo"
"""The reaction by which the bot shows that a message is on the timeline."""

_MAX_TEXT: Final = 3000
_MORE: Final = "… (more)"
_NO_WORDS: Final = "a message without words"
_UNFINISHED: Final = re.compile("\ufff9[^\ufffb]*$")
_BEGIN: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as Slack tells of it, its text as it was typed.

    `user_id` is its author; None where Slack names nobody. `thread_ts` is that of the message which
    began its thread. `files` are the names of what is attached.
    """

    channel_id: str
    ts: str
    text: str
    user_id: str | None = None
    thread_ts: str | None = None
    is_of_bot: bool = False
    files: tuple[str, ...] = ()

    @property
    def at(self) -> datetime:
        """Return when it was posted, which its id says."""
        seconds, _, micros = self.ts.partition(".")
        return _BEGIN + timedelta(seconds=int(seconds), microseconds=int(micros or 0))

    @property
    def words(self) -> str:
        """Return what of it stands on the timeline: its text, and the names of its files."""
        text = visible(self.text).strip()
        files = f"[{', '.join(self.files)}]" if self.files else ""
        return cut(" ".join(filter(None, (text, files))) or _NO_WORDS)


def is_ts(text: str) -> bool:
    """Say whether this is the id of a message, as in 1700000000.000100."""
    return re.fullmatch(r"[0-9]{9,11}\.[0-9]{6}", text, re.ASCII) is not None


def cut(text: str, limit: int = _MAX_TEXT) -> str:
    """Cut a long text, outside of a mention, and say that there is more of it."""
    if len(text) <= limit:
        return text
    return _UNFINISHED.sub("", text[:limit]).rstrip() + _MORE


def mark_of(reaction: str) -> str:
    """Return the mark of a reaction, without the skin tone of “+1::skin-tone-2”."""
    return f":{emoji(reaction)}:"


def emoji(reaction: str) -> str:
    return reaction.partition("::")[0]
