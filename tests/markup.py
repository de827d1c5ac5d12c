"""Find the mentions and links that Slack acts on in a message, and texts that imitate them."""

import re
from collections.abc import Iterator
from typing import Any, Final, Protocol

HOSTILE_TEXT: Final = "<!channel> <@U0EVIL> <https://evil.example|your bank> &lt;!here&gt;"
"""A text that a vendor or a person may use as a name or an answer."""

ESCAPED_TEXT: Final = (
    "&lt;!channel&gt; &lt;@U0EVIL&gt; &lt;https://evil.example|your bank&gt; &amp;lt;!here&amp;gt;"
)
"""The same text escaped, so that Slack shows it as it was written."""


class Posted(Protocol):
    """A message, before it is sent or after."""

    @property
    def text(self) -> str: ...

    @property
    def blocks(self) -> Any: ...


def shown(message: Posted) -> str:
    """Its blocks' words in mrkdwn."""
    return " ".join(marked_up(message.blocks))


def live(message: Posted) -> set[str]:
    """Everything in its words that Slack acts on, but for dates."""
    found = re.findall(r"<[^>]*>?", f"{message.text} {shown(message)}")
    return {each for each in found if not each.startswith("<!date^")}


def marked_up(node: object) -> Iterator[str]:
    """Every mrkdwn text of some blocks; nothing is live in a plain one."""
    if isinstance(node, list):
        for each in node:
            yield from marked_up(each)
    if isinstance(node, dict):
        if node.get("type") == "mrkdwn":
            yield node["text"]
        yield from marked_up(list(node.values()))
