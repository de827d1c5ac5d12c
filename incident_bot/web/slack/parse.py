"""Reads what was asked for from Slack's bytes; anything that is not Slack's shape is malformed."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

from incident_bot.clients.slack_messages import message_of
from incident_bot.commands import InteractionType, Request
from incident_bot.domain import mentions
from incident_bot.domain.capture import Message, is_ts
from incident_bot.domain.text import first_word, folded, machine_word, sanitize, visible
from incident_bot.errors import Malformed
from incident_bot.render.forms import AGAIN, OPEN, RESPONSE_URL
from incident_bot.web.slack import markup

_MAX_FIELDS: Final = 100
_MAX_ID: Final = 255  # what is part of a key must fit into an index


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Text that somebody typed into a searching select of an open form."""

    word: str
    block_id: str
    query: str


def form_fields(body: bytes) -> dict[str, str]:
    """Return the fields of a form body, cleaned; raises Malformed."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=_MAX_FIELDS,
        )
    except ValueError as error:
        raise Malformed(type(error).__name__) from None
    return {sanitize(name): sanitize(value) for name, value in pairs}


def json_object(text: str | bytes) -> dict[str, Any]:
    """Return a JSON object; raises Malformed for anything else, however deep or large."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed(type(error).__name__) from None
    if not isinstance(found, dict):
        raise Malformed("not an object")
    return found


def payload(body: bytes) -> dict[str, Any]:
    """Return the JSON that an interaction's form body carries; raises Malformed."""
    found = form_fields(body).get("payload")
    if found is None:
        raise Malformed("payload")
    return json_object(found)


def command(fields: Mapping[str, str]) -> Request:
    """Read a slash command; raises Malformed without the fields Slack always sends."""
    word, rest = first_word(markup.typed(_need(fields, "text")))
    return Request(
        type=InteractionType.COMMAND,
        key=f"command:{_id(fields, 'trigger_id')}",
        word=_subcommand(mentions.plain(word, {})) or "help",
        rest=visible(rest.rstrip()),
        user_id=_id(fields, "user_id"),
        channel_id=_id(fields, "channel_id"),
        trigger_id=_id(fields, "trigger_id"),
        response_url=_maybe(fields, "response_url"),
    )


def _subcommand(typed: str) -> str:
    return machine_word(typed) or folded(typed)


def interaction(payload: Mapping[str, Any]) -> Request | Search | None:
    """Read a form, a button, a choice, a search or a menu; None for what asks nothing of us."""
    match payload.get("type"):
        case "view_submission":
            return _submission(payload)
        case "block_actions" if "view" in payload and not _is_at_home(payload):
            return _choice(payload)
        case "block_actions":
            return _press(payload)
        case "block_suggestion":
            return _search(payload)
        case "message_action" | "shortcut":
            return _shortcut(payload)
        case _:
            return None


def challenge(content: Mapping[str, Any]) -> str | None:
    """Return what Slack wants repeated when it asks whether the URL of events is ours."""
    found = content.get("challenge") if content.get("type") == "url_verification" else None
    return found if isinstance(found, str) else None


def event(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what happened, from what Slack wraps around it; empty when nothing did."""
    inner = content.get("event")
    return inner if isinstance(inner, dict) else {}


def _submission(payload: Mapping[str, Any]) -> Request:
    view = _object(payload, "view")
    word, form_name = _called(view)
    metadata = json_object(_need(view, "private_metadata") or "{}")
    return Request(
        type=InteractionType.SUBMISSION,
        key=f"form:{_id(metadata, 'nonce')}",
        word=word,
        rest="",
        user_id=_id(_object(payload, "user"), "id"),
        channel_id=_maybe_id(metadata, "channel_id"),
        trigger_id=_maybe(payload, "trigger_id"),
        form_name=form_name,
        incident_id=_number(metadata.get("incident")),
        form=_values(_object(_object(view, "state"), "values")),
        metadata=metadata,
        view_id=_maybe_id(view, "id"),
        response_url=_maybe(metadata, RESPONSE_URL),
    )


def _choice(payload: Mapping[str, Any]) -> Request:
    view = _object(payload, "view")
    word, form_name = _called(view)
    metadata = json_object(_need(view, "private_metadata") or "{}")
    return Request(
        type=InteractionType.CHOICE,
        key=f"choice:{_id(payload, 'trigger_id')}",
        word=word,
        rest=_need(_action(payload), "action_id"),
        user_id=_id(_object(payload, "user"), "id"),
        channel_id=_maybe_id(metadata, "channel_id"),
        trigger_id=_id(payload, "trigger_id"),
        form_name=form_name,
        form=_values(_object(_object(view, "state"), "values")),
        metadata=metadata,
        view_id=_id(view, "id"),
    )


def _is_at_home(payload: Mapping[str, Any]) -> bool:
    """Say whether it was pressed in the app's Home tab, which is in no channel and is no form."""
    return _object(payload, "view").get("type") == "home"


def _shortcut(payload: Mapping[str, Any]) -> Request:
    """Read what was chosen in the menu of a message, or in Slack's own, where there is none."""
    word, _ = _called(payload)
    source = _source(payload) if payload.get("type") == "message_action" else None
    return Request(
        type=InteractionType.SHORTCUT,
        key=f"shortcut:{_id(payload, 'trigger_id')}",
        word=word,
        rest="",
        user_id=_id(_object(payload, "user"), "id"),
        channel_id=source.channel_id if source else None,
        trigger_id=_id(payload, "trigger_id"),
        response_url=_maybe(payload, "response_url"),
        source=source,
    )


def _source(payload: Mapping[str, Any]) -> Message:
    found = message_of(_id(_object(payload, "channel"), "id"), _object(payload, "message"))
    if not is_ts(found.ts):
        raise Malformed("message")
    return found


def _press(payload: Mapping[str, Any]) -> Request:
    action_id, value = _pressed(_action(payload))
    word, _, stands_for = action_id.partition(":")
    name, _, rest = stands_for.partition(":")
    number, _, line = value.partition(" ")
    container = payload.get("container")
    return Request(
        type=InteractionType.BUTTON,
        key=f"button:{_id(payload, 'trigger_id')}",
        word=word,
        rest=_carried(name, value, rest or line),
        button=name,
        incident_id=None if name in (OPEN, AGAIN) else _number(number),
        user_id=_id(_object(payload, "user"), "id"),
        channel_id=_id(_object(payload, "channel"), "id") if "view" not in payload else None,
        trigger_id=_id(payload, "trigger_id"),
        response_url=_maybe(payload, "response_url"),
        is_ephemeral=isinstance(container, dict) and container.get("is_ephemeral") is True,
    )


def _pressed(action: Mapping[str, Any]) -> tuple[str, str]:
    """Return the id and value of a button; an option of a menu stands for one, as “id value”."""
    if action.get("type") != "overflow":
        return _need(action, "action_id"), _maybe(action, "value") or ""
    action_id, _, value = _need(_object(action, "selected_option"), "value").partition(" ")
    return action_id, value


def _carried(name: str, value: str, rest: str) -> str:
    """Return what a button stands for: what was typed for it, or what follows its number."""
    if name == AGAIN:
        return visible(markup.typed(value).rstrip())
    return value if name == OPEN else rest


def _number(found: object) -> int | None:
    """Return the number of the incident that a form or a button names, if it names one."""
    text = str(found) if isinstance(found, int | str) else ""
    return int(text) if re.fullmatch("[0-9]{1,15}", text) else None


def _search(payload: Mapping[str, Any]) -> Search:
    word, _ = _called(_object(payload, "view"))
    return Search(
        word=word,
        block_id=_need(payload, "block_id"),
        query=_need(payload, "value"),
    )


def _called(view: Mapping[str, Any]) -> tuple[str, str]:
    """Return the subcommand that a form is of, and the form's name."""
    word, _, form_name = _need(view, "callback_id").partition(":")
    return word, form_name


def _action(payload: Mapping[str, Any]) -> dict[str, Any]:
    actions = payload.get("actions")
    if not isinstance(actions, list) or not actions or not isinstance(actions[0], dict):
        raise Malformed("no action")
    return actions[0]


def _values(state: Mapping[str, Any]) -> dict[str, str]:
    """Return what was filled in, by block_id; a block has one input."""
    filled = {}
    for block_id, elements in state.items():
        if not isinstance(elements, dict):
            raise Malformed("state")
        for element in elements.values():
            if not isinstance(element, dict):
                raise Malformed("state")
            filled[sanitize(block_id)] = visible(sanitize(_value(element)))
    return filled


def _value(element: Mapping[str, Any]) -> str:
    """Return what an input holds; of several things that were chosen, a list with commas."""
    options = element.get("selected_options") or [element.get("selected_option")]
    if not isinstance(options, list):
        raise Malformed("state")
    chosen = ",".join(str(each.get("value")) for each in options if isinstance(each, dict))
    found = element.get("value") or chosen or next(filter(None, map(element.get, _CHOSEN)), "")
    if isinstance(found, list):
        return ",".join(each for each in found if isinstance(each, str))
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    return found if isinstance(found, str) else ""


_CHOSEN: Final = (
    "selected_user",
    "selected_users",
    "selected_conversation",
    "selected_conversations",
    "selected_channel",
    "selected_channels",
    "selected_date",
    "selected_time",
    "selected_date_time",
)
"""The fields of inputs that hold no text and no option (docs.slack.dev: view_submission)."""


def _object(source: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = source.get(name)
    if not isinstance(found, dict):
        raise Malformed(name)
    return found


def _need(source: Mapping[str, Any], name: str) -> str:
    found = source.get(name)
    if not isinstance(found, str):
        raise Malformed(name)
    return sanitize(found)


def _id(source: Mapping[str, Any], name: str) -> str:
    found = _need(source, name)
    if not 0 < len(found) <= _MAX_ID:
        raise Malformed(name)
    return found


def _maybe_id(source: Mapping[str, Any], name: str) -> str | None:
    return _id(source, name) if source.get(name) is not None else None


def _maybe(source: Mapping[str, Any], name: str) -> str | None:
    return _need(source, name) if source.get(name) is not None else None
