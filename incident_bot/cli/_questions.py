"""The questions of `incident-bot init`, and the ways to have them answered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

import click

from incident_bot.cli import _setup_checks as checks
from incident_bot.cli._setup_checks import Checked, Faulty
from incident_bot.clients.slack_lookup import SlackLookup
from incident_bot.errors import ConfigError
from incident_bot.settings import Secret, inspection
from incident_bot.settings.sources import unquoted

_CHOICES: Final = ["c", "a", "k"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A setting that is asked for; `is_secret` is not shown while it is typed, nor after."""

    setting: str
    flag: str
    asks: str
    is_secret: bool = False
    is_of_socket_mode: bool = False
    """It is not asked where the bot has an address, and without a value it is not written."""

    @property
    def default(self) -> str | None:
        return inspection.value_of(self.setting, {})


QUESTIONS: Final = (
    Question(
        setting="SLACK_BOT_TOKEN",
        flag="--bot-token",
        asks="Bot User OAuth Token (the app, OAuth & Permissions)",
        is_secret=True,
    ),
    Question(
        setting="SLACK_SIGNING_SECRET",
        flag="--signing-secret",
        asks="Signing Secret (the app, Basic Information)",
        is_secret=True,
    ),
    Question(
        setting="SLACK_APP_TOKEN",
        flag="--app-token",
        asks="App-level token for Socket Mode, with the scope connections:write (the app, Basic "
        "Information, App-Level Tokens)",
        is_secret=True,
        is_of_socket_mode=True,
    ),
    Question(
        setting="SERVICES",
        flag="--services",
        asks="Services on which people declare incidents, separated by commas",
    ),
    Question(
        setting="P1_CHANNELS",
        flag="--p1-channels",
        asks="Channels in which each P1 is announced, as #name or id; Enter for none",
    ),
    Question(
        setting="P2_CHANNELS",
        flag="--p2-channels",
        asks="Channels in which each P2 is announced, as #name or id; Enter for none",
    ),
    Question(
        setting="P1_USERS",
        flag="--p1-users",
        asks="People who get a direct message for each P1, as @name or id; Enter for none",
    ),
    Question(
        setting="DATABASE_URL",
        flag="--database-url",
        asks="PostgreSQL, as postgresql://user:password@host:5432/name",
        is_secret=True,
    ),
    Question(
        setting="REDIS_URL",
        flag="--redis-url",
        asks="Redis or Valkey, as redis://host:6379/0",
        is_secret=True,
    ),
)


class Way(Enum):
    """The way in which Slack reaches the bot, as far as it is known."""

    HTTP = auto()
    SOCKET = auto()
    UNKNOWN = auto()


@dataclass(slots=True, kw_only=True)
class Setup:
    """The answers so far, and what was found behind them."""

    present: Mapping[str, str]
    """The settings that are there already, from the environment and from files."""

    is_offline: bool
    way: Way = Way.UNKNOWN
    slack: SlackLookup | None = None
    answers: dict[str, Checked] = field(default_factory=dict)

    def questions(self, given: Mapping[str, str | None]) -> list[Question]:
        """Return the questions of this way; a flag answers any."""
        return [
            each
            for each in QUESTIONS
            if not (each.is_of_socket_mode and self.way is Way.HTTP) or given[each.setting]
        ]

    def present_value(self, question: Question) -> str | None:
        """Return what is set already, or the default, where the bot can do with that."""
        found = inspection.value_of(question.setting, self.present)
        is_needed = question.is_of_socket_mode and self.way is Way.SOCKET
        return (found or None) if is_needed else found

    def keep(self, question: Question, checked: Checked) -> None:
        """Keep an answer, to be written."""
        if checked.value or not question.is_of_socket_mode:
            self.answers[question.setting] = checked

    def is_in_file(self, name: str) -> bool:
        """Say whether an answer is what NAME_FILE names: a secret has no need of a second place."""
        is_named = bool(self.present.get(f"{name}_FILE")) and not self.present.get(name)
        return is_named and self.answers[name].value == inspection.value_of(name, self.present)

    def api_url(self) -> str:
        url: str = inspection.parsed(
            "SLACK_API_URL", inspection.value_of("SLACK_API_URL", self.present) or ""
        )
        return url

    def check(self, question: Question, typed: str) -> Checked:
        """Check an answer as far as it can be.

        Raises ConfigError for what can be no answer, and Faulty for one that does not serve.
        """
        name, value = question.setting, unquoted(typed)
        if name in ("P1_CHANNELS", "P2_CHANNELS", "P1_USERS"):
            return self._check_ids(name, value)
        value = checks.well_formed(name, value)
        if name == "SLACK_SIGNING_SECRET":
            return checks.signing_secret(value)
        if self.is_offline or name == "SERVICES" or not value:
            return Checked(value=value)
        if name == "SLACK_APP_TOKEN":
            return checks.app_token(value, self.api_url())
        if name == "SLACK_BOT_TOKEN":
            return self._check_token(value)
        reach: Mapping[str, Callable[[str], Checked]] = {
            "DATABASE_URL": checks.database,
            "REDIS_URL": checks.redis,
        }
        return reach[name](value)

    def _check_token(self, value: str) -> Checked:
        slack = SlackLookup(Secret(value), self.api_url())
        found = checks.token(slack, value)
        self.slack = slack
        return found

    def _check_ids(self, name: str, value: str) -> Checked:
        words = list(dict.fromkeys(each.strip() for each in value.split(",") if each.strip()))
        ids = [each for each in words if not checks.is_name(each)]
        if self.slack is None and not self.is_offline and len(ids) < len(words):
            raise Faulty("Nobody can look names up without a token that Slack takes: give ids.")
        if self.slack is None or not words:
            return self.unchecked(name, ",".join(words))
        checks.well_formed(name, ",".join(ids))
        if name == "P1_USERS":
            return checks.users(self.slack, words)
        return checks.channels(self.slack, words)

    def unchecked(self, name: str, value: str, *warnings: str) -> Checked:
        """Take an answer as it is; raises ConfigError for what can be none."""
        return Checked(value=checks.well_formed(name, unquoted(value)), warnings=warnings)


def answer_from(setup: Setup, given: Mapping[str, str | None]) -> None:
    """Answer all questions by flags and by what is set already, where nobody can be asked.

    Raises ConfigError, which names every flag that is missing and everything that can be no answer,
    or Faulty for what does not serve.
    """
    asked = setup.questions(given)
    values = {each: given[each.setting] or setup.present_value(each) for each in asked}
    if missing := [each for each, value in values.items() if value is None]:
        named = ", ".join(f"{each.flag} (or {each.setting})" for each in missing)
        raise ConfigError(f"Nobody can be asked here: give {named}.")
    malformed, faulty = [], []
    for question, value in values.items():
        try:
            setup.keep(question, setup.check(question, value or ""))
        except ConfigError as error:
            malformed.append(str(error))
        except Faulty as error:
            faulty += [f"{question.setting}: {each}" for each in str(error).splitlines()]
    if malformed:
        raise ConfigError("\n".join([*malformed, *faulty]))
    if faulty:
        raise Faulty("\n".join(faulty))


def ask_all(setup: Setup, given: Mapping[str, str | None]) -> None:
    """Ask at the terminal for what no flag answers, and say what was found behind each answer."""
    for question in setup.questions(given):
        found = _answered_well(setup, question, given[question.setting])
        setup.keep(question, found)
        for each in found.lines:
            click.echo(f"  {each}")
        for each in found.warnings:
            click.echo(f"  Warning: {each}")


def _answered_well(setup: Setup, question: Question, value: str | None) -> Checked:
    while True:
        typed = _typed(setup, question) if value is None else value
        try:
            found = setup.check(question, typed)
        except ConfigError as error:
            click.echo(f"  {error}")
            value = None
            continue
        except Faulty as error:
            problem = str(error)
        else:
            if not found.is_doubtful:
                return found
            problem = found.warnings[0]
        kept = _decided(setup, question, typed, problem)
        if isinstance(kept, Checked):
            return kept
        value = kept


def _typed(setup: Setup, question: Question) -> str:
    present = setup.present_value(question)
    answer: str = click.prompt(
        f"{question.asks}{_hint(question, present)}",
        default=present,
        hide_input=question.is_secret,
        show_default=bool(present) and not question.is_secret,
    )
    return answer.strip()


def _hint(question: Question, present: str | None) -> str:
    """Say what Enter does where what is set cannot be shown."""
    if question.is_of_socket_mode and present == "":
        return "; Enter for none, where Slack reaches the bot at an address"
    if not question.is_secret or not present:
        return ""
    return f"; Enter for {present}" if present == question.default else "; Enter keeps the present"


def _decided(setup: Setup, question: Question, typed: str, problem: str) -> Checked | str | None:
    """Let the person decide; returns None to have it typed anew, or what is to be tried again."""
    for each in problem.splitlines():
        click.echo(f"  {each}")
    choice = click.prompt(
        "  c to correct it, a to try the same again, k to keep it as it is",
        type=click.Choice(_CHOICES),
        default="c",
        show_choices=False,
    )
    if choice == "c":
        return None
    if choice == "a":
        return typed
    try:
        return setup.unchecked(question.setting, typed, f"{question.setting} was not confirmed.")
    except ConfigError as wrong:
        click.echo(f"  {wrong}")
        return None


def warnings_of(answers: Mapping[str, Checked]) -> Sequence[str]:
    return [warning for each in answers.values() for warning in each.warnings]
