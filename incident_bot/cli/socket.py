"""Take Slack's requests over connections that the bot opens itself, without a public address.

This is Slack's Socket Mode. It needs SLACK_APP_TOKEN; docs/SLACK_SETUP.md says where to get it.
"""

import logging
import threading
import time
from contextlib import suppress
from typing import Final

import click

from incident_bot import __version__, settings, worker
from incident_bot import log as logs
from incident_bot.app import make_database, make_intake
from incident_bot.cli._faults import OK, WRONG
from incident_bot.cli._help import examples
from incident_bot.clients.queue import Stop
from incident_bot.clients.slack_lookup import SlackLookup
from incident_bot.clients.socket_mode import WHERE, SocketMode
from incident_bot.errors import ConfigError, DeliveryError, Unavailable
from incident_bot.settings import Settings
from incident_bot.store import capacity, heartbeats, schema
from incident_bot.store.database import Database
from incident_bot.web.metrics_server import MetricsServer
from incident_bot.web.slack.envelopes import Envelopes

IS_PROGRAM: Final = True

log = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 0.5
_BEAT_SECONDS: Final = 5.0


@click.command(help=__doc__, epilog=examples("socket"))
def command() -> int:
    config = settings.from_environment()
    if not config.slack_app_token:
        raise ConfigError(f"SLACK_APP_TOKEN is missing: `incident-bot socket` needs it. {WHERE}.")
    logs.configure(config.log_level, config.log_format)
    schema.require(config.database_url)
    capacity.warn(config)
    threading.excepthook = worker.end_at_bug
    stopping = worker.stop_on_signals()
    with make_database(config) as database:
        return _serve(config, database, stopping)


def _serve(config: Settings, database: Database, stopping: Stop) -> int:
    intake = make_intake(config, database)
    envelopes = Envelopes(intake, intake.dispatcher.slack, threads=config.web_threads)
    sockets = SocketMode(config.slack_app_token, config.slack_api_url, envelopes.take)
    log.info("socket starts", extra={"version": __version__, "threads": config.web_threads})
    sockets.start()
    port = config.socket_metrics_port
    metrics_server = MetricsServer(config, database, port=port, program="socket")
    metrics_server.start()
    beat_at, is_compared = 0.0, False
    while not stopping.wait(_LOOK_SECONDS) and sockets.is_running:
        if sockets.refusal and not sockets.was_ready:
            raise ConfigError(sockets.refusal)
        if sockets.connected and time.monotonic() >= beat_at:
            beat_at = time.monotonic() + _BEAT_SECONDS
            _beat(database)
        if sockets.app_id and not is_compared:
            is_compared = True
            threading.Thread(
                target=_compare_apps, args=[config, sockets.app_id], name="apps", daemon=True
            ).start()
    sockets.stop()
    envelopes.close()
    metrics_server.stop()
    return OK if stopping.is_set() else WRONG


def _compare_apps(config: Settings, app_id: str) -> None:
    """Complain where the two tokens are of different apps, one of which asks and the other answers.

    Nothing is said where Slack does not say which app the bot's token is of.
    """
    slack = SlackLookup(config.slack_bot_token, config.slack_api_url)
    with suppress(DeliveryError):
        bots_app = slack.app_id()
        if bots_app != app_id:
            log.error("tokens of two apps", extra={"app_id": app_id, "bot_app_id": bots_app})


def _beat(database: Database) -> None:
    """Note that requests can come, for `incident-bot healthy`."""
    try:
        database.run(heartbeats.beat_socket)
    except Unavailable as problem:
        log.debug("no heartbeat", extra={"problem": str(problem)})
