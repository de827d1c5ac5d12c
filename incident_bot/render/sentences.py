"""Writes a sentence from its parts: in Slack's markup, or plain where Slack shows no markup."""

from collections.abc import Iterable, Mapping

from incident_bot.domain import mentions
from incident_bot.errors import Mention, Moment, Part, Typed
from incident_bot.render.text import escape, fit, person, when


def markup(parts: Iterable[Part], limit: int) -> str:
    """Write at most `limit` characters of mrkdwn in which nothing of the text is live."""
    written = ""
    for part in parts:
        piece, room = _marked_up(part), limit - len(written)
        if len(piece) > room:  # text is cut, a mention is left out
            text = _plain(part, {}) if isinstance(part, str | Typed) else "…"
            return written + (fit(text, room) if room else "")
        written += piece
    return written


def said(text: str, limit: int) -> str:
    """Write at most `limit` characters of typed text, in which only its mentions are live."""
    return markup(mentions.parts(text), limit)


def plain(parts: Iterable[Part], names: Mapping[str, str]) -> str:
    """Write it without markup; people have their names, or their ids where there is none."""
    return "".join(_plain(part, names) for part in parts)


def mentioned(parts: Iterable[Part]) -> list[str]:
    """Return the user ids of the people in it."""
    return [part.user_id for part in parts if isinstance(part, Mention)]


def _marked_up(part: Part) -> str:
    match part:
        case Mention(user_id):
            return person(user_id)
        case Moment(at):
            return when(at)
        case _:
            return escape(_plain(part, {}))


def _plain(part: Part, names: Mapping[str, str]) -> str:
    match part:
        case Mention(user_id):
            return f"@{names.get(user_id, user_id)}"
        case Typed(line):
            return f"`/incident {line}`"
        case _:
            return str(part)
