"""The settings: names, defaults and meanings, and the only reader of the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta, tzinfo
from pathlib import Path
from typing import Any, Final, TypeVar

from incident_bot.errors import ConfigError
from incident_bot.settings import capturing, misspelt, reminding, sources, urls, values
from incident_bot.settings.secret import Secret
from incident_bot.settings.setting import Setting
from incident_bot.settings.sources import raw, read_env_file
from incident_bot.settings.times import WorkingHours
from incident_bot.settings.values import Wrong

__all__ = [
    "SETTINGS",
    "Secret",
    "Setting",
    "Settings",
    "database_url",
    "errors_in",
    "from_environment",
    "load",
    "log_format",
    "read_env_file",
    "use_env_file",
]

T = TypeVar("T")


_DATABASE_URL: Final = Setting(
    name="DATABASE_URL",
    parse=urls.database_url,
    default=None,
    help="PostgreSQL 14 or later, as postgresql://user:password@host:5432/name.",
)
_LOG_FORMAT: Final = Setting(
    name="LOG_FORMAT",
    parse=values.log_format,
    default="auto",
    help="`json` or `text`; `auto` is text on a terminal and JSON anywhere else.",
)
SETTINGS: Final[tuple[Setting[Any], ...]] = (
    _DATABASE_URL,
    Setting(
        name="SLACK_BOT_TOKEN",
        parse=values.bot_token,
        default=None,
        help="The Bot User OAuth Token of the Slack app; starts with xoxb-.",
    ),
    Setting(
        name="SLACK_SIGNING_SECRET",
        parse=values.signing_secrets,
        default=None,
        help="The Signing Secret of the Slack app; during a rotation `new,old`.",
    ),
    Setting(
        name="SLACK_APP_TOKEN",
        parse=values.app_token,
        default="",
        help="The app-level token for Socket Mode, which `socket` needs; starts with xapp-.",
    ),
    Setting(
        name="SERVICES",
        parse=values.services,
        default=None,
        help="The services people can declare incidents on, separated by commas.",
    ),
    Setting(
        name="REDIS_URL",
        parse=urls.redis_url,
        default="redis://localhost:6379/0",
        help="Redis 6.2 or Valkey 7.2 or later: it only wakes the worker and holds no data.",
    ),
    Setting(
        name="PORT",
        parse=values.number(1, 65535),
        default="3000",
        help="The port `web` listens on.",
    ),
    Setting(
        name="HOST", parse=urls.host, default="127.0.0.1", help="The address `web` listens on."
    ),
    Setting(
        name="WEB_CONCURRENCY",
        parse=values.number(1, 64),
        default="2",
        help="How many web processes serve requests.",
    ),
    Setting(
        name="WEB_THREADS",
        parse=values.number(1, 64),
        default="4",
        help="How many requests each web process serves at a time.",
    ),
    Setting(
        name="WORKER_THREADS",
        parse=values.number(1, 256),
        default="64",
        help="How many deliveries a worker process sends at a time.",
    ),
    Setting(
        name="DATABASE_POOL_SIZE",
        parse=values.number(1, 100),
        default="5",
        help="The largest number of database connections of each process.",
    ),
    Setting(
        name="SERVICE_OWNERS",
        parse=values.owners,
        default="{}",
        help='The people to invite for each service, as JSON: {"api-gateway": ["U012ABCDEF"]}.',
    ),
    Setting(
        name="CHANNEL_NAME",
        parse=values.channel_name,
        default="inc-{number}-{title}",
        help="The name of an incident's channel: {number}, and {date}, {service} or {title}.",
    ),
    Setting(
        name="P1_CHANNELS",
        parse=values.channel_ids,
        default="",
        help="Ids of the channels in which each P1 is announced, separated by commas.",
        older_names=("NOTIFICATION_CHANNEL_GENERAL",),
    ),
    Setting(
        name="P2_CHANNELS",
        parse=values.channel_ids,
        default="",
        help="Ids of the channels in which each P2 is announced, separated by commas.",
        older_names=("NOTIFICATION_CHANNEL_ENGINEERING",),
    ),
    Setting(
        name="P1_USERS",
        parse=values.user_ids,
        default="",
        help="Ids of the people who get a direct message for each P1, separated by commas.",
        older_names=("EXEC_NOTIFICATION_USERS",),
    ),
    Setting(
        name="ADMINS",
        parse=values.user_ids,
        default="",
        help="Ids of the people who may type `/incident doctor`, separated by commas.",
    ),
    Setting(
        name="GUESTS",
        parse=values.guests,
        default="read",
        help="`read` lets guests read and add notes; `all` lets them do what any member may.",
    ),
    Setting(
        name="CONFIRM_FLOODS",
        parse=values.on_or_off,
        default="on",
        help="`on` has people confirm what tells everybody the same again within moments.",
    ),
    *capturing.SETTINGS,
    *reminding.SETTINGS,
    Setting(
        name="STATUSPAGE_API_KEY",
        parse=values.secret,
        default="",
        help="The Statuspage API key; without it the bot does not use Statuspage.",
    ),
    Setting(
        name="STATUSPAGE_PAGE_ID",
        parse=values.page_id,
        default="",
        help="The id of the status page the key belongs to.",
    ),
    Setting(
        name="STATUSPAGE_PUBLISH",
        parse=values.publish,
        default="off",
        help="`ask` offers the commander of a P1 or P2 to publish it; `off` publishes nothing.",
    ),
    Setting(
        name="RETENTION_DAYS",
        parse=values.number(1, 36500),
        default="30",
        help="After so many days the words of what was delivered are dropped, and what nobody "
        "reads of it.",
    ),
    Setting(
        name="LOG_LEVEL",
        parse=values.log_level,
        default="INFO",
        help="DEBUG, INFO, WARNING or ERROR.",
    ),
    _LOG_FORMAT,
    Setting(
        name="SLACK_API_URL",
        parse=urls.http_url,
        default="https://slack.com/api/",
        help="Slack's Web API, or another server that answers like it.",
    ),
    Setting(
        name="STATUSPAGE_API_URL",
        parse=urls.http_url,
        default="https://api.statuspage.io/v1/",
        help="Statuspage's API, or another server that answers like it.",
    ),
    Setting(
        name="SLACK_RESPONSE_ORIGINS",
        parse=urls.origins,
        default="https://hooks.slack.com",
        help="Origins that a response_url may have, separated by commas.",
    ),
    Setting(
        name="PUBLIC_URL",
        parse=urls.public_url,
        default="",
        help="The address at which Slack reaches the bot; `doctor` looks whether it answers there.",
    ),
    Setting(
        name="METRICS_TOKEN",
        parse=values.secret,
        default="",
        help="Requests to /metrics must send it as a bearer token; without it they must be local.",
    ),
    Setting(
        name="HEARTBEAT_URL",
        parse=urls.secret_url,
        default="",
        help="Called each minute while deliveries reach Slack: the URL of a dead man's switch.",
    ),
    Setting(
        name="WORKER_METRICS_PORT",
        parse=values.number(0, 65535),
        default="0",
        help="The port where the worker answers /metrics, on HOST; `0`: nowhere.",
    ),
    Setting(
        name="SOCKET_METRICS_PORT",
        parse=values.number(0, 65535),
        default="0",
        help="The port where `socket` answers /metrics, on HOST; `0`: nowhere.",
    ),
    Setting(
        name="ACCESS_LOG",
        parse=values.on_or_off,
        default="off",
        help="`on` has `web` log each request that it answered, without what was in it.",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Holds the settings as read at start; an attribute is its setting's name in lower case."""

    database_url: Secret
    slack_bot_token: Secret
    slack_signing_secret: tuple[Secret, ...]
    slack_app_token: Secret
    services: tuple[str, ...]
    redis_url: Secret
    port: int
    host: str
    web_concurrency: int
    web_threads: int
    worker_threads: int
    database_pool_size: int
    service_owners: Mapping[str, tuple[str, ...]] = field(hash=False)
    channel_name: str
    p1_channels: tuple[str, ...]
    p2_channels: tuple[str, ...]
    p1_users: tuple[str, ...]
    admins: tuple[str, ...]
    guests: bool
    confirm_floods: bool
    capture_reactions: tuple[str, ...]
    notes: bool
    update_every: Mapping[str, timedelta] = field(hash=False)
    overdue_tells_executives: bool
    stale_after: Mapping[str, timedelta] = field(hash=False)
    postmortem_for: tuple[str, ...]
    working_hours: WorkingHours
    time_zone: tzinfo
    statuspage_api_key: Secret
    statuspage_page_id: str
    statuspage_publish: bool
    retention_days: int
    log_level: str
    log_format: str
    slack_api_url: str
    statuspage_api_url: str
    slack_response_origins: tuple[str, ...]
    public_url: str
    metrics_token: Secret
    heartbeat_url: Secret
    worker_metrics_port: int
    socket_metrics_port: int
    access_log: bool


NAMES: Final = frozenset(
    f"{name}{suffix}"
    for setting in SETTINGS
    for name in (setting.name, *setting.older_names)
    for suffix in ("", "_FILE")
)
"""The names that a setting may be given by."""


def from_environment() -> Settings:
    """Load the settings from the environment, and from `.env` where that file exists."""
    return load(_environment())


_chosen: Final[dict[str, set[str]]] = {}
"""The names in each file that was chosen, for the warnings once it is known how to log."""


def use_env_file(path: Path) -> None:
    """Take settings from a file too; what the environment says wins. Raises ConfigError."""
    _chosen[str(path)] = set(sources.use_env_file(path))


def _environment() -> dict[str, str]:
    environ = sources.environment()
    for where, names in {**_chosen, ".env": set(sources.beside())}.items():
        misspelt.warn(names, where, environ, NAMES)
    misspelt.warn(os.environ, misspelt.ENVIRONMENT, environ, NAMES)
    return environ


def database_url() -> Secret:
    """Load DATABASE_URL alone, for commands that need nothing else. Raises ConfigError."""
    try:
        return _value(_DATABASE_URL, _environment())
    except Wrong as wrong:
        raise ConfigError(f"DATABASE_URL: {wrong}") from None


def log_format() -> str:
    """Load LOG_FORMAT alone, for what is logged of settings that cannot be read."""
    try:
        return _value(_LOG_FORMAT, sources.environment())
    except (ConfigError, Wrong):
        return "auto"


def load(environ: Mapping[str, str]) -> Settings:
    """Load the settings from a mapping. Raises ConfigError, which names every error at once."""
    found, errors = _read(environ)
    if errors:
        raise ConfigError("\n".join(["Invalid settings:", *(f"  {f}" for f in errors)]))
    return Settings(**found)


def errors_in(environ: Mapping[str, str]) -> list[str]:
    """Return everything that is wrong with the settings, each with its name and the fix."""
    return _read(environ)[1]


def _read(environ: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    found: dict[str, Any] = {}
    errors: list[str] = []
    for setting in SETTINGS:
        try:
            found[setting.attribute] = _value(setting, environ)
        except Wrong as wrong:
            errors.append(f"{setting.name}: {wrong}")
    errors += [*_errors_between(found), *urls.wrong_proxies(environ)]
    errors += urls.wrong_certificates(environ)
    return found, errors


def _value(setting: Setting[T], environ: Mapping[str, str]) -> T:
    given = raw((setting.name, *setting.older_names), environ)
    if given is None:
        if setting.default is None:
            raise Wrong(f"is missing. {setting.help}")
        given = setting.default
    return setting.parse(given or setting.default or "")


def _errors_between(found: Mapping[str, Any]) -> list[str]:
    errors = []
    if bool(found.get("statuspage_api_key")) != bool(found.get("statuspage_page_id")):
        errors.append("STATUSPAGE_API_KEY and STATUSPAGE_PAGE_ID: set both or neither")
    services = found.get("services")
    if services is not None:
        strangers = [name for name in found.get("service_owners", {}) if name not in services]
        errors += [f"SERVICE_OWNERS: {values.shown(name)} is not in SERVICES" for name in strangers]
    return errors
