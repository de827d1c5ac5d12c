"""The file or the stream that an export is written to, in UTF-8 whatever the locale is."""

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from incident_bot.errors import UserError


@contextmanager
def written(file: Path | None) -> Iterator[TextIO]:
    """Open the file, or standard output where there is none, and leave line ends as they are.

    The file has its name once it is whole, and only its owner can read it. Raises UserError when it
    cannot be written.
    """
    if file is None:
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8", errors="strict", newline="")
        yield sys.stdout
        return
    try:
        target = file.resolve()
        if target.is_dir():
            raise UserError(f"{file} is a folder: name a file in it.")
        with _opened(target) as stream:
            yield stream
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UserError(f"{file} cannot be written: {error.strerror}.") from None


@contextmanager
def _opened(file: Path) -> Iterator[TextIO]:
    if _is_special(file):
        with file.open("w", encoding="utf-8", newline="") as stream:
            yield stream
        return
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.", suffix=".part")
    draft = Path(name)
    try:
        with open(descriptor, "w", encoding="utf-8", newline="") as stream:
            yield stream
            stream.flush()
            os.fsync(descriptor)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def _is_special(file: Path) -> bool:
    """Say whether it is a device or a pipe, which is written to and stays what it is."""
    try:
        return not stat.S_ISREG(file.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
