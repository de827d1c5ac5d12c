"""Keeps workspace and status page in a file: loaded at the start, written whole on each change."""

import json
import os
import threading
from pathlib import Path

from slack_sandbox import snapshot
from slack_sandbox.model import Json
from slack_sandbox.statuspage import Statuspage
from slack_sandbox.workspace import Workspace

SECONDS_BETWEEN_WRITES = 0.5


class StateFile:
    def __init__(self, space: Workspace, board: Statuspage, path: Path) -> None:
        self.space, self.board, self.path = space, board, path
        self._closing = threading.Event()
        if path.exists():
            self._load(json.loads(path.read_text()))
        self._written = space.version
        self._thread = threading.Thread(target=self._work, name="sandbox-state", daemon=True)
        self._thread.start()

    def _load(self, saved: Json) -> None:
        """The status page may be absent: earlier versions did not keep it."""
        snapshot.load(self.space, saved)
        if board := saved.get("statuspage"):
            self.board.load(board)

    def _work(self) -> None:
        while not self._closing.wait(SECONDS_BETWEEN_WRITES):
            if self.space.version != self._written:
                self.write()

    def write(self) -> None:
        """Replace the file in one step, so that a crash leaves the old or the new one."""
        self._written = self.space.version
        beside = self.path.with_name(self.path.name + ".new")
        everything = {**snapshot.dump(self.space), "statuspage": self.board.dump()}
        beside.write_text(json.dumps(everything))
        os.replace(beside, self.path)

    def close(self) -> None:
        self._closing.set()
        self._thread.join()
        self.write()
