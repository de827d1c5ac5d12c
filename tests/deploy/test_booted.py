"""The single file and its units under a systemd that runs: installed, hurt, updated, rebooted."""

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from incident_bot.embedded.process import free_port, wait_until
from slack_sandbox import Sandbox
from tests.builders import ENVIRONMENT
from tests.deploy.guest import Guest
from tests.deploy.site import PROJECT, answer

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("systemd-nspawn") is None,
    reason="a systemd of our own needs root and systemd-nspawn, which .ci/deploy-tools installs",
)
WEB: Final = "incident-bot-web.service"
WORKER: Final = "incident-bot-worker.service"


@dataclass
class Machine:
    """A guest with the bot's settings, and the workspace that the bot serves."""

    guest: Guest
    slack: Sandbox
    port: int
    settings: dict[str, str]

    def env_file(self) -> str:
        return "".join(f"{name}={value}\n" for name, value in self.settings.items())

    def health(self) -> tuple[int, str]:
        return answer(f"http://127.0.0.1:{self.port}/health")

    def is_well(self) -> bool:
        return self.health() == (200, "OK")

    def wait_until_well(self) -> None:
        assert wait_until(self.is_well, 60), self.journal()

    def states(self) -> list[str]:
        return [self.guest.property_of(unit, "ActiveState") for unit in (WEB, WORKER)]

    def journal(self) -> str:
        return self.guest.try_("journalctl", "--unit", "incident-bot*", "--lines=80")[1]

    def declare(self, title: str) -> None:
        """Declare a P1 and wait until it is announced."""
        line = f"/incident declare P1 api-gateway {title}"
        said = self.slack.command("U0ADA", "C0GENERAL", line)
        assert " is declared" in said.text, (said, self.journal())
        assert wait_until(lambda: self.announced(title) == 1, 60), self.journal()

    def announced(self, title: str) -> int:
        return sum(title in message.text for message in self.slack.channel("C0P1").messages)


@contextmanager
def booted(folder: Path) -> Iterator[Machine]:
    with Guest(folder) as guest, Sandbox() as slack:
        port = free_port()
        slack.app.url = f"http://127.0.0.1:{port}"
        settings = {
            **ENVIRONMENT,
            "DATABASE_URL": guest.make_database("incident_bot", "secret"),
            "REDIS_URL": f"redis://127.0.0.1:{guest.redis_port}/0",
            "SLACK_API_URL": slack.api_url,
            "SLACK_RESPONSE_ORIGINS": slack.origin,
            "PORT": str(port),
        }
        yield Machine(guest, slack, port, settings)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, single_file: Path) -> Iterator[Machine]:
    """A machine on which the page's commands were typed."""
    with booted(tmp_path_factory.mktemp("installed") / "guest") as machine:
        guest = machine.guest
        home = guest.root / "root"
        (home / "dist").mkdir()
        shutil.copy(single_file, home / "dist")
        shutil.copytree(PROJECT / "systemd", home / "systemd")
        said = guest("sh", "-c", "cd /root && systemd/install.sh dist/incident-bot")
        assert "systemctl enable --now incident-bot.target" in said
        (guest.root / "etc/incident-bot/env").write_text(machine.env_file())
        guest("systemctl", "enable", "--now", "incident-bot.target")
        machine.wait_until_well()
        yield machine


def test_it_declares_and_tells_under_all_its_hardening(machine: Machine) -> None:
    machine.declare("Trouble 1")
    (channel,) = [each for each in machine.slack.channels if each.name.startswith("inc-")]
    assert wait_until(lambda: len(channel.pins) == 1, 30), machine.journal()
    assert machine.slack.violations == []
    journal = machine.journal()
    assert "INC-1 declared" in journal
    assert journal.count('"worker ready"') == 2
    status = machine.guest("systemctl", "status", "--no-pager", "incident-bot*")
    for unit in (WEB, WORKER, "incident-bot.target", "incident-bot-backup.timer"):
        assert f"● {unit}" in status, status
    assert "secret@" not in journal


@pytest.mark.parametrize("unit", [WEB, WORKER])
def test_what_is_killed_is_started_again(machine: Machine, unit: str) -> None:
    killed = machine.guest.property_of(unit, "MainPID")
    machine.guest("kill", "-9", killed)
    gone = ("0", killed)
    assert wait_until(lambda: machine.guest.property_of(unit, "MainPID") not in gone, 30)
    machine.wait_until_well()
    machine.declare(f"Killed {unit}")


def test_a_database_that_goes_away_needs_no_restart_of_ours(machine: Machine) -> None:
    before = [machine.guest.property_of(unit, "MainPID") for unit in (WEB, WORKER)]
    machine.guest("systemctl", "stop", "postgresql@15-main")
    assert machine.health() == (503, "the database does not answer")
    machine.guest("systemctl", "start", "postgresql@15-main")
    machine.wait_until_well()
    machine.declare("After the database")
    assert [machine.guest.property_of(unit, "MainPID") for unit in (WEB, WORKER)] == before


def test_a_machine_that_boots_without_its_database_waits_for_it(machine: Machine) -> None:
    machine.guest("systemctl", "disable", "--now", "postgresql@15-main", "postgresql")
    machine.guest("systemctl", "mask", "postgresql@15-main")
    machine.guest.reboot()
    assert wait_until(lambda: machine.guest.property_of(WEB, "NRestarts") not in ("", "0"), 60)
    assert not machine.is_well()
    machine.guest("systemctl", "unmask", "postgresql@15-main")
    machine.guest("systemctl", "enable", "postgresql")
    machine.guest("systemctl", "start", "postgresql@15-main")
    machine.wait_until_well()
    machine.declare("Booted without a database")


def test_it_is_there_after_a_reboot(machine: Machine) -> None:
    machine.guest.reboot()
    machine.wait_until_well()
    assert all(machine.guest.is_active(unit) for unit in (WEB, WORKER, "incident-bot-backup.timer"))
    machine.declare("After the reboot")


def test_a_secret_can_be_a_credential(machine: Machine) -> None:
    drop_in = (
        "[Service]\nLoadCredential=slack_bot_token:/etc/incident-bot/slack_bot_token\n"
        "Environment=SLACK_BOT_TOKEN_FILE=%d/slack_bot_token\n"
    )
    env = machine.guest.root / "etc/incident-bot/env"
    token = f"SLACK_BOT_TOKEN={machine.settings['SLACK_BOT_TOKEN']}\n"
    machine.guest.write("etc/incident-bot/slack_bot_token", token.partition("=")[2]).chmod(0o600)
    for unit in (WEB, WORKER):
        machine.guest.write(f"etc/systemd/system/{unit}.d/credentials.conf", drop_in)
    env.write_text(env.read_text().replace(token, ""))
    machine.guest("systemctl", "daemon-reload")
    machine.guest("systemctl", "restart", WEB, WORKER)
    machine.wait_until_well()
    machine.declare("With a credential")


def test_the_nightly_copy_can_be_read_by_nobody_else(machine: Machine) -> None:
    machine.guest("systemctl", "start", "incident-bot-backup.service")
    folder = machine.guest.root / "var/lib/incident-bot"
    (copy,) = folder.glob("*.dump")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert "incidents" in machine.guest(
        "pg_restore", "--list", f"/var/lib/incident-bot/{copy.name}"
    )
    assert "incident-bot-backup.timer" in machine.guest("systemctl", "list-timers", "--no-pager")


def test_a_new_version_and_back_again(machine: Machine) -> None:
    """A line more makes the file another one, which runs all the same."""
    installed = machine.guest.root / "usr/local/lib/incident-bot/incident-bot"
    first, new = installed.read_bytes(), machine.guest.root / "root/dist/incident-bot"
    new.write_bytes(first + b"\n")
    for words, expected in (("dist/incident-bot", first + b"\n"), ("rollback", first)):
        running = machine.guest.property_of(WEB, "MainPID")
        machine.guest("sh", "-c", f"cd /root && systemd/install.sh {words}")
        assert installed.read_bytes() == expected
        assert machine.guest.property_of(WEB, "MainPID") != running
        machine.wait_until_well()
        machine.declare(f"After {words}")


def test_stopped_it_leaves_nothing_running(machine: Machine) -> None:
    machine.guest("systemctl", "stop", "incident-bot.target")
    assert wait_until(lambda: machine.states() == ["inactive", "inactive"], 40)
    assert machine.guest.try_("pgrep", "--full", "incident-bot")[1] == ""
    results = [machine.guest.property_of(unit, "Result") for unit in (WEB, WORKER)]
    assert results == ["success", "success"]
    machine.guest("systemctl", "start", "incident-bot.target")
    machine.wait_until_well()
    machine.declare("Started again")


# -- a unit that somebody wrote by hand -----------------------------------------------------------

BY_HAND: Final = """
[Unit]
Description=Slack Incident Bot
After=network.target postgresql.service
Wants=postgresql.service

[Service]
Type=simple
User=incident-bot
Group=incident-bot
WorkingDirectory=/opt/incident-bot
EnvironmentFile=/opt/incident-bot/.env
ExecStartPre=/opt/incident-bot/incident-bot migrate
ExecStart=/opt/incident-bot/incident-bot all
Restart=always
RestartSec=10
StandardOutput=journal
StandardError=journal
SyslogIdentifier=incident-bot
NoNewPrivileges=true
PrivateTmp=true
ProtectSystem=strict
ProtectHome=true
ReadWritePaths=/opt/incident-bot

[Install]
WantedBy=multi-user.target
"""


def test_it_runs_from_opt_under_a_unit_written_by_hand(tmp_path: Path, single_file: Path) -> None:
    """One service, one folder, a user without a home, `.env` beside the file."""
    with booted(tmp_path / "guest") as machine:
        guest = machine.guest
        (guest.root / "opt/incident-bot").mkdir()
        shutil.copy(single_file, guest.root / "opt/incident-bot")
        guest.write("opt/incident-bot/.env", machine.env_file())
        guest.write("etc/systemd/system/incident-bot.service", BY_HAND)
        guest("useradd", "-r", "-s", "/bin/false", "incident-bot")
        guest("chown", "-R", "incident-bot:incident-bot", "/opt/incident-bot")
        guest("chmod", "600", "/opt/incident-bot/.env")
        guest("systemctl", "enable", "incident-bot")
        guest("systemctl", "start", "incident-bot")
        machine.wait_until_well()
        machine.declare("Trouble 1")
        assert "active (running)" in guest("systemctl", "status", "--no-pager", "incident-bot")
        assert "INC-1 declared" in guest("journalctl", "-u", "incident-bot")
        guest("kill", "-9", guest.property_of("incident-bot.service", "MainPID"))
        machine.wait_until_well()
        guest("systemctl", "stop", "incident-bot")
        assert guest.try_("pgrep", "--full", "incident-bot")[1] == ""
