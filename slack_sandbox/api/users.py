"""People and user groups."""

from slack_sandbox.api.ask import Ask
from slack_sandbox.api.registry import method
from slack_sandbox.errors import SlackError
from slack_sandbox.model import Json

_READ = ("users:read",)


def _with_email(ask: Ask) -> bool:
    return "users:read.email" in ask.space.scopes


@method("users.info", required=("user",), scopes=_READ, tier=100, takes_json=False)
def info(ask: Ask) -> Json:
    return {"user": ask.space.user(ask.text("user")).as_api(_with_email(ask))}


@method("users.list", scopes=_READ, tier=20, takes_json=False)
def list_all(ask: Ask) -> Json:
    page, more = ask.page(list(ask.space.users.values()))
    members = [user.as_api(_with_email(ask)) for user in page]
    return {"members": members, "response_metadata": {"next_cursor": more}}


@method(
    "users.lookupByEmail",
    required=("email",),
    scopes=("users:read.email",),
    tier=50,
    takes_json=False,
)
def by_email(ask: Ask) -> Json:
    wanted = ask.text("email").lower()
    for user in ask.space.users.values():
        if user.email.lower() == wanted and not user.deleted:
            return {"user": user.as_api()}
    raise SlackError("users_not_found")


@method(
    "usergroups.users.list",
    required=("usergroup",),
    scopes=("usergroups:read",),
    tier=20,
    takes_json=False,
)
def group_members(ask: Ask) -> Json:
    users = ask.space.usergroups.get(ask.text("usergroup"))
    if users is None:
        raise SlackError("no_such_subteam")
    return {"users": users}
