"""People's words made safe for Slack: the one place that escapes and clips."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from incident_bot.domain.people import NOBODY

MAX_SECTION: Final = 3000  # docs.slack.dev: section block, text
MAX_VALUE: Final = 2000  # docs.slack.dev: button element, value
MAX_SPOKEN: Final = 75  # button element, accessibility_label
MAX_HEADER: Final = 150  # header block
MAX_TOPIC: Final = 250  # conversations.setTopic
MAX_TEXT: Final = 4000  # chat.postMessage, top-level text
MAX_LINES: Final = 12_000  # all blocks, as JSON; 13,200: github.com/slackapi/bolt-js/issues/2509

Block = dict[str, Any]


def escape(text: str) -> str:
    """Escape text, so that nothing in it is a mention or a link (docs.slack.dev: formatting)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def clip(text: str, limit: int) -> str:
    """Cut text to at most `limit` characters, the last an ellipsis if something was left out."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def fit(text: str, limit: int) -> str:
    """Escape at most `limit` characters of text, clipped before escaping so no entity is cut."""
    length = min(len(text), limit)
    while len(escaped := escape(clip(text, length))) > limit:
        length -= max(1, (len(escaped) - limit) // 5)
    return escaped


def one_line(text: str) -> str:
    """Join the words with single spaces, so that nobody can fake a further line."""
    return " ".join(text.split())


def join_within(lines: Iterable[str], limit: int) -> str:
    """Join as many complete lines as fit; a last line says so where some did not."""
    kept: list[str] = []
    room = limit - len("\n…")
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            return "\n".join([*kept, "…"])
        kept.append(line)
    return "\n".join(kept)


def within_blocks(lines: Iterable[str]) -> list[str]:
    """Keep as many complete lines as the blocks of one message have room for."""
    kept: list[str] = []
    room = MAX_LINES
    for line in lines:
        room -= len(json.dumps(line, ensure_ascii=False))
        if room < 0:
            break
        kept.append(line)
    return kept


def mrkdwn(text: str) -> Block:
    """Make a text object in which Slack looks for no mentions, links or channels of its own."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def plain(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": clip(text, limit), "emoji": False}


def section(text: str) -> Block:
    return {"type": "section", "text": mrkdwn(text)}


def context(text: str) -> Block:
    return {"type": "context", "elements": [mrkdwn(text)]}


def sections(lines: Iterable[str]) -> list[Block]:
    """Put lines into as few sections as hold them; each line must fit one by itself."""
    chunks: list[list[str]] = [[]]
    room = MAX_SECTION
    for line in lines:
        if room < len(line) + 1:
            chunks.append([])
            room = MAX_SECTION
        chunks[-1].append(line)
        room -= len(line) + 1
    return [section("\n".join(chunk)) for chunk in chunks if chunk]


def person(user_id: str) -> str:
    return NOBODY.get(user_id) or f"<@{user_id}>"


def by(user_id: str, *, on_command_line: bool) -> str:
    """Name who did it, and say where it was typed in their name rather than by them in Slack."""
    is_said = on_command_line and user_id not in NOBODY
    return f"{person(user_id)} on the command line" if is_said else person(user_id)


def channel(channel_id: str) -> str:
    return f"<#{channel_id}>"


def link(url: str, label: str) -> str:
    """Link to a web address under an escaped label."""
    return f"<{escape(url)}|{label}>"


def when(moment: datetime, *, with_date: bool = True) -> str:
    """Show a moment in the reader's own time zone, with UTC for those who cannot."""
    return _date(moment, "{date_short} {time}" if with_date else "{time}")


def ago(moment: datetime) -> str:
    """Show in brackets how long ago a moment was when somebody reads it, or the moment in UTC.

    Slack makes the first letter of a date a capital, which a bracket is not.
    """
    return _date(moment, "({ago})")


def _date(moment: datetime, form: str) -> str:
    """Write a date for Slack to format (docs.slack.dev: formatting message text, dates)."""
    fallback = f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return f"<!date^{int(moment.timestamp())}^{form}|{fallback}>"
