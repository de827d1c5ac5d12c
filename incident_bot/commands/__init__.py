"""The subcommands of /incident: each module in this folder is one, found by its COMMAND."""

import importlib
import json
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from hashlib import sha256
from typing import Any, Final

from incident_bot.domain.capture import Message
from incident_bot.domain.incidents import Incident
from incident_bot.domain.people import Standing
from incident_bot.domain.permissions import ALLOWED, Action, Role
from incident_bot.render.forms import AGAIN
from incident_bot.render.undoing import with_undo
from incident_bot.settings import Settings
from incident_bot.store.database import Tx
from incident_bot.workflow.confirmation import Confirmation

_NO_COMMANDS: Final = frozenset({"runner"})
"""Modules of this folder that are no subcommand."""


class NotLoaded(Exception):
    """A module of this folder is no proper command: the process does not start."""


class InteractionType(StrEnum):
    """The way somebody asks: by typing, sending a form, a button, a choice in a form, a menu.

    Slack names it in each request; nothing that a person fills in can change it. By the command
    line somebody asks in a person's name, and no form or button can be shown.
    """

    COMMAND = "command"
    SUBMISSION = "form"
    BUTTON = "button"
    CHOICE = "choice"
    COMMAND_LINE = "command line"
    SHORTCUT = "shortcut"
    """From the menu of a message, or from Slack's own where there is no message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One thing a person asked for; `key` is the same when Slack sends it again.

    `word` names the subcommand. `rest` is what was typed after it, or what the pressed button
    carries; `button` is that button's name. `form_name` tells a subcommand's further forms from its
    first, `form` holds what is filled in and `metadata` what the form carried for us; a choice is
    made in a form that stays open (`view_id`). A button or form of an incident names it by
    `incident_id`. The answer to a button goes to its `response_url`, and `is_ephemeral` says that
    nobody else sees its message. `source` is the message from whose menu it was asked for.
    """

    type: InteractionType
    key: str
    word: str
    rest: str
    user_id: str
    channel_id: str | None
    trigger_id: str | None
    button: str = ""
    form_name: str = ""
    incident_id: int | None = None
    form: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    view_id: str | None = None
    response_url: str | None = None
    is_ephemeral: bool = False
    source: Message | None = None

    @property
    def is_again(self) -> bool:
        """Say whether what was typed is asked for once more, by a button."""
        return self.type is InteractionType.BUTTON and self.button == AGAIN

    def shows_older(self, incident: Incident) -> bool:
        """Say whether the form was opened before the incident last changed."""
        return self.metadata.get("version") not in (None, incident.version)

    @property
    def confirmation_key(self) -> str:
        """Return what is the same when a person asks for the same again, or sends a form again."""
        if self.type is InteractionType.SUBMISSION:
            asked = [self.user_id, self.key]
        else:
            button = "" if self.is_again else self.button
            about = str(self.incident_id or self.channel_id or "")
            filled = [f"{name}: {value}" for name, value in self.form.items()]
            asked = [self.user_id, about, self.word, button, self.rest, *filled]
        return sha256(json.dumps(asked).encode()).hexdigest()

    @property
    def sending(self) -> str:
        """Return what is the same only where the very same sending arrives again."""
        return f"sent:{self.trigger_id or self.key}"

    def field(self, name: str) -> str:
        """Return what was filled in under this name; empty when there is nothing."""
        return self.form.get(name, "").strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request on its way to the handler of a command: the person, in that role, may do this."""

    request: Request
    settings: Settings
    standing: Standing
    role: Role
    confirmation: Confirmation

    @property
    def user_id(self) -> str:
        return self.request.user_id

    @property
    def rest(self) -> str:
        return self.request.rest


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentCall(Call):
    """A call about an incident, whose row is held until the transaction ends.

    `other` is the further one that is named, for a command that `names_another`.
    """

    incident: Incident
    other: Incident | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answer that the person gets at once, and alone.

    `form` opens one; `done` is what a submitted form turns into, which closes without it;
    `replace` puts the answer in the place of the message whose button was pressed. `audit` is the
    detail for the audit trail: None when nothing changed, or when what saved the change wrote it.
    `outcome` says for the log, in our own words, what became of the incident, as in "resolved";
    `ref` is that incident's when the command did not find it in its channel. A `receipt` is shown
    after a form too, which closes without a word otherwise.
    """

    text: str = ""
    blocks: Sequence[Mapping[str, Any]] = ()
    form: Mapping[str, Any] | None = None
    done: Mapping[str, Any] | None = None
    replace: bool = False
    audit: str | None = None
    outcome: str = ""
    ref: str | None = None
    receipt: bool = False


def undoable(text: str, incident: Incident, *, outcome: str, replace: bool = False) -> Reply:
    """Return an answer with a button that undoes the change it tells of."""
    blocks = with_undo(text, incident)
    return Reply(text=text, blocks=blocks, replace=replace, outcome=outcome, receipt=True)


Handler = Callable[[Tx, IncidentCall], Reply]
"""Does what was asked. One that needs no incident takes a Call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A button of a command; `action` is set when it needs another permission than the command."""

    handler: Handler
    action: Action | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One subcommand: what it needs, and one handler for each way to ask.

    Whoever asks must be allowed `action`. A command `in_incident` is about the incident of the
    channel, or one that is named, and its handlers take an IncidentCall; one that `names_another`
    is about two, and the commander of either may have it done. `typed` answers the slash
    command, `submitted` a form by what stands behind the first colon of its callback_id, and
    `pressed` a button by what stands there in its action_id; `chosen` answers a choice made in a
    form that is open. A `shortcut` is chosen in Slack's own menu: its handler takes a Call where
    the channel is no incident's. `without_form` answers the command line where `typed` would open a
    form or show a button. `instead` is the line to type when the form cannot be opened; `suggest`
    answers what is typed into a searching select of the form, by the select's block. `examples` are
    lines that do something, as help shows them.
    """

    usage: str
    summary: str
    action: Action
    typed: Handler
    in_incident: bool = False
    names_another: bool = False
    submitted: Mapping[str, Handler] = field(default_factory=dict)
    pressed: Mapping[str, Press] = field(default_factory=dict)
    chosen: Handler | None = None
    shortcut: Press | None = None
    without_form: Handler | None = None
    aliases: tuple[str, ...] = ()
    instead: str = ""
    examples: tuple[str, ...] = ()
    suggest: Callable[[Tx, Settings, str, str], Sequence[Mapping[str, Any]]] | None = None

    def __post_init__(self) -> None:
        for action in (
            self.action,
            *(each.action or self.action for each in (*self.pressed.values(), *self._shortcuts)),
        ):
            if action not in ALLOWED:
                raise NotLoaded(f"/incident {self.usage}: nobody is allowed {action!r}")

    @property
    def _shortcuts(self) -> tuple[Press, ...]:
        return (self.shortcut,) if self.shortcut else ()

    @property
    def name(self) -> str:
        return self.usage.split()[0]

    def handler(self, request: Request) -> Handler | None:
        """Return the handler of what was asked, by the request's type and its form or button."""
        match request.type:
            case InteractionType.COMMAND:
                return self.typed
            case InteractionType.COMMAND_LINE:
                return self.without_form or self.typed
            case InteractionType.SUBMISSION:
                return self.submitted.get(request.form_name)
            case InteractionType.CHOICE:
                return self.chosen
            case InteractionType.SHORTCUT:
                return self.shortcut.handler if self.shortcut else None
            case InteractionType.BUTTON if request.is_again:
                return self.typed
            case InteractionType.BUTTON:
                press = self.pressed.get(request.button)
                return press.handler if press else None

    def needed(self, request: Request) -> Action:
        """Return the action that whoever asked must be allowed."""
        press = self.shortcut if request.type is InteractionType.SHORTCUT else None
        if request.type is InteractionType.BUTTON:
            press = self.pressed.get(request.button)
        return (press.action if press else None) or self.action


@cache
def all_commands() -> dict[str, Command]:
    """Return each subcommand by its name, in alphabetical order; raises NotLoaded."""
    return {command.name: command for command in _found()}


@cache
def by_word() -> dict[str, Command]:
    """Return each subcommand by every word that calls it; raises NotLoaded."""
    words: dict[str, Command] = {}
    for command in _found():
        for word in (command.name, *command.aliases):
            if words.setdefault(word, command) is not command:
                raise NotLoaded(f"{__name__} does not load: two commands are called {word}")
    return words


@cache
def _found() -> tuple[Command, ...]:
    names = sorted({info.name for info in pkgutil.iter_modules(__path__)} - _NO_COMMANDS)
    return tuple(map(_loaded, names))


def _loaded(name: str) -> Command:
    try:
        module = importlib.import_module(f"{__name__}.{name}")
    except (NotLoaded, TypeError) as error:  # Command(…) without an action is a TypeError
        raise NotLoaded(f"{__name__}.{name} does not load: {error}") from error
    command = getattr(module, "COMMAND", None)
    if not isinstance(command, Command):
        raise NotLoaded(f"{__name__}.{name} does not load: it has no COMMAND = Command(…)")
    return command
