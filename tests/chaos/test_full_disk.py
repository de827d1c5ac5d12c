"""The database's disk is full: nothing is claimed that is not recorded, and it passes by itself."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from incident_bot.embedded import account
from incident_bot.embedded.postgres import Postgres
from incident_bot.settings import Secret
from incident_bot.store import migrations
from tests.chaos.bot_processes import bot_processes, settle_and_compare
from tests.chaos.people import Outcome, People
from tests.chaos.rounds import are_in_time, rounds
from tests.processes import wait_until

_MEGABYTES: Final = 128


@contextmanager
def _small_disk() -> Iterator[Path]:
    """A folder on a file system of its own, which only the superuser can make."""
    with tempfile.TemporaryDirectory(prefix="incident-bot-chaos-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # as root, PostgreSQL runs under another account
        size = f"size={_MEGABYTES}m,mode=711"
        mount = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", name]
        if os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
            pytest.skip("a file system of its own cannot be mounted here")
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", name], check=True)


def _fill(folder: Path) -> Path:
    """Take all that is left, down to the last block."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            while True:
                try:
                    file.write(b"\0" * size)
                except OSError:
                    break
    return ballast


def test_a_full_disk_is_reported_and_recovered_from(
    tmp_path: Path, redis_url: str, report: Any
) -> None:
    times = rounds(1, full=20)
    with _small_disk() as disk, Postgres(disk) as postgres:
        url = postgres.start()
        migrations.migrate(Secret(url))
        with bot_processes(tmp_path, url, redis_url) as processes:
            processes.web()
            processes.worker()
            with People(processes.slack) as people:
                for _ in range(times):
                    time.sleep(1)
                    ballast = _fill(account.home(disk))
                    time.sleep(4)
                    ballast.unlink()
                    freed = time.monotonic()
                    assert wait_until(lambda: people.has_recorded_since(freed), 10)  # noqa: B023
                    time.sleep(1)
            found = settle_and_compare(processes, people.exchanges, seconds=90)
            refused = len(people.with_outcome(Outcome.REFUSED))
            report(
                suite=f"F14: disk full ({len(people.exchanges)} requests, {refused} refused)",
                rounds=times,
                lost=len(found.lost),
                doubled=len(found.doubled) + len(found.wrongly_denied),
                took_ms=people.took_ms(),
            )
            assert refused
            assert people.errors() == []
            assert found.all == []
            assert are_in_time(people.took_ms())
            assert processes.restarted() == []
