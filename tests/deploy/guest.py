"""A machine of the tests' own: Debian 12 under a systemd that really runs."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

from incident_bot.embedded import process
from tests.deploy.site import PROJECT

DISK: Final = PROJECT / "build" / "base" / "bookworm"
"""Its disk as debootstrap made it, with PostgreSQL and Redis; never written to."""


class Guest(process.StopsOnExit):
    """systemd-nspawn with a disk that starts as `DISK`; it shares the machine's loopback."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.log = folder, folder / "console.log"
        self.root = folder / "root"
        for name in ("written", "work", "root"):
            (folder / name).mkdir(parents=True)
        layers = f"lowerdir={DISK},upperdir={folder}/written,workdir={folder}/work"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", layers, self.root], check=True)
        self.postgres_port, self.redis_port = process.free_port(), process.free_port()
        self.write("etc/postgresql/15/main/conf.d/port.conf", f"port = {self.postgres_port}\n")
        redis = self.root / "etc/redis/redis.conf"
        redis.write_text(f"{redis.read_text()}\nport {self.redis_port}\n")
        self._turn_on()

    def stop(self) -> None:
        process.stop(self._nspawn, patience_seconds=60)
        shutil.rmtree("/run/systemd/nspawn", ignore_errors=True)
        subprocess.run(["umount", self.root], check=True)
        shutil.rmtree(self._folder)

    def write(self, path: str, text: str) -> Path:
        """Write a file on its disk."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def __call__(self, *words: str) -> str:
        """Run a command in it, as root, to its end; it must end well."""
        code, said = self.try_(*words)
        assert code == 0, f"{words}\n{said}\n{self.try_('journalctl', '--lines=60')[1]}"
        return said

    def try_(self, *words: str) -> tuple[int, str]:
        inside = ["nsenter", "--target", str(self._init()), "--all", "--root", "--wd"]
        done = subprocess.run(
            [*inside, "env", "-i", "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        return done.returncode, done.stdout

    def is_active(self, unit: str) -> bool:
        return self.try_("systemctl", "is-active", "--quiet", unit)[0] == 0

    def property_of(self, unit: str, name: str) -> str:
        return self("systemctl", "show", "--value", f"--property={name}", unit).strip()

    def reboot(self) -> None:
        """Turn it off in order and on again."""
        self.try_("systemctl", "poweroff")
        self._nspawn.wait(90)
        self._turn_on()

    def make_database(self, name: str, password: str) -> str:
        """Make a role and its database in the guest's PostgreSQL; the URL that reaches it."""
        psql = ("psql", "--quiet", "--port", str(self.postgres_port))
        for query in (
            f"create role {name} login password '{password}'",
            f"create database {name} owner {name}",
        ):
            self("runuser", "-u", "postgres", "--", *psql, "--command", query)
        return f"postgresql://{name}:{password}@127.0.0.1:{self.postgres_port}/{name}"

    def _turn_on(self) -> None:
        options = ("--quiet", "--register=no", "--keep-unit", "--link-journal=no")
        self._nspawn = process.start(
            ["systemd-nspawn", *options, "--boot", "--directory", self.root], log=self.log
        )
        self._wait_until_up()

    def _init(self) -> int:
        """Return the pid of its first process as the machine sees it, 0 while there is none."""
        children = Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children")
        for pid in children.read_text().split():
            status = Path(f"/proc/{pid}/status").read_text()
            (numbers,) = [line for line in status.splitlines() if line.startswith("NSpid:")]
            if numbers.split()[-1] == "1":
                return int(pid)
        return 0

    def _wait_until_up(self) -> None:
        def is_up() -> bool:
            return bool(self._init()) and self.try_(*state)[1].strip() in ("running", "degraded")

        state = ("systemctl", "is-system-running")
        assert process.wait_until(is_up, 90), self._console()

    def _console(self) -> str:
        return process.tail(self.log)
