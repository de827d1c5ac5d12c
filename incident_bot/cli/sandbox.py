"""Run a local Slack workspace: the Web API, and a page in the browser to use it."""

import os
import signal
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from incident_bot import settings
from incident_bot.cli._help import examples
from incident_bot.cli._programs import require_sandbox
from incident_bot.doctor.scopes import bot_events
from incident_bot.errors import ConfigError
from incident_bot.settings import Settings
from incident_bot.settings.inspection import captures_reactions

if TYPE_CHECKING:
    from slack_sandbox import Tour


@click.command(
    help=__doc__,
    epilog=examples("sandbox", "sandbox --port 4001 --state slack.json", "sandbox --socket"),
)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    metavar="PORT",
    default=4000,
    show_default=True,
    help="The port to listen on, at 127.0.0.1.",
)
@click.option(
    "--app-url",
    default="http://127.0.0.1:3000",
    metavar="URL",
    show_default=True,
    help="The address of the bot.",
)
@click.option(
    "--status-page-url", metavar="URL", help="Link this status page at the top of the page."
)
@click.option(
    "--state",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Keep the workspace in this file.",
)
@click.option(
    "--socket", is_flag=True, help="Reach the bot in Socket Mode, over `incident-bot socket`."
)
def command(
    port: int, app_url: str, status_page_url: str | None, state: Path | None, socket: bool
) -> None:
    require_sandbox()
    from slack_sandbox import Sandbox
    from slack_sandbox.statefile import StateFile

    slack = Sandbox(
        port=port,
        token=os.environ.get("SLACK_BOT_TOKEN", "xoxb-sandbox"),
        signing_secret=os.environ.get("SLACK_SIGNING_SECRET", "sandbox-signing-secret"),
        app_url=app_url,
        rate_limits=True,
        links={"Status page": status_page_url} if status_page_url else None,
        tour=_tour(),
        app_token=os.environ.get("SLACK_APP_TOKEN", "xapp-sandbox"),
        socket_mode=socket,
    )
    slack.events.subscribed.update(bot_events(with_reactions=captures_reactions()))
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    saved = StateFile(slack.workspace, slack.statuspage, state) if state else None
    slack.start()
    bot = "incident-bot socket" if socket else app_url
    print(f"Slack sandbox on {slack.origin}, talking to {bot}", flush=True)
    print(f"Status page on {slack.statuspage.page_url}", flush=True)
    stopped.wait()
    slack.stop()
    if saved:
        saved.close()


def _tour() -> "Tour | None":
    """Explain the workspace by the settings, unless the bot has none here."""
    try:
        return tour_of(settings.from_environment())
    except ConfigError:
        return None


def tour_of(found: Settings) -> "Tour":
    """Say who is who and what is announced where, and name six things to try."""
    from slack_sandbox import Tour, Try

    service = next(iter(found.service_owners), found.services[0])
    executive = found.p1_users[0] if found.p1_users else "U0DAN"
    return Tour(
        facts=_facts(found),
        tries=(
            Try(
                line=f"/incident declare P1 {service} Checkout returns 500",
                shows="a channel appears with its people, and those who must know are notified",
            ),
            Try(shows=f"Act as <@{executive}>: see what reached them, and nothing more"),
            Try(
                line="/incident status INC-1 identified: the last deploy",
                shows="everybody who was notified reads the update",
            ),
            Try(
                shows="react to a message in the incident's channel with 📌, or choose *Add to "
                "timeline* in its menu (⋯): `/incident timeline` shows it"
            ),
            Try(
                line="/incident claim INC-1",
                shows="typed as somebody else, it puts them in command",
            ),
            Try(
                line="/incident resolved INC-1 rolled back",
                shows="the incident ends, and its postmortem can be written",
            ),
        ),
    )


def _facts(found: Settings) -> list[str]:
    facts = ["You can act as anybody: choose a person under *Act as* and see what they see."]
    for severity, ids in (("P1", found.p1_channels), ("P2", found.p2_channels)):
        if ids:
            facts.append(f"Each {severity} is announced in {_all(f'<#{each}>' for each in ids)}.")
    if found.p1_users:
        people = _all(f"<@{each}>" for each in found.p1_users)
        facts.append(f"Each P1 reaches {people} in a direct message, as it does an executive.")
    for service, owners in found.service_owners.items():
        if owners:
            verb = "is" if len(owners) == 1 else "are"
            people = _all(f"<@{each}>" for each in owners)
            facts.append(f"`{service}` belongs to {people}, who {verb} invited to its incidents.")
    facts.append("🔔 beside a person counts what has notified them: so you can judge the noise.")
    return facts


def _all(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
