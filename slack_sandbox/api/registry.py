"""The table of Web API methods, filled by the `@method` lines of this folder."""

from collections.abc import Callable
from dataclasses import dataclass

from slack_sandbox.api.ask import Ask
from slack_sandbox.model import Json

Handler = Callable[[Ask], Json]


@dataclass(frozen=True, slots=True)
class Method:
    """`tier` is calls a minute; `takes_json` is false where Slack reads form fields only.

    `for_app` is true where the token is the app's, and not the bot's.
    """

    handler: Handler
    required: tuple[str, ...]
    scopes: tuple[str, ...]
    tier: int | None
    takes_json: bool
    for_app: bool


METHODS: dict[str, Method] = {}


def method(
    name: str,
    *,
    required: tuple[str, ...] = (),
    scopes: tuple[str, ...] = (),
    tier: int | None = None,
    takes_json: bool = True,
    for_app: bool = False,
) -> Callable[[Handler], Handler]:
    """Register a handler; `scopes` are alternatives, any one is enough."""

    def register(handler: Handler) -> Handler:
        METHODS[name] = Method(handler, required, scopes, tier, takes_json, for_app)
        return handler

    return register
