"""The web process's composition root."""

import atexit

from flask import Flask

from incident_bot import commands, events
from incident_bot import log as logs
from incident_bot import settings as environment
from incident_bot.clients.queue import Notifier
from incident_bot.clients.slack import Slack
from incident_bot.settings import Settings
from incident_bot.store.database import Database
from incident_bot.web import health, metrics
from incident_bot.web.slack import routes
from incident_bot.web.slack.dispatch import Dispatcher
from incident_bot.web.slack.intake import Intake
from incident_bot.web.slack.own_workspace import OwnWorkspace
from incident_bot.web.slack.sightings import Sightings

MAX_BODY_BYTES = 1_000_000


def create_app(settings: Settings | None = None) -> Flask:
    """Return the WSGI application; raises ConfigError naming every setting that is wrong.

    Raises NotLoaded for a command that does not say who may use it, and for an event that is none.
    """
    config = settings or environment.from_environment()
    logs.configure(config.log_level, config.log_format)
    app = Flask("incident_bot", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    database = make_database(config)
    atexit.register(database.close)
    app.register_blueprint(routes.blueprint(config, make_intake(config, database)))
    app.register_blueprint(health.blueprint(database))
    app.register_blueprint(metrics.blueprint(database, config, program="web"))
    app.before_request(_name_request)
    metrics.count_requests(app)
    app.extensions["database"] = database
    return app


def _name_request() -> None:
    logs.name_request()
    logs.incident.set(None)  # this thread's last request may have been about one


def make_database(config: Settings) -> Database:
    """Return the database of a process that answers Slack."""
    return Database(
        config.database_url,
        pool_size=config.database_pool_size,
        notify=Notifier(config.redis_url).notify,
    )


def make_intake(config: Settings, database: Database) -> Intake:
    """Return the intake of Slack's requests, wired.

    Raises NotLoaded for a command that does not say who may use it, and for an event that is none.
    """
    commands.by_word()
    events.all_events()
    slack = Slack(config.slack_bot_token, config.slack_api_url)
    dispatcher = Dispatcher(settings=config, database=database, slack=slack)
    return Intake(
        settings=config,
        dispatcher=dispatcher,
        own_workspace=OwnWorkspace(database),
        sightings=Sightings(database),
    )
