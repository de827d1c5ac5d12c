"""Act as a person in a modal: fill it in, submit, close, ask for suggestions."""

from collections.abc import Mapping
from typing import Any

from slack_sandbox import inputs, modals, payloads
from slack_sandbox.app_link import Answer, AppLink
from slack_sandbox.blockkit.blocks import elements_of
from slack_sandbox.blockkit.elements import OPTION, OPTION_GROUP, options_of
from slack_sandbox.blockkit.schema import Report, many
from slack_sandbox.blockkit.views import require_valid
from slack_sandbox.errors import SlackError
from slack_sandbox.model import Json, View
from slack_sandbox.people import find_element
from slack_sandbox.workspace import Workspace

TROUBLE = "We had some trouble connecting. Try again?"


class Forms:
    def __init__(self, space: Workspace, app: AppLink) -> None:
        self.space, self.app = space, app

    def top(self, user: str) -> View | None:
        stack = self.space.views.get(user)
        return stack[-1] if stack else None

    def _open(self, user: str) -> View:
        view = self.top(user)
        if view is None:
            raise LookupError(f"{user} has no view open")
        return view

    def fill(self, user: str, values: Mapping[str, Any]) -> View:
        """Type into fields named block_id, action_id or block_id/action_id.

        Raises LookupError for another name, ValueError for an option that is not offered.
        """
        with self.space.lock:
            view = self._open(user)
            for name, value in values.items():
                block, element = _field(view, name)
                key = (block["block_id"], element["action_id"])
                view.typed[key] = inputs.state(element, value, view.offered.get(key, []))
            self.space.changed()
            return view

    def submit(
        self, user: str, values: Mapping[str, Any] | None = None, *, force: bool = False
    ) -> Answer:
        """Fill and press submit; `force` skips what Slack's own client checks first."""
        with self.space.lock:
            view = self.fill(user, values or {})
            if not force and (errors := _incomplete(view)):
                view.errors = errors
                self.space.changed()
                return Answer(errors=errors, view=view)
            trigger = self.space.new_trigger(user, view_id=view.id)
            payload = payloads.submission(self.space.user(user), view, trigger.id)
        answer = self.app.post_payload(payload)
        with self.space.lock:
            self._after(user, view, answer)
            answer.view = self.top(user)
            self.space.changed()
        return answer

    def _after(self, user: str, view: View, answer: Answer) -> None:
        view.errors = {"": TROUBLE} if answer.error else {}
        if answer.error:
            return
        if not answer.body.strip():
            modals.pop(self.space, view)
            return
        body = answer.json
        try:
            self._respond(user, view, body, answer)
        except (SlackError, KeyError, TypeError, AttributeError) as error:
            what = error.as_json() if isinstance(error, SlackError) else repr(error)
            self.space.violated(f"answer to view_submission: {what}")
            answer.error, view.errors = "invalid_response", {"": TROUBLE}

    def _respond(self, user: str, view: View, body: Json, answer: Answer) -> None:
        match body.get("response_action"):
            case "errors":
                known = {b["block_id"] for b in view.blocks if b["type"] == "input"}
                if not body["errors"] or not known.issuperset(body["errors"]):
                    raise SlackError("errors_not_input_blocks", got=sorted(body["errors"]))
                view.errors = answer.errors = dict(body["errors"])
            case "update":
                self._require_valid(body["view"])
                modals.replace(self.space, view, body["view"])
            case "push":
                self._require_valid(body["view"])
                modals.push(self.space, user, body["view"])
            case "clear":
                modals.clear(self.space, user)
            case other:
                raise SlackError("invalid_response_action", got=other)

    def _require_valid(self, content: Json) -> None:
        require_valid(content)
        self.space.check_dates(content)

    def close(self, user: str, *, all_views: bool = False) -> Answer:
        with self.space.lock:
            view = self._open(user)
            cleared = all_views or bool(view.content.get("clear_on_close"))
            closing = self.space.views[user] if cleared else [view]
            heard = [v for v in closing if v.content.get("notify_on_close")]
            sent = [payloads.closed(self.space.user(user), v, cleared) for v in heard]
            modals.clear(self.space, user) if cleared else modals.pop(self.space, view)
        answer = Answer()
        for payload in sent:
            answer = self.app.post_payload(payload)
        answer.view = self.top(user)
        return answer

    def choose(self, user: str, action_id: str, value: Any = None) -> Answer:
        """Change one element, or press a button; the app hears of it when it dispatches."""
        with self.space.lock:
            view = self._open(user)
            block, element = _field(view, action_id)
            if element["type"] in ("button", "overflow"):
                state = None
            else:
                self.fill(user, {action_id: value})
                state = view.typed[(block["block_id"], element["action_id"])]
            if block["type"] == "input" and not block.get("dispatch_action"):
                return Answer(view=view)
            act = payloads.action(element, block["block_id"], state, self.space.new_ts())
            trigger = self.space.new_trigger(user, view_id=view.id)
            payload = payloads.in_view(self.space.user(user), view, act, trigger.id)
        answer = self.app.post_payload(payload)
        with self.space.lock:
            answer.view = self.top(user)
            if answer.error and answer.view:
                answer.view.errors = {"": TROUBLE}
                self.space.changed()
        return answer

    def suggest(self, user: str, action_id: str, query: str) -> Answer:
        """Type into an external_select; below min_query_length (3) Slack does not ask."""
        with self.space.lock:
            view = self._open(user)
            block, element = _field(view, action_id)
            if len(query) < int(element.get("min_query_length", 3)):
                return Answer(view=view)
            person = self.space.user(user)
            payload = payloads.suggestion(person, view, element, block["block_id"], query)
        answer = self.app.post_payload(payload)
        answer.view = view
        if answer.error is None:
            self._offer(view, (block["block_id"], element["action_id"]), answer)
        return answer

    def _offer(self, view: View, key: tuple[str, str], answer: Answer) -> None:
        report, body = Report(), answer.json
        if "option_groups" in body:
            many(OPTION_GROUP, 100, 0)(report, body["option_groups"], "/option_groups")
        else:
            many(OPTION, 100, 0)(report, body.get("options"), "/options")
        with self.space.lock:
            if report.problems:
                self.space.violated(f"answer to block_suggestion: {report.problems}")
                answer.error = "invalid_options"
                return
            answer.options = options_of(body)
            view.offered[key] = answer.options


def _field(view: View, name: str) -> tuple[Json, Json]:
    """Raises LookupError naming what is there."""
    for block in view.blocks:
        elements = list(elements_of(block))
        if block["block_id"] == name and elements:
            return block, elements[0]
        for element in elements:
            if f"{block['block_id']}/{element.get('action_id')}" == name:
                return block, element
    return find_element(view.blocks, name)


def _incomplete(view: View) -> dict[str, str]:
    errors = {}
    for block in view.blocks:
        if block["type"] == "input":
            key = (block["block_id"], block["element"]["action_id"])
            if complaint := inputs.complaint(block, view.typed[key]):
                errors[str(block["block_id"])] = complaint
    return errors
