"""The settings: names, defaults and meanings, and the only reader of the environment."""

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Generic, TypeVar
from urllib.parse import SplitResult, urlsplit

from incident_bot.errors import ConfigError

T = TypeVar("T")


class Secret:
    """A value that never shows itself in a log, a traceback or a repr; false when empty.

    Not a string: the JSON encoder would write a subclass of str as it is.
    """

    __slots__ = ("_hidden",)

    def __init__(self, value: str) -> None:
        self._hidden = value

    def reveal(self) -> str:
        """Return the value itself, for the one call that needs it."""
        return self._hidden

    def __bool__(self) -> bool:
        return bool(self._hidden)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._hidden == other._hidden

    def __hash__(self) -> int:
        return hash(self._hidden)

    def __repr__(self) -> str:
        return "'***'"

    def __str__(self) -> str:
        return "***"

    def __format__(self, _: str) -> str:
        return "***"


class _Wrong(ValueError):
    """A value that cannot be used; the message says what to write instead."""


@dataclass(frozen=True, kw_only=True)
class Setting(Generic[T]):
    """One environment variable: how it is read and what it means to an operator."""

    name: str
    parse: Callable[[str], T]
    default: str | None
    help: str
    older_names: tuple[str, ...] = ()

    @property
    def attribute(self) -> str:
        return self.name.lower()


def _text(value: str) -> str:
    return value


def _secret(value: str) -> Secret:
    return Secret(value)


def _bot_token(value: str) -> Secret:
    if not value.startswith("xoxb-"):
        raise _Wrong("it must start with xoxb-: copy the Bot User OAuth Token of the Slack app")
    return Secret(value)


def _signing_secrets(value: str) -> tuple[Secret, ...]:
    found = tuple(Secret(part) for part in _listed(value))
    if not 1 <= len(found) <= 2:
        raise _Wrong("give one signing secret, or two separated by a comma during a rotation")
    return found


def _database_url(value: str) -> Secret:
    if not re.match(r"postgres(ql)?://", value):
        raise _Wrong("it must look like postgresql://user:password@host:5432/name")
    return Secret(value)


def _redis_url(value: str) -> Secret:
    if not re.match(r"(rediss?|unix)://", value):
        raise _Wrong("it must look like redis://host:6379/0 (rediss:// for TLS)")
    return Secret(value)


def _number(low: int, high: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", value) or not low <= int(value) <= high:
            raise _Wrong(f"it must be a whole number from {low} to {high}")
        return int(value)

    return parse


def _listed(value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))


def _services(value: str) -> tuple[str, ...]:
    names = _listed(value)
    if not names:
        raise _Wrong("name at least one service, for example SERVICES=api-gateway,checkout")
    if odd := [name for name in names if re.search(r"""[\s'"]""", name) or len(name) > 100]:
        raise _Wrong(f"a service is one word of at most 100 characters, without quotes: {odd[0]!r}")
    if len({name.casefold() for name in names}) != len(names):
        raise _Wrong("two services differ only in upper and lower case")
    return names


def _ids(pattern: str, example: str) -> Callable[[str], tuple[str, ...]]:
    def parse(value: str) -> tuple[str, ...]:
        for word in _listed(value):
            if not re.fullmatch(pattern, word):
                raise _Wrong(f"{word!r} is not an id like {example}")
        return _listed(value)

    return parse


_USER_ID = r"[UW][A-Z0-9]+"
_user_ids = _ids(_USER_ID, "U012ABCDEF (Slack: profile, ⋮, Copy member ID)")
_channel_ids = _ids(r"[CG][A-Z0-9]+", "C012ABCDEF (Slack: channel name, About, at the bottom)")


def _owners(value: str) -> Mapping[str, tuple[str, ...]]:
    fix = 'it must be JSON like {"api-gateway": ["U012ABCDEF"]}'
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        raise _Wrong(fix) from None
    if not isinstance(found, dict):
        raise _Wrong(fix)
    for service, people in found.items():
        if not isinstance(people, list) or not all(
            isinstance(person, str) and re.fullmatch(_USER_ID, person) for person in people
        ):
            raise _Wrong(f"{service!r} needs a list of user ids; {fix}")
    return {service: tuple(dict.fromkeys(people)) for service, people in found.items()}


def _http_url(value: str) -> str:
    parts = _web_parts(value)
    if parts is None:
        raise _Wrong("it must be a full URL, for example https://slack.com/api/")
    return value.rstrip("/") + "/"


def _origins(value: str) -> tuple[str, ...]:
    for word in _listed(value):
        parts = _web_parts(word)
        if parts is None or word != f"{parts.scheme}://{parts.netloc}" or "@" in parts.netloc:
            raise _Wrong(f"{word!r} is not an origin like https://hooks.slack.com")
    return _listed(value)


def _web_parts(value: str) -> SplitResult | None:
    try:
        parts = urlsplit(value)
        valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return None
    return parts if valid else None


def _publish(value: str) -> bool:
    if value not in ("ask", "off"):
        raise _Wrong("it must be ask or off")
    return value == "ask"


def _log_level(value: str) -> str:
    if value.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
        raise _Wrong("it must be DEBUG, INFO, WARNING, ERROR or CRITICAL")
    return value.upper()


_DATABASE_URL: Final = Setting(
    name="DATABASE_URL",
    parse=_database_url,
    default=None,
    help="PostgreSQL 14 or later, as postgresql://user:password@host:5432/name.",
)
SETTINGS: Final[tuple[Setting[Any], ...]] = (
    _DATABASE_URL,
    Setting(
        name="SLACK_BOT_TOKEN",
        parse=_bot_token,
        default=None,
        help="The Bot User OAuth Token of the Slack app; starts with xoxb-.",
    ),
    Setting(
        name="SLACK_SIGNING_SECRET",
        parse=_signing_secrets,
        default=None,
        help="The Signing Secret of the Slack app; during a rotation `new,old`.",
    ),
    Setting(
        name="SERVICES",
        parse=_services,
        default=None,
        help="The services people can declare incidents on, separated by commas.",
    ),
    Setting(
        name="REDIS_URL",
        parse=_redis_url,
        default="redis://localhost:6379/0",
        help="Redis 6.2 or Valkey 7.2 or later: it only wakes the worker and holds no data.",
    ),
    Setting(
        name="PORT", parse=_number(1, 65535), default="3000", help="The port `web` listens on."
    ),
    Setting(name="HOST", parse=_text, default="127.0.0.1", help="The address `web` listens on."),
    Setting(
        name="WEB_CONCURRENCY",
        parse=_number(1, 64),
        default="2",
        help="How many web processes serve requests.",
    ),
    Setting(
        name="WEB_THREADS",
        parse=_number(1, 64),
        default="4",
        help="How many requests each web process serves at a time.",
    ),
    Setting(
        name="WORKER_THREADS",
        parse=_number(1, 256),
        default="64",
        help="How many deliveries a worker process sends at a time.",
    ),
    Setting(
        name="DATABASE_POOL_SIZE",
        parse=_number(1, 100),
        default="5",
        help="The largest number of database connections of each process.",
    ),
    Setting(
        name="SERVICE_OWNERS",
        parse=_owners,
        default="{}",
        help='The people to invite for each service, as JSON: {"api-gateway": ["U012ABCDEF"]}.',
    ),
    Setting(
        name="P1_CHANNELS",
        parse=_channel_ids,
        default="",
        help="Ids of the channels in which each P1 is announced, separated by commas.",
        older_names=("NOTIFICATION_CHANNEL_GENERAL",),
    ),
    Setting(
        name="P2_CHANNELS",
        parse=_channel_ids,
        default="",
        help="Ids of the channels in which each P2 is announced, separated by commas.",
        older_names=("NOTIFICATION_CHANNEL_ENGINEERING",),
    ),
    Setting(
        name="P1_USERS",
        parse=_user_ids,
        default="",
        help="Ids of the people who get a direct message for each P1, separated by commas.",
        older_names=("EXEC_NOTIFICATION_USERS",),
    ),
    Setting(
        name="STATUSPAGE_API_KEY",
        parse=_secret,
        default="",
        help="The Statuspage API key; without it the bot does not use Statuspage.",
    ),
    Setting(
        name="STATUSPAGE_PAGE_ID",
        parse=_text,
        default="",
        help="The id of the status page the key belongs to.",
    ),
    Setting(
        name="STATUSPAGE_PUBLISH",
        parse=_publish,
        default="off",
        help="`ask` offers the commander of a P1 or P2 to publish it; `off` publishes nothing.",
    ),
    Setting(
        name="LOG_LEVEL", parse=_log_level, default="INFO", help="DEBUG, INFO, WARNING or ERROR."
    ),
    Setting(
        name="SLACK_API_URL",
        parse=_http_url,
        default="https://slack.com/api/",
        help="Slack's Web API, or another server that answers like it.",
    ),
    Setting(
        name="STATUSPAGE_API_URL",
        parse=_http_url,
        default="https://api.statuspage.io/v1/",
        help="Statuspage's API, or another server that answers like it.",
    ),
    Setting(
        name="SLACK_RESPONSE_ORIGINS",
        parse=_origins,
        default="https://hooks.slack.com",
        help="Origins that a response_url may have, separated by commas.",
    ),
    Setting(
        name="METRICS_TOKEN",
        parse=_secret,
        default="",
        help="Requests to /metrics must send it as a bearer token; without it they must be local.",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Holds the settings as read at start; an attribute is its setting's name in lower case."""

    database_url: Secret
    slack_bot_token: Secret
    slack_signing_secret: tuple[Secret, ...]
    services: tuple[str, ...]
    redis_url: Secret
    port: int
    host: str
    web_concurrency: int
    web_threads: int
    worker_threads: int
    database_pool_size: int
    service_owners: Mapping[str, tuple[str, ...]] = field(hash=False)
    p1_channels: tuple[str, ...]
    p2_channels: tuple[str, ...]
    p1_users: tuple[str, ...]
    statuspage_api_key: Secret
    statuspage_page_id: str
    statuspage_publish: bool
    log_level: str
    slack_api_url: str
    statuspage_api_url: str
    slack_response_origins: tuple[str, ...]
    metrics_token: Secret


def from_environment() -> Settings:
    """Load the settings from the environment, and from `.env` where that file exists."""
    return load({**read_env_file(Path(".env")), **os.environ})


def database_url() -> Secret:
    """Load DATABASE_URL alone, for commands that need nothing else. Raises ConfigError."""
    environ = {**read_env_file(Path(".env")), **os.environ}
    try:
        return _value(_DATABASE_URL, environ)
    except _Wrong as wrong:
        raise ConfigError(f"DATABASE_URL: {wrong}") from None


def use_env_file(path: Path) -> None:
    """Take settings from a file too; what the environment says wins. Raises ConfigError."""
    if not path.is_file():
        raise ConfigError(f"--env-file: there is no file {path}.")
    for name, value in read_env_file(path).items():
        os.environ.setdefault(name, value)


def read_env_file(path: Path) -> dict[str, str]:
    """Read NAME=value lines of a file; `export ` is dropped.

    Raises ConfigError for a file that cannot be read.
    """
    if not path.is_file():
        return {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        problem = type(error).__name__
        raise ConfigError(f"{path} cannot be read ({problem})") from None
    values = {}
    for line in lines:
        found = re.match(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$", line)
        if found:
            values[found[1]] = _unquoted(found[2])
    return values


def load(environ: Mapping[str, str]) -> Settings:
    """Load the settings from a mapping. Raises ConfigError, which names every error at once."""
    values: dict[str, Any] = {}
    errors: list[str] = []
    for setting in SETTINGS:
        try:
            values[setting.attribute] = _value(setting, environ)
        except _Wrong as wrong:
            errors.append(f"{setting.name}: {wrong}")
    errors += _errors_between(values)
    if errors:
        raise ConfigError("\n".join(["Invalid settings:", *(f"  {f}" for f in errors)]))
    return Settings(**values)


def _value(setting: Setting[T], environ: Mapping[str, str]) -> T:
    raw = _raw(setting, environ)
    if raw is None:
        if setting.default is None:
            raise _Wrong(f"is missing. {setting.help}")
        raw = setting.default
    return setting.parse(raw) if raw or setting.default is None else _empty(setting)


def _empty(setting: Setting[T]) -> T:
    return setting.parse(setting.default or "")


def _raw(setting: Setting[Any], environ: Mapping[str, str]) -> str | None:
    for name in (setting.name, *setting.older_names):
        if value := _unquoted(environ.get(name, "")):
            return value
        if file := _unquoted(environ.get(f"{name}_FILE", "")):
            return _unquoted(_from_file(name, file))
    return None


def _unquoted(value: str) -> str:
    """Drop white space and quotes around a value: `docker run --env-file` leaves them there."""
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1].strip()
    return value


def _from_file(name: str, file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        problem = type(error).__name__
        raise _Wrong(f"{name}_FILE names {file}, which cannot be read ({problem})") from None


def _errors_between(values: Mapping[str, Any]) -> list[str]:
    errors = []
    if bool(values.get("statuspage_api_key")) != bool(values.get("statuspage_page_id")):
        errors.append("STATUSPAGE_API_KEY and STATUSPAGE_PAGE_ID: set both or neither")
    services = values.get("services")
    if services is not None:
        strangers = [name for name in values.get("service_owners", {}) if name not in services]
        errors += [f"SERVICE_OWNERS: {name!r} is not in SERVICES" for name in strangers]
    return errors
