"""The Web API: one module a family of methods, called through `answer`."""

import importlib
import pkgutil

from slack_sandbox.api.ask import Ask
from slack_sandbox.api.registry import METHODS, Method
from slack_sandbox.errors import SlackError, invalid_arguments
from slack_sandbox.model import Json
from slack_sandbox.rates import Rates
from slack_sandbox.workspace import Workspace

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")


def answer(
    space: Workspace, rates: Rates, name: str, args: Json, token: str | None, is_json: bool
) -> Json:
    """Carry out one call. Raises SlackError with Slack's own code if it must be refused."""
    found = METHODS.get(name)
    if found is None:
        raise SlackError("unknown_method", req_method=name)
    if not name.startswith("api."):
        _authenticate(space, token, found)
    if is_json and not found.takes_json:
        args = {}
    with space.lock:
        _admit(Ask(space, args), rates, name, found)
        return {"ok": True, **found.handler(Ask(space, args))}


def _authenticate(space: Workspace, token: str | None, method: Method) -> None:
    if not token:
        raise SlackError("not_authed")
    wanted, other = space.token, space.app_token
    if method.for_app:
        wanted, other = other, wanted
    if token == other:
        raise SlackError("not_allowed_token_type")
    if token != wanted:
        raise SlackError("invalid_auth")
    if space.token_error and not method.for_app:
        raise SlackError(space.token_error)


def _admit(ask: Ask, rates: Rates, name: str, found: Method) -> None:
    ask.need(*found.scopes)
    rates.admit(name, found.tier, ask.text("channel"), ask.space.clock())
    missing = [f for f in found.required if ask.args.get(f) in (None, "")]
    if missing:
        raise invalid_arguments(*(f"missing required field: {field}" for field in missing))
