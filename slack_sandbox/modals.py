"""The stack of modals on a person's screen and what they have typed into it."""

from copy import deepcopy
from typing import Any

from slack_sandbox.blockkit.blocks import elements_of
from slack_sandbox.content import with_ids
from slack_sandbox.errors import SlackError
from slack_sandbox.inputs import initial
from slack_sandbox.model import Json, View
from slack_sandbox.workspace import Workspace

MOST_VIEWS = 3


def new_view(space: Workspace, user: str, content: Json) -> View:
    view_id = space.new_id("V")
    view = View(view_id, user, deepcopy(content), space.fingerprint(), view_id)
    _fill(view)
    return view


def _fill(view: View) -> None:
    """Keep values where block_id and action_id are the same; the rest starts anew."""
    kept, view.typed = view.typed, {}
    for block in with_ids(view.blocks):
        for element in elements_of(block):
            key = (block["block_id"], element.get("action_id", ""))
            start = initial(element)
            if start is None:
                continue
            before = kept.get(key)
            same = before is not None and before["type"] == start["type"]
            view.typed[key] = before if same and before is not None else start


def require_free(space: Workspace, content: Json, own: View | None) -> None:
    """Raises duplicate_external_id if another open view has it."""
    external_id: Any = content.get("external_id")
    if external_id and space.view_called(external_id) not in (None, own):
        raise SlackError("duplicate_external_id")


def open_view(space: Workspace, user: str, content: Json) -> View:
    view = new_view(space, user, content)
    space.views[user] = [view]
    space.changed()
    return view


def push(space: Workspace, user: str, content: Json) -> View:
    """Raises push_limit_reached on the fourth."""
    stack = space.views.get(user) or []
    if len(stack) >= MOST_VIEWS:
        raise SlackError("push_limit_reached")
    view = new_view(space, user, content)
    if stack:
        view.root_id, view.previous_id = stack[0].id, stack[-1].id
    space.views[user] = [*stack, view]
    space.changed()
    return view


def replace(space: Workspace, view: View, content: Json) -> None:
    view.content, view.hash, view.errors = deepcopy(content), space.fingerprint(), {}
    _fill(view)
    space.changed()


def pop(space: Workspace, view: View) -> None:
    stack = space.views.get(view.user) or []
    space.views[view.user] = [other for other in stack if other is not view]
    space.changed()


def clear(space: Workspace, user: str) -> None:
    space.views[user] = []
    space.changed()
