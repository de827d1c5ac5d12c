"""The single file: made twice it is the same, and a bare system with Python is all it needs."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.bare import Bare
from tests.deploy.building import build, copy_of_checkout, system_version
from tests.deploy.site import PROJECT, Site

OTHER_PYTHON = "This incident-bot was built for Python {} and this is Python {}: install python{}"


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bare]:
    place = tmp_path_factory.mktemp("bare")
    (place / "root").mkdir()
    subprocess.run(
        ["tar", "-xf", PROJECT / "build" / "base" / "trixie.tar", "-C", place / "root"], check=True
    )
    yield Bare(place / "root", place / "cache")
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def bare_file(bare: Bare, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file as made with the bare system's own Python, put into that system."""
    place = bare.root / "opt" / "checkout"
    copy_of_checkout(place)
    certificates = bare.root / "etc" / "ssl" / "certs" / "ca-certificates.crt"
    shutil.copy("/etc/ssl/certs/ca-certificates.crt", certificates)
    shutil.copy("/etc/resolv.conf", bare.root / "etc" / "resolv.conf")
    for settings in (Path("/etc/pip.conf"), Path("/etc/hosts")):
        if settings.exists():
            shutil.copy(settings, bare.root / "etc" / settings.name)
    made = subprocess.run(
        [
            *("unshare", "--mount", "chroot", bare.root, "sh", "-ec"),
            "cd /opt/checkout && python3 -m venv /opt/venv && /opt/venv/bin/python -m binary.build",
        ],
        env={name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        | {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert made.returncode == 0, made.stdout
    installed = bare.root / "usr" / "local" / "bin" / "incident-bot"
    shutil.copy(place / "dist" / "incident-bot", installed)
    for folder in (place, bare.root / "opt" / "venv"):
        shutil.rmtree(folder)
    return installed


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_two_builds_in_two_places_are_the_same_to_the_byte(
    single_file: Path, tmp_path: Path
) -> None:
    old = os.umask(0o077)
    try:
        again = build(copy_of_checkout(tmp_path / "elsewhere"))
    finally:
        os.umask(old)
    assert sha256(again) == sha256(single_file)


def test_it_runs_the_bot_on_a_bare_system_as_a_stranger_on_a_read_only_root(
    bot: Site, bare: Bare, bare_file: Path
) -> None:
    assert bare_file.stat().st_size < 12_000_000
    bot.command = bare.command(f"/{bare_file.relative_to(bare.root)}")
    bot.settings["SHIV_ROOT"] = "/var/cache/bot"
    assert "applied 0001-incidents" in bot.run("migrate")
    assert "The database is up to date." in bot.run("migrate")
    bot.start("worker")
    bot.start("web")
    bot.wait_until_ready()
    bot.declare("Trouble 1")
    bot.settle()
    assert len(bot.slack.channel("C0P2").messages) == 1
    bot.end()
    assert "Traceback" not in bot.log("web") + bot.log("worker")


@pytest.mark.parametrize("command", ["sandbox", "dev"])
def test_what_only_a_checkout_has_is_refused_in_a_sentence(
    command: str, bot: Site, bare: Bare, bare_file: Path
) -> None:
    bot.command = bare.command(f"/{bare_file.relative_to(bare.root)}")
    code, said = bot.try_(command, SHIV_ROOT="/var/cache/bot")
    assert (code, said.count("\n")) == (2, 1)
    assert "`make run` in a checkout" in said


def test_another_python_is_refused_in_a_sentence(bot: Site, bare: Bare, single_file: Path) -> None:
    """The file is this Python's; the bare system has only another."""
    shutil.copy(single_file, bare.root / "usr" / "local" / "bin" / "for-another")
    bot.command = bare.command("/usr/local/bin/for-another")
    code, said = bot.try_("--version", SHIV_ROOT="/var/cache/bot")
    ours = system_version()
    theirs = next((bare.root / "usr" / "bin").glob("python3.*")).name.removeprefix("python")
    assert ours != theirs
    assert (code, said.count("\n")) == (1, 1)
    assert said.startswith(OTHER_PYTHON.format(ours, theirs, ours))


def test_the_fitting_python_is_taken_where_python3_is_another(
    bot: Site, bare: Bare, single_file: Path
) -> None:
    """A stand-in for that Python says that it was called."""
    place = bare.root / "usr" / "local" / "bin"
    shutil.copy(single_file, place / "for-another")
    fitting = place / f"python{system_version()}"
    fitting.write_text('#!/bin/sh\necho "$0 runs $@"\n')
    fitting.chmod(0o755)
    bot.command = bare.command("/usr/local/bin/for-another")
    said = bot.run("--version", SHIV_ROOT="/var/cache/bot")
    fitting.unlink()
    assert said == f"/usr/local/bin/{fitting.name} runs /usr/local/bin/for-another --version\n"
