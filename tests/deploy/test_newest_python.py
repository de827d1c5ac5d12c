"""A machine whose only Python is newer than the developers': `make` does all the rest there."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

import bootstrap
from incident_bot.embedded import process
from tests.deploy.building import copy_of_checkout
from tests.deploy.site import PROJECT, answer, check

NEWEST: Final = f"3.{bootstrap.TOO_NEW[1] - 1}"
ARM64: Final = ("--platform", "manylinux_2_28_aarch64", "--platform", "manylinux_2_17_aarch64")


_LONGEST_SECONDS: Final = 3600
_ASKED_FOR: Final = ("git", "zsh", "fish")
"""Programs that some tests run, which a bare Debian has not."""


class Debian:
    """A Debian with its Python, make and a checkout, in mounts of its own, on our network."""

    def __init__(self, root: Path) -> None:
        self.root, self.checkout = root, root / "opt" / "checkout"
        subprocess.run(["tar", "-xf", PROJECT / "build/base/forky.tar", "-C", root], check=True)
        # Debian's python3 comes without it; the base has it for the image's sake.
        (without,) = (root / "usr/lib").glob("python3.*/ensurepip")
        shutil.rmtree(without)
        copy_of_checkout(self.checkout)
        for name in ("pip.conf", "hosts", "resolv.conf", "ssl/certs/ca-certificates.crt"):
            if Path("/etc", name).exists():
                shutil.copy(Path("/etc", name), root / "etc" / name)

    def command(self, *words: str) -> list[str | Path]:
        """Return `words` typed in the checkout by its root; what is mounted goes with them."""
        inside = (
            'mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev"'
            ' && mount -t tmpfs tmpfs "$1/tmp" && root="$1" && shift'
            ' && exec chroot "$root" env --chdir=/opt/checkout "$@"'
        )
        return ["unshare", "--mount", "sh", "-c", inside, "sh", self.root, *words]

    @property
    def environment(self) -> dict[str, str]:
        found = {"http_proxy", "https_proxy"}
        way_out = {
            name: value
            for name, value in os.environ.items()
            if name.startswith("PIP_") or name.lower() in found
        }
        return {
            **way_out,
            "DEBIAN_FRONTEND": "noninteractive",
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/root",
        }

    def __call__(self, *words: str, seconds: float = 600) -> str:
        """Run a command to its end; it must end well, within so long."""
        done = subprocess.run(
            self.command(*words),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
        )
        assert done.returncode == 0, done.stdout[-8000:]
        return done.stdout


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Debian]:
    root = tmp_path_factory.mktemp("newest") / "root"
    root.mkdir()
    root.parent.chmod(0o755)  # PostgreSQL runs there under another account
    yield Debian(root)
    end_all_in(root)
    shutil.rmtree(root)


def end_all_in(root: Path) -> None:
    """End what still runs in this root, as a server whose program was killed: it goes on writing.

    Whatever has another root is not ours.
    """
    assert process.wait_until(lambda: not _killed_in(root), 30)


def _killed_in(root: Path) -> list[int]:
    found = [int(each.name) for each in Path("/proc").glob("[0-9]*") if _has_root(each, root)]
    for pid in found:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return found


def _has_root(running: Path, root: Path) -> bool:
    """Say whether a process has this root; one that has ended has none."""
    try:
        return os.path.samefile(running / "root", root)
    except OSError:
        return False


# It needs nothing that is in its root.
_WRITES: Final = """
import os, sys
os.chroot(sys.argv[1])
os.chdir(sys.argv[2])
number = 0
while True:
    number += 1
    with open(f"left-{number % 1000}", "w") as file:
        file.write("here")
"""


def test_what_is_left_in_a_root_is_ended_and_nothing_else(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    for folder in (root, outside):
        folder.mkdir()
    inside_it, beside_it = (
        subprocess.Popen([sys.executable, "-c", _WRITES, *words])
        for words in ((root, "/"), ("/", outside))
    )
    try:
        written = (root / "left-1", outside / "left-1")
        assert process.wait_until(lambda: all(each.exists() for each in written), 30)
        end_all_in(root)
        shutil.rmtree(root)
        assert inside_it.wait(10) == -signal.SIGKILL
        assert beside_it.poll() is None
    finally:
        for each in (inside_it, beside_it):
            process.stop(each)


def test_make_makes_its_environment_from_that_python_alone(debian: Debian) -> None:
    assert "Making .venv for Python 3.14" in debian("make", "env")
    assert "Making" not in debian("make", "env"), "once is enough"


def test_make_run_answers_and_stops_at_ctrl_c(debian: Debian, tmp_path: Path) -> None:
    bot, page, log = process.free_port(), process.free_port(), tmp_path / "logs" / "run"
    words = ("make", "run", f"ARGS=--port {bot} --sandbox-port {page}")
    make = process.start(debian.command(*words), log=log, env=debian.environment)
    try:
        opened = f"Open http://127.0.0.1:{page} "
        assert process.wait_until(lambda: opened in log.read_text(), 120), log.read_text()
        assert answer(f"http://127.0.0.1:{bot}/readyz")[0] == 200
        assert "<title>" in answer(f"http://127.0.0.1:{page}")[1]
        os.killpg(make.pid, signal.SIGINT)
        assert process.wait_until(lambda: make.poll() is not None, 60), log.read_text()
    finally:
        process.stop(make)
    assert "Stopped." in log.read_text()
    assert "Traceback" not in log.read_text()


# A release is tried with the second of them once: `make check-deploy ARGS=--whole-suite`.
@pytest.mark.timeout(_LONGEST_SECONDS + 60)
def test_the_tests_pass_there(debian: Debian, pytestconfig: pytest.Config) -> None:
    is_whole = pytestconfig.getoption("--whole-suite")
    if is_whole:
        unchecked = ("-o", "Acquire::Check-Valid-Until=false")
        debian("apt-get", *unchecked, "update")
        debian("apt-get", *unchecked, "install", "--yes", "--no-install-recommends", *_ASKED_FOR)
    said = debian("make", "test" if is_whole else "quick", seconds=_LONGEST_SECONDS)
    assert " passed" in said
    assert " skipped" not in said


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_each_locked_package_can_be_had_for_the_newest_python(lock: str, tmp_path: Path) -> None:
    assert_can_be_had(lock, tmp_path, "--python-version", NEWEST)


def test_each_locked_package_can_be_had_for_the_image_on_arm64(tmp_path: Path) -> None:
    version = (PROJECT / ".python-version").read_text().strip()
    assert_can_be_had("requirements.txt", tmp_path, "--python-version", version, *ARM64)


def assert_can_be_had(lock: str, folder: Path, *what: str) -> None:
    """The package index must have a wheel of each package in the lock; nothing is compiled."""
    how = ("--dry-run", "--quiet", "--ignore-installed", "--require-hashes", "--only-binary=:all:")
    check("pip", "install", *how, "--target", folder, *what, "-r", lock)
