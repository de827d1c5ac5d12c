"""Keeps the workspace in a file: loaded at the start, written whole a moment after each change."""

import json
import os
import threading
from pathlib import Path

from incident_bot.sandbox import snapshot
from incident_bot.sandbox.workspace import Workspace

SECONDS_BETWEEN_WRITES = 0.5


class StateFile:
    def __init__(self, space: Workspace, path: Path) -> None:
        self.space, self.path = space, path
        self._closing = threading.Event()
        if path.exists():
            snapshot.load(space, json.loads(path.read_text()))
        self._written = space.version
        self._thread = threading.Thread(target=self._work, name="sandbox-state", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        while not self._closing.wait(SECONDS_BETWEEN_WRITES):
            if self.space.version != self._written:
                self.write()

    def write(self) -> None:
        """Replace the file in one step, so that a crash leaves the old or the new one."""
        self._written = self.space.version
        beside = self.path.with_name(self.path.name + ".new")
        beside.write_text(json.dumps(snapshot.dump(self.space)))
        os.replace(beside, self.path)

    def close(self) -> None:
        self._closing.set()
        self._thread.join()
        self.write()
