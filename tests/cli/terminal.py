"""`incident-bot` at a terminal of its own, as a person sees it and types into it."""

import os
import pty
import select
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from tests.docs import ROOT
from tests.processes import MAIN

CTRL_C: Final = "\x03"
CTRL_D: Final = "\x04"


class Terminal:
    """A program at a terminal; `said` is all that the screen has shown."""

    def __init__(self, settings: dict[str, str], *words: str, folder: Path | None = None) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **settings}
        self.pid, self._screen = pty.fork()
        self.said = ""
        self._seen = 0
        if self.pid == 0:
            if folder:
                os.chdir(folder)
            os.execve(sys.executable, [sys.executable, "-c", MAIN, *words], environment)

    def wait_for(self, text: str, seconds: float = 30) -> None:
        """Wait until the screen shows it, behind what was waited for before."""
        until = time.monotonic() + seconds
        while text not in self.said[self._seen :]:
            assert time.monotonic() < until, self.said
            assert self._read(), self.said
        self._seen = self.said.index(text, self._seen) + len(text)

    def type(self, keys: str) -> None:
        os.write(self._screen, keys.encode())

    def answer(self, question: str, line: str) -> None:
        """Wait for a question and type a line."""
        self.wait_for(question)
        self.wait_for(": ")
        self.type(f"{line}\n")

    def end(self, *, pressing: str = "", seconds: float = 60) -> int:
        """Read to its end, and press these keys again until it comes; returns its exit code.

        Ctrl-C is lost where it comes between a question and the reading of its answer.
        """
        until = time.monotonic() + seconds
        with suppress(OSError):  # it ends with EIO
            while self._read():
                assert time.monotonic() < until, self.said
                if pressing and not select.select([self._screen], [], [], 0.9)[0]:
                    self.type(pressing)
        os.close(self._screen)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def _read(self) -> bool:
        if not select.select([self._screen], [], [], 0.1)[0]:
            return True
        part = os.read(self._screen, 4096)
        self.said += part.decode()
        return bool(part)
