"""Makes a fault a sentence that says what to do, with the exit code that a script sees."""

import errno
from typing import Final

import click

from incident_bot import libraries
from incident_bot.errors import ConfigError, DeliveryError, Unavailable, UserError

OK, WRONG, USAGE = 0, 1, 2
STOPPED: Final = 130
"""As a shell says it of a program that Ctrl-C ended."""

UNREAD: Final = 141
"""As a shell says it of a program whose reader has gone, such as `head`."""

FAULTS: Final = (
    ConfigError,
    DeliveryError,
    ImportError,
    KeyboardInterrupt,
    OSError,
    Unavailable,
    UnicodeEncodeError,
    UserError,
    click.Abort,
)
"""The errors that are explained; any other is a bug, and shows its traceback."""

_OF_OUTPUT: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)


def explained(error: BaseException) -> tuple[int, str]:
    """Return the exit code and the sentence; raises the error again when it is a bug."""
    match error:
        case ConfigError():
            return USAGE, str(error)
        case ImportError() if sentence := libraries.missed(error):
            return USAGE, sentence
        case UserError():
            return WRONG, str(error)
        case DeliveryError():
            return WRONG, f"It was not taken ({error})."
        case Unavailable():
            return WRONG, _unavailable(error)
        case UnicodeEncodeError():
            return USAGE, "What you typed is not UTF-8."
        case KeyboardInterrupt() | click.Abort():
            return STOPPED, "Stopped."
        case OSError(errno=number) if number in _OF_OUTPUT:
            return WRONG, f"The output cannot be written: {error.strerror}."
        case OSError(filename=name, strerror=why) if name is not None:
            return WRONG, f"{name} cannot be read or written: {why}."
    raise error


def _unavailable(error: Unavailable) -> str:
    from incident_bot.store.database import CommitUnknown  # it is loaded by now

    if isinstance(error, CommitUnknown):
        return (
            f"The database was lost while it recorded the change ({error}): "
            "look whether it is there before you try again."
        )
    return f"The database cannot be reached ({error}): start it, or correct DATABASE_URL."
