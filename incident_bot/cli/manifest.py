"""Print the manifest of the Slack app.

It asks for the scopes and events of this version and of what comes next, so that the app is
installed again only once. What CAPTURE_REACTIONS turns off is left out.
"""

import json
import re
from typing import Any, Final
from urllib.parse import quote, urlsplit

import click

from incident_bot.cli._answer import Answer, json_option
from incident_bot.cli._help import examples
from incident_bot.doctor.scopes import COMMAND, bot_events, bot_scopes
from incident_bot.errors import ConfigError
from incident_bot.settings.inspection import captures_reactions

_DESCRIPTION: Final = "Declare an incident, get everybody together, keep everybody told."
_LONG_DESCRIPTION: Final = (
    "Type /incident in any channel to declare an incident. Within seconds it has a channel with "
    "the right people in it, a card that stays true, and everybody who must know has been told.\n\n"
    "Whoever commands it posts updates, changes its severity and resolves it with a button or a "
    "command; the timeline writes itself, and the postmortem is drafted from it. Your team hosts "
    "this bot itself: what it records stays in your own database."
)
_COLOUR: Final = "#2f2a4a"
"""The color behind the icon and the name of the app, as in docs/icon.svg."""

SHORTCUTS: Final = (
    {
        "name": "Add to timeline",
        "type": "message",
        "callback_id": "note",
        "description": "Put this message on the timeline of an incident",
    },
)
"""The lines in the menu of each message; the callback names the subcommand."""

_LOCAL: Final = ("localhost", "127.0.0.1", "::1")
_HOST: Final = re.compile(r"[A-Za-z0-9.:-]+")


@click.command(
    help=__doc__, epilog=examples("manifest --url https://bot.example.com", "manifest --socket")
)
@click.option("--url", metavar="URL", help="The address at which Slack reaches the bot: https://…")
@click.option(
    "--socket",
    is_flag=True,
    help="Have Slack use the connections of `incident-bot socket`, without an address.",
)
@click.option(
    "--name", metavar="NAME", default="Incident Bot", show_default=True, help="The app's name."
)
@json_option("Print it on one line, for a script.")
def command(url: str | None, socket: bool, name: str) -> Answer:
    if fault := _way_fault(url, socket) or name_fault(name):
        raise ConfigError(fault)
    found = manifest(url, name)
    return Answer(found=found, lines=[json.dumps(found, indent=2, ensure_ascii=False)])


def _way_fault(url: str | None, socket: bool) -> str | None:
    if (url is None) != socket:
        return (
            "Give one of --url, for the address at which Slack reaches the bot, and --socket, "
            "where it has none."
        )
    return url_fault(url) if url is not None else None


def url_fault(url: str) -> str | None:
    """Return what is wrong with the address, in a sentence; None when Slack can be given it."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or port == 0 or not _HOST.fullmatch(host) or parts.username is not None:
        return "--url must be a full address, for example https://bot.example.com"
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOCAL):
        return "--url must begin with https://, since Slack sends what people type"
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        return f"--url must end after the host: {parts.scheme}://{parts.netloc}"
    return None


def name_fault(name: str) -> str | None:
    """Return what is wrong with the app's name, in a sentence."""
    # docs.slack.dev: app manifest, display_information.name
    return None if 1 <= len(name.strip()) <= 35 else "--name must have 1 to 35 characters"


def manifest(url: str | None, name: str = "Incident Bot") -> dict[str, Any]:
    """Return the manifest of an app that is reached at `url`, or in Socket Mode without one.

    docs.slack.dev: app manifest
    """
    slack = f"{url.rstrip('/')}/slack" if url is not None else None
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": name.strip(),
            "description": _DESCRIPTION,
            "long_description": _LONG_DESCRIPTION,
            "background_color": _COLOUR,
        },
        "features": {
            # People read the bot's messages there; what they type to it would go unanswered.
            "app_home": {
                "home_tab_enabled": False,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": _bot_name(name), "always_online": True},
            "shortcuts": [dict(each) for each in SHORTCUTS],
            "slash_commands": [
                {
                    "command": COMMAND,
                    **_at("url", slack, "commands"),
                    "description": "Declare an incident and run it",
                    "usage_hint": "declare P1 api-gateway what is wrong | list | help",
                    "should_escape": True,
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": bot_scopes(with_reactions=captures_reactions())}},
        "settings": _settings(slack),
    }


def create_link(url: str | None, name: str = "Incident Bot") -> str:
    """Return the address at which Slack offers to create the app of this manifest."""
    text = json.dumps(manifest(url, name), separators=(",", ":"))
    return f"https://api.slack.com/apps?new_app=1&manifest_json={quote(text, safe='')}"


def _at(name: str, slack: str | None, place: str) -> dict[str, str]:
    """Return an address by its name, where there is one."""
    return {name: f"{slack}/{place}"} if slack is not None else {}


def _settings(slack: str | None) -> dict[str, Any]:
    listed = bot_events(with_reactions=captures_reactions())
    subscribed = {**_at("request_url", slack, "events"), "bot_events": listed}
    return {
        "event_subscriptions": subscribed,
        "interactivity": {
            "is_enabled": True,
            **_at("request_url", slack, "interactions"),
            **_at("message_menu_options_url", slack, "interactions"),
        },
        "org_deploy_enabled": False,
        "socket_mode_enabled": slack is None,
        "token_rotation_enabled": False,
    }


def _bot_name(name: str) -> str:
    """Return the name with only what a bot user's may have (docs.slack.dev: app manifest)."""
    return re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-") or "incident-bot"
