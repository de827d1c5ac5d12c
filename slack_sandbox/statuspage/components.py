"""The page itself and its components."""

from slack_sandbox.model import Json
from slack_sandbox.statuspage import fields
from slack_sandbox.statuspage.model import COMPONENT_STATUSES, Component
from slack_sandbox.statuspage.routes import Ask, route

_FIELDS: dict[str, fields.Check] = {
    "status": fields.one_of(COMPONENT_STATUSES),
    "name": fields.text(255),
    "description": fields.text(25_000),
}


def _shown(ask: Ask, component: Component) -> Json:
    position = list(ask.board.components).index(component.id) + 1
    return component.as_api(ask.board.page_id, position)


@route("GET", "")
def get_page(ask: Ask) -> Json:
    return {"id": ask.board.page_id, "name": "Sandbox", "url": ask.board.page_url}


@route("GET", "/components")
def list_components(ask: Ask) -> list[Json]:
    listed = [_shown(ask, component) for component in ask.board.components.values()]
    return fields.page(ask.request.query, listed)


@route("GET", "/components/{component}")
def get_component(ask: Ask) -> Json:
    return _shown(ask, ask.component())


@route("PATCH", "/components/{component}")
def patch_component(ask: Ask) -> Json:
    """Silent: a component's status notifies nobody."""
    component = ask.component()
    wanted = ask.sent("component", _FIELDS)
    component.name = wanted.get("name", component.name)
    component.description = wanted.get("description", component.description)
    ask.board.move(component.id, wanted.get("status", component.status))
    return _shown(ask, component)
