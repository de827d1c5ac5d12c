"""Serve Slack's requests under gunicorn.

Everything is a setting; docs/CONFIGURATION.md has them all. Where gunicorn has a further option
that you need, put it into GUNICORN_CMD_ARGS, as for gunicorn itself.
"""

from typing import Final, NoReturn

import click
from flask import Flask
from gunicorn.app.base import Application

from incident_bot import log as logs
from incident_bot import metrics, settings
from incident_bot.app import create_app
from incident_bot.cli._help import examples
from incident_bot.errors import ConfigError
from incident_bot.libraries import require
from incident_bot.settings import Settings
from incident_bot.store import capacity, schema
from incident_bot.web.gunicorn_options import options

require("gunicorn>=27,<28", Application, "do_load_config", "load_config", "load_config_from_file")
require("gunicorn>=27,<28", Application, "load_default_config", "load")

IS_PROGRAM: Final = True


@click.command(help=__doc__, epilog=examples("web"))
def command() -> None:
    config = settings.from_environment()
    logs.configure(config.log_level, config.log_format)
    schema.require(config.database_url)
    capacity.warn(config)
    metrics.share()
    _Server(config).run()


class _Server(Application):  # type: ignore[misc]
    """gunicorn with our settings; each worker process makes its own application after the fork."""

    def __init__(self, config: Settings) -> None:
        self._settings = config
        super().__init__()

    def do_load_config(self) -> None:
        """Load the options; gunicorn's own way would print a traceback where one is wrong."""
        self.load_default_config()
        self.load_config()

    def load_config(self) -> None:
        """Take our options and then those of GUNICORN_CMD_ARGS, but no word of our command line."""
        for name, value in options(self._settings).items():
            self.cfg.set(name, value)
        try:
            self._take(self.cfg.get_cmd_args_from_env())
        except (ValueError, TypeError, RuntimeError) as error:
            raise ConfigError(f"GUNICORN_CMD_ARGS: {error}") from None

    def _take(self, words: list[str]) -> None:
        parser = self.cfg.parser()
        parser.error = _refuse
        given = vars(parser.parse_args(words))
        del given["args"]
        if given["config"]:
            self.load_config_from_file(given["config"])
        for name, value in given.items():
            if value is not None:
                self.cfg.set(name.lower(), value)

    def load(self) -> Flask:
        return create_app(self._settings)


def _refuse(message: str) -> NoReturn:
    raise ValueError(message)
