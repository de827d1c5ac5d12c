"""The errors that carry meaning from package to package, and the parts of what they say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Mention:
    """A person in a sentence; whoever shows it knows how people are named there.

    `name` is what somebody typed for them, where somebody did.
    """

    user_id: str
    name: str = ""

    def __str__(self) -> str:
        return self.user_id


@dataclass(frozen=True, slots=True)
class Typed:
    """A line for the bot in a sentence, such as `claim`, without what calls the bot."""

    line: str

    def __str__(self) -> str:
        return f"`incident {self.line}`"


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment in a sentence, an aware time."""

    at: datetime

    def __str__(self) -> str:
        return f"{self.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


class Remedy(StrEnum):
    """Something to do about a refusal, a press away."""

    TAKE_COMMAND = "take command"
    UPDATE = "update"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    POSTMORTEM = "postmortem"
    LIST = "list"
    DECLARE = "declare"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Offer:
    """A remedy that is offered beside a refusal; for an incident's own, the incident."""

    remedy: Remedy
    incident_id: int | None = None


Part = str | Mention | Typed | Moment
"""A piece of a sentence. Text is shown as it is written, whoever wrote it, and notifies nobody."""


class UserError(Exception):
    """A person asked for something impossible; the sentence that they read is made of parts.

    Slack's markup is added where it is shown (`incident_bot/render/sentences.py`); `str` says it
    without any, for the command line and the log. `offers` are what helps, where that can be shown.
    """

    def __init__(self, *parts: Part, offers: Sequence[Offer] = ()) -> None:
        super().__init__(*parts)
        self.parts = parts
        self.offers = tuple(offers)

    def __str__(self) -> str:
        return "".join(map(str, self.parts))


class InvalidInput(UserError):
    """Typed text cannot be understood; the message says what to type instead.

    `field` is the input of the form the message belongs to.
    """

    def __init__(
        self, *parts: Part, field: str | None = None, offers: Sequence[Offer] = ()
    ) -> None:
        super().__init__(*parts, offers=offers)
        self.field = field


class NotFound(UserError):
    """The thing asked about does not exist."""


class NotAllowed(UserError):
    """The person may not do this; the message names who can."""


class Unconfirmed(UserError):
    """This is unusual, and the message says why; asked for once more, soon, it is done."""


class Conflict(UserError):
    """Somebody else changed it first; the message says how it stands now."""


class ConfigError(Exception):
    """A setting is missing or wrong: the process does not start."""


class Malformed(Exception):
    """A signed request is not in the vendor's shape; the message names the field."""


class Unavailable(Exception):
    """The database cannot take the request now; nothing was recorded."""


class Reason(StrEnum):
    """The reason why a delivery failed: a metric label, and shown in `/incident delivery`."""

    RATE_LIMITED = "rate_limited"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    VENDOR_FAULT = "vendor_fault"
    GARBAGE = "garbage"
    NOT_AUTHORISED = "not_authorised"
    TOKEN_REFUSED = "token_refused"
    MISSING_SCOPE = "missing_scope"
    NOT_FOUND = "not_found"
    ARCHIVED = "archived"
    NOT_IN_CHANNEL = "not_in_channel"
    PERSON = "person"
    NAME_TAKEN = "name_taken"
    EXPIRED = "expired"
    REFUSED = "refused"
    INTERRUPTED = "interrupted"
    CRASHED = "crashed"
    BUG = "bug"


class DeliveryError(Exception):
    """A vendor did not take what we sent.

    `ambiguous` says that it may have been taken all the same; `retry_after` is in seconds;
    `hold` names the calls that the vendor asked to hold back for that long.
    `detail` is the vendor's own error code, never a body and never a secret; `refused` is its code
    for each person, where it names them.
    """

    def __init__(
        self,
        reason: Reason,
        detail: str,
        *,
        retryable: bool = False,
        ambiguous: bool = False,
        retry_after: float | None = None,
        hold: str | None = None,
        refused: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason
        self.detail = detail
        self.retryable = retryable
        self.ambiguous = ambiguous
        self.retry_after = retry_after
        self.hold = hold
        self.refused = refused or {}

    @property
    def is_put_off(self) -> bool:
        """Say whether the delivery did not fail itself: it was only told to come later."""
        return self.reason in (Reason.RATE_LIMITED, Reason.INTERRUPTED) or self.is_of_token

    @property
    def is_of_token(self) -> bool:
        """Say whether the token is at fault, and not what was sent with it."""
        return self.retryable and self.reason in (Reason.TOKEN_REFUSED, Reason.MISSING_SCOPE)
