"""People's words made safe for Markdown, and the little of Markdown that the documents use."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from incident_bot.domain import mentions
from incident_bot.render.text import one_line

Names = Mapping[str, str]


def safe(text: str) -> str:
    """Put people's words on one line and escape what Markdown or HTML would act on."""
    plain = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    plain = re.sub(r"([\\`*_\[\]|~])", r"\\\1", plain).replace("@", "@\u200b")
    return re.sub(r"^(\d+(?=[.)])|(?=[#+=-]))", r"\1\\", plain)


def said(text: str, names: Names) -> str:
    """Write typed text on one line; people who are mentioned have their names."""
    return safe(named(text, names))


def named(text: str, names: Names) -> str:
    """Write typed text as it is; people who are mentioned have their names."""

    def spelled(an_id: str, typed: str) -> str:
        known = names.get(an_id, an_id)
        return f"@{known if known != an_id else typed or an_id}"

    return mentions.replaced(text, spelled)


def quoted(text: str, names: Names) -> str:
    """Quote typed text, each of its lines a paragraph of its own."""
    lines = [said(line, names) for line in text.splitlines() if line.strip()]
    return "\n>\n".join(f"> {line}" for line in lines)


def name(user_id: str, names: Names) -> str:
    return safe(names.get(user_id, user_id))


def link(label: str, url: str) -> str:
    """Link the label, where there is an address."""
    return f"[{label}]({url})" if url else label


def bullets(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def question(text: str) -> str:
    """Ask the writer for what the record does not know, so that nobody takes it for a fact."""
    return f"_To be written: {text}_"


def utc(moment: datetime) -> str:
    """Write a moment without its time zone, for where the heading names it."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def moment(at: datetime) -> str:
    return f"{utc(at)} UTC"
