"""Slack's date tokens, `<!date^SECONDS^FORMAT^LINK|FALLBACK>`, checked more strictly than by Slack.

Slack refuses none: it shows a wrong one as it stands, or its fallback.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

_TOKEN: Final = re.compile(r"<!date[^<>]*>?")
_WELL_FORMED: Final = re.compile(r"<!date\^\d{1,10}\^([^^|]+)(?:\^https?://[^|]+)?\|[^>]+>")
_NAME: Final = re.compile(r"\{(.*?)\}")
_DAYS: Final = ("date", "date_short", "date_long")
_NAMES: Final = {
    "date_num",
    *_DAYS,
    *(f"{day}_pretty" for day in _DAYS),
    "time",
    "time_secs",
    "ago",
}


def problems(*parts: Any) -> list[str]:
    """List the wrong tokens in these texts and in the mrkdwn of these Block Kit objects."""
    return [wrong for part in parts for text in _texts(part) for wrong in _wrong(text)]


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, list):
        for item in part:
            yield from _texts(item) if isinstance(item, dict | list) else ()
    elif part.get("type") == "mrkdwn":
        yield str(part["text"])
    else:
        yield from _texts(list(part.values()))


def _wrong(text: str) -> Iterator[str]:
    for token in _TOKEN.findall(text):
        found = _WELL_FORMED.fullmatch(token)
        names = _NAME.findall(found[1]) if found else []
        if not names or not _NAMES.issuperset(names):
            yield f"{token} is not a date of Slack's"
