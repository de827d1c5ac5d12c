"""The content of a message: text, blocks, attachments, metadata, checked as Slack does."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from slack_sandbox.blockkit.blocks import elements_of, message_problems
from slack_sandbox.errors import SlackError
from slack_sandbox.model import Json

MOST_TEXT = 40_000
MOST_BLOCK_CHARS = 13_200  # measured by users: github.com/slackapi/bolt-js/issues/2509
MOST_METADATA_BYTES = 8_000
Read = Callable[[str, str], Any]


@dataclass(frozen=True, slots=True)
class Content:
    text: str
    blocks: list[Json]
    attachments: list[Json]
    metadata: Json | None


def read(decoded: Read) -> Content:
    """Check and complete what was sent; `decoded(name, error)` gives each argument as JSON."""
    text = _text(decoded)
    blocks = require_blocks(decoded("blocks", "invalid_blocks_format"))
    attachments = _attachments(decoded("attachments", "invalid_attachments"))
    if not text and not blocks and not attachments:
        raise SlackError("no_text")
    return Content(text[:MOST_TEXT], blocks, attachments, _metadata(decoded))


def _text(decoded: Read) -> str:
    markdown = decoded("markdown_text", "")
    text = decoded("text", "")
    if markdown and (text or decoded("blocks", "invalid_blocks_format")):
        raise SlackError("markdown_text_conflict")
    if markdown and len(markdown) > 12_000:
        raise SlackError("msg_too_long")
    return str(markdown or text or "").strip()


def require_blocks(blocks: Any) -> list[Json]:
    """The blocks with their ids filled in. Raises invalid_blocks saying where."""
    if blocks is None:
        return []
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    if problems := message_problems(blocks):
        raise SlackError(
            "invalid_blocks", errors=problems, response_metadata={"messages": problems}
        )
    packed = json.dumps(blocks, ensure_ascii=False, separators=(",", ":"))
    if len(packed) > MOST_BLOCK_CHARS:
        raise SlackError("msg_blocks_too_long")
    return with_ids(json.loads(packed))


def with_ids(blocks: list[Json]) -> list[Json]:
    """Give every block and element the id that Slack makes up when the app gave none."""
    for block in blocks:
        if not block.get("block_id"):
            block["block_id"] = secrets.token_urlsafe(4)[:5]
        for element in elements_of(block):
            if element["type"] != "image" and not element.get("action_id"):
                element["action_id"] = secrets.token_urlsafe(4)[:5]
    return blocks


def _attachments(value: Any) -> list[Json]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise SlackError("invalid_attachments")
    if len(value) > 100:
        raise SlackError("too_many_attachments")
    for item in value:
        require_blocks(item.get("blocks"))
    return value


def _metadata(decoded: Read) -> Json | None:
    value = decoded("metadata", "invalid_metadata_format")
    if value is None:
        return None
    if not isinstance(value, dict):
        raise SlackError("invalid_metadata_format")
    if not isinstance(value.get("event_type"), str) or not value["event_type"]:
        raise SlackError("invalid_metadata_schema")
    if not isinstance(value.get("event_payload"), dict) or len(value["event_type"]) > 255:
        raise SlackError("invalid_metadata_schema")
    if len(json.dumps(value).encode()) > MOST_METADATA_BYTES:
        raise SlackError("metadata_too_large")
    return value
