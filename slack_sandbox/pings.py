"""Whom a message would notify, read the way Slack reads mentions.

Where Slack's documentation leaves room, this errs towards a ping: `verbatim: false` is taken to
parse `@everyone` and `@name`, and the fallback `text` counts besides the blocks.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Json = dict[str, Any]
_EXPLICIT = re.compile(r"<(@|!subteam\^)([A-Z0-9]+)(?:\|[^>]*)?>|<!(channel|here|everyone|group)\b")
_NAMED = re.compile(r"(?<![\w@.&;/])@(\w(?:[\w.-]*\w)?)")
_BROADCASTS = frozenset({"channel", "here", "everyone", "group"})


def of_message(
    text: str,
    blocks: Iterable[Json],
    attachments: Iterable[Json],
    names: Mapping[str, str],
    *,
    loose: bool,
) -> set[str]:
    """`names` maps a user name to its id; `loose` is parse=full|client or link_names."""
    found = set(_in_text(text, names, loose=loose))
    for block in blocks:
        found.update(_in_object(block, names))
    for attachment in attachments:
        for key in ("text", "pretext", "title", "fallback"):
            found.update(_in_text(str(attachment.get(key, "")), names, loose=loose))
        for block in attachment.get("blocks") or ():
            found.update(_in_object(block, names))
    return found


def _in_text(text: str, names: Mapping[str, str], *, loose: bool) -> Iterator[str]:
    for match in _EXPLICIT.finditer(text):
        yield match[2] or match[3]
    if loose:
        for match in _NAMED.finditer(text):
            word = match[1].rstrip(".-").lower()
            if word in _BROADCASTS:
                yield word
            elif word in names:
                yield names[word]


def _in_object(node: Any, names: Mapping[str, str]) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _in_object(item, names)
    elif isinstance(node, dict):
        yield from _in_node(node, names)


def _in_node(node: Json, names: Mapping[str, str]) -> Iterator[str]:
    match node.get("type"):
        case "mrkdwn":
            yield from _in_text(node["text"], names, loose=not node.get("verbatim"))
        case "markdown":
            yield from _in_text(node["text"], names, loose=True)
        case "user":
            yield node["user_id"]
        case "usergroup":
            yield node["usergroup_id"]
        case "broadcast":
            yield node["range"]
        case _:
            for value in node.values():
                yield from _in_object(value, names)
