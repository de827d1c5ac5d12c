"""apps.connections.open: a place to connect to in Socket Mode, for a token of the app's."""

from slack_sandbox.api.ask import Ask
from slack_sandbox.api.registry import method
from slack_sandbox.errors import SlackError
from slack_sandbox.model import APP_ID, Json


@method("apps.connections.open", for_app=True)
def open_connection(ask: Ask) -> Json:
    space = ask.space
    if "connections:write" not in space.app_scopes:
        provided = ",".join(sorted(space.app_scopes))
        raise SlackError("missing_scope", needed="connections:write", provided=provided)
    origin = space.origin.replace("http", "ws", 1)
    return {"url": f"{origin}/link/?ticket={space.new_ticket()}&app_id={APP_ID}"}
