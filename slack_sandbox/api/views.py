"""Modals and the Home tab."""

from typing import Any

from slack_sandbox import modals
from slack_sandbox.api.ask import Ask
from slack_sandbox.api.registry import method
from slack_sandbox.blockkit.views import require_valid
from slack_sandbox.errors import SlackError, invalid_arguments
from slack_sandbox.model import Json, View


def _content(ask: Ask, kind: str = "modal") -> Any:
    view = ask.decoded("view", "invalid_arguments")
    require_valid(view, kind)
    ask.space.check_dates(view)
    return view


def _trigger(ask: Ask) -> str:
    trigger_id = ask.text("trigger_id") or ask.text("interactivity_pointer")
    if not trigger_id:
        raise invalid_arguments("missing required field: trigger_id")
    return trigger_id


@method("views.open", required=("view",), tier=100)
def open_view(ask: Ask) -> Json:
    content = _content(ask)
    trigger = ask.space.live_trigger(_trigger(ask))
    modals.require_free(ask.space, content, None)
    trigger.used = True
    return {"view": modals.open_view(ask.space, trigger.user, content).as_api()}


@method("views.push", required=("view",), tier=100)
def push(ask: Ask) -> Json:
    content = _content(ask)
    trigger = ask.space.live_trigger(_trigger(ask))
    modals.require_free(ask.space, content, None)
    if trigger.view_id is None or ask.space.view(trigger.view_id) is None:
        raise SlackError("not_found")
    view = modals.push(ask.space, trigger.user, content)
    trigger.used = True
    return {"view": view.as_api()}


def _meant(ask: Ask) -> View:
    view_id, external_id = ask.text("view_id"), ask.text("external_id")
    if not view_id and not external_id:
        raise invalid_arguments("missing required field: view_id")
    found = ask.space.view(view_id) if view_id else ask.space.view_called(external_id)
    if found is None:
        raise SlackError("not_found")
    return found


@method("views.update", required=("view",), tier=100)
def update(ask: Ask) -> Json:
    content = _content(ask)
    view = _meant(ask)
    if ask.text("hash") and ask.text("hash") != view.hash:
        raise SlackError("hash_conflict")
    modals.require_free(ask.space, content, view)
    modals.replace(ask.space, view, content)
    return {"view": view.as_api()}


@method("views.publish", required=("user_id", "view"), tier=100)
def publish(ask: Ask) -> Json:
    content = _content(ask, "home")
    user = ask.space.user(ask.text("user_id"))
    home = ask.space.homes.get(user.id)
    if home and ask.text("hash") and ask.text("hash") != home.hash:
        raise SlackError("hash_conflict")
    ask.space.homes[user.id] = modals.new_view(ask.space, user.id, content)
    ask.space.changed()
    return {"view": ask.space.homes[user.id].as_api()}
