"""The systemd units and their installer: checked by systemd's own tools, installed for real."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from incident_bot.settings import SETTINGS, load, read_env_file
from tests.builders import ENVIRONMENT
from tests.deploy.site import PROJECT, Site, check

FOLDER = PROJECT / "systemd"
SERVICES = sorted(FOLDER.glob("*.service"))
UNITS = [*SERVICES, *FOLDER.glob("*.timer"), *FOLDER.glob("*.target")]
STOP_SECONDS = 25  # what gunicorn and the worker give to what is under way
CREDENTIALS = """
[Service]
LoadCredential=slack_bot_token:/etc/incident-bot/slack_bot_token
Environment=SLACK_BOT_TOKEN_FILE=%d/slack_bot_token
"""


def name_of(path: Path) -> str:
    return path.name


def values(unit: Path, name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", unit.read_text(), re.MULTILINE)


@pytest.mark.parametrize("unit", UNITS, ids=name_of)
def test_systemd_has_nothing_to_say_against_it(unit: Path, tmp_path: Path) -> None:
    """With a credential added as the docs say; the program stands where it would be installed."""
    for each in UNITS:
        there = each.read_text().replace("/usr/local/bin/incident-bot", "/bin/true")
        (tmp_path / each.name).write_text(there)
    if unit.suffix == ".service":
        (tmp_path / f"{unit.name}.d").mkdir()
        (tmp_path / f"{unit.name}.d" / "credentials.conf").write_text(CREDENTIALS)
    check("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", tmp_path / unit.name)


def test_the_target_enables_both_programs_and_the_short_name(tmp_path: Path) -> None:
    """In a root of its own: `systemctl status incident-bot` finds the web process."""
    units = tmp_path / "etc" / "systemd" / "system"
    units.mkdir(parents=True)
    for each in UNITS:
        shutil.copy(each, units)
    check("systemctl", "--root", tmp_path, "enable", "incident-bot.target")
    assert (units / "incident-bot.service").readlink().name == "incident-bot-web.service"
    wanted = {path.name for path in (units / "incident-bot.target.wants").iterdir()}
    assert wanted == {"incident-bot-web.service", "incident-bot-worker.service"}
    assert (units / "multi-user.target.wants" / "incident-bot.target").is_symlink()


@pytest.mark.parametrize("unit", SERVICES, ids=name_of)
def test_its_exposure_is_low(unit: Path) -> None:
    said = check("systemd-analyze", "security", "--offline=true", "--no-pager", unit)
    exposure = re.search(r"Overall exposure level for \S+: ([0-9.]+)", said)
    assert exposure
    assert float(exposure[1]) <= 1.5, said


@pytest.mark.parametrize("name", ["web", "worker", "socket"])
def test_what_is_under_way_may_end_before_it_is_killed(name: str) -> None:
    unit = FOLDER / f"incident-bot-{name}.service"
    (allowed,) = values(unit, "TimeoutStopSec")
    assert STOP_SECONDS < int(allowed) < 60
    assert values(unit, "KillMode") == ["mixed"]
    assert values(unit, "Restart") == ["always"]
    assert values(unit, "SyslogIdentifier") == [f"incident-bot-{name}"]


def test_the_example_of_settings_is_complete_and_knows_no_other() -> None:
    given = read_env_file(FOLDER / "env.example")
    assert set(given) <= {setting.name for setting in SETTINGS}
    assert {setting.name for setting in SETTINGS if setting.default is None} <= set(given)
    assert load({**ENVIRONMENT, **{name: value for name, value in given.items() if value}})


def install(root: Path, *words: str | Path) -> str:
    command: list[str | Path] = [FOLDER / "install.sh", "--root", root, *words]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def state(root: Path) -> dict[str, tuple[int, int]]:
    """Each file with its mode and the inode it is: what changes when something is done anew."""
    files = [path for path in root.rglob("*") if path.is_file()]
    return {str(path): (path.stat().st_mode, path.stat().st_size) for path in files}


def version(root: Path, text: str) -> Path:
    file = root / f"file-{text}"
    file.write_text(f"#!/bin/sh\necho incident-bot {text}\n")
    file.chmod(0o755)
    return file


def run_installed(root: Path) -> str:
    command: list[str | Path] = [root / "usr/local/bin/incident-bot", "--version"]
    return str(subprocess.run(command, capture_output=True, text=True, check=True).stdout).strip()


def test_the_installer_is_sound() -> None:
    check(
        "shellcheck", FOLDER / "install.sh", PROJECT / ".ci" / "deploy-tools", PROJECT / ".ci/run"
    )


def test_installed_twice_it_is_installed_once(tmp_path: Path) -> None:
    root, one = tmp_path / "root", version(tmp_path, "1")
    said = install(root, one)
    assert "installed incident-bot 1." in said
    assert "fill in" in said
    before = state(root)
    assert "installed already" in install(root, one)
    assert state(root) == before
    assert not (root / "usr/local/lib/incident-bot/incident-bot.previous").exists()
    assert (root / "etc/incident-bot/env").stat().st_mode & 0o777 == 0o640
    assert {unit.name for unit in UNITS} <= {path.name for path in root.rglob("*")}


def test_the_installer_makes_a_token_for_the_metrics_once(tmp_path: Path) -> None:
    tokens = []
    for name in ("one", "two"):
        root = tmp_path / name
        install(root, version(tmp_path, "1"))
        tokens.append(read_env_file(root / "etc/incident-bot/env")["METRICS_TOKEN"])
        install(root, version(tmp_path, "2"))
        assert read_env_file(root / "etc/incident-bot/env")["METRICS_TOKEN"] == tokens[-1]
    assert all(re.fullmatch(r"[0-9a-f]{48}", token) for token in tokens)
    assert len(set(tokens)) == 2


def test_settings_outlive_a_new_version(tmp_path: Path) -> None:
    root = tmp_path / "root"
    install(root, version(tmp_path, "1"))
    (root / "etc/incident-bot/env").write_text("SERVICES=ours\n")
    install(root, version(tmp_path, "2"))
    assert (root / "etc/incident-bot/env").read_text() == "SERVICES=ours\n"


def test_rollback_is_one_command_and_its_own_opposite(tmp_path: Path) -> None:
    root = tmp_path / "root"
    install(root, version(tmp_path, "1"))
    install(root, version(tmp_path, "2"))
    assert run_installed(root) == "incident-bot 2"
    assert "back at incident-bot 1;" in install(root, "rollback")
    assert run_installed(root) == "incident-bot 1"
    install(root, "rollback")
    assert run_installed(root) == "incident-bot 2"


def test_no_rollback_without_a_version_before(tmp_path: Path) -> None:
    install(tmp_path / "root", version(tmp_path, "1"))
    command: list[str | Path] = [FOLDER / "install.sh", "--root", tmp_path / "root", "rollback"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, "no version before" in done.stderr) == (1, True)
    assert run_installed(tmp_path / "root") == "incident-bot 1"


def test_what_the_units_run_runs(bot: Site, single_file: Path, tmp_path: Path) -> None:
    """Their commands, in their order, with their environment, as a user who has no home."""
    install(tmp_path / "root", single_file)
    cache = tmp_path / "cache"
    cache.mkdir()
    program = str(tmp_path / "root/usr/local/bin/incident-bot")
    web, worker = (FOLDER / f"incident-bot-{name}.service" for name in ("web", "worker"))
    bot.settings |= {"HOME": "/nonexistent", "SHIV_ROOT": str(cache)}
    starts = [*values(web, "ExecStartPre"), *values(worker, "ExecStart"), *values(web, "ExecStart")]
    assert [line.split()[1] for line in starts] == ["migrate", "worker", "web"]
    bot.command = [program]
    bot.run("migrate")
    for line in starts[1:]:
        bot.start(*line.split()[1:])
    bot.wait_until_ready()
    bot.declare("Trouble 1")
    bot.settle()
