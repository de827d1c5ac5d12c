"""docs/DEPLOYMENT.md: what it tells people to type is sound, and runs where it can run."""

import re
import subprocess
from pathlib import Path

from incident_bot.embedded import binaries
from tests.deploy.site import FROM_CHECKOUT, PROJECT, Site, check

PAGE = (PROJECT / "docs" / "DEPLOYMENT.md").read_text()
BLOCKS = re.findall(r"^```bash( run)?\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_page_has_blocks_to_run_and_blocks_to_read() -> None:
    assert len([text for runs, text in BLOCKS if runs]) >= 4
    assert PAGE.count("```bash") == len(BLOCKS)


def test_every_block_is_sound(tmp_path: Path) -> None:
    for number, (_, text) in enumerate(BLOCKS):
        script = tmp_path / f"block-{number}.sh"
        script.write_text(f"#!/bin/bash\nset -e\nexport BOT=\n{text}")
        check("shellcheck", script)


def test_every_file_it_names_exists() -> None:
    for name in re.findall(r"(?:`|\s)((?:k8s|systemd|nginx)/[a-zA-Z0-9.-]+)", PAGE):
        assert (PROJECT / name).exists(), name


def test_its_blocks_run_one_after_the_other(bot: Site, second_database_url: str) -> None:
    """As somebody would type them, in one folder, beside a bot that runs."""
    bot.run("migrate")
    bot.start("worker")
    bot.start("web")
    bot.wait_until_ready()
    command = bot.folder / "bin" / "incident-bot"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {" ".join(FROM_CHECKOUT)} "$@"\n')
    command.chmod(0o755)
    environment = {
        **bot.environment,
        "PATH": f"{command.parent}:{binaries.postgres_folder()}:{bot.environment['PATH']}",
        "BOT": f"http://127.0.0.1:{bot.port}",
        "NEW_DATABASE_URL": second_database_url,
    }
    said = []
    for runs, text in BLOCKS:
        if runs:
            done = subprocess.run(
                ["bash", "-euxo", "pipefail", "-c", text],
                cwd=bot.folder,
                env=environment,
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, (text, done.stdout, done.stderr)
            said.append(done.stdout)
    assert "OK\nOK\nThe database is up to date.\n" in said
    assert said[-1].endswith("The database is up to date.\n")
    url = (bot.folder / "secrets" / "database_url").read_text()
    assert (bot.folder / "secrets" / "postgres_password").read_text() in url
