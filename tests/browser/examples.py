"""A form, the app behind it, and a tour, for the tests in a browser."""

import json
from collections.abc import Mapping
from typing import Any

from slack_sandbox import Tour, Try


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def block(block_id: str, element: dict[str, Any]) -> dict[str, Any]:
    named = {**element, "action_id": "x"}
    return {"type": "input", "block_id": block_id, "label": plain(block_id), "element": named}


_OPTIONS = [{"text": plain(name), "value": name.lower()} for name in ("API", "Search", "Website")]
FORM = {
    "type": "modal",
    "title": plain("Publish"),
    "submit": plain("Publish"),
    "blocks": [
        block("title", {"type": "plain_text_input"}),
        block("components", {"type": "multi_static_select", "options": _OPTIONS}),
    ],
}


class Heard:
    """Answers that the title is too vague; remembers what was sent."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def __call__(
        self, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        self.bodies.append(body)
        refusal = {"response_action": "errors", "errors": {"title": "Too vague."}}
        return 200, {}, json.dumps(refusal).encode()


TOUR = Tour(
    facts=["<@U0DAN> hears of each P1 in <#C0P1>."],
    tries=[Try(line="/incident list", shows="what is open"), Try(shows="Act as <@U0BEN>")],
)
