"""A file of settings is written so that each program that reads such files reads the same."""

import os
import re
import stat
import subprocess
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Final

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from incident_bot import settings
from incident_bot.errors import ConfigError
from incident_bot.settings import env_file, inspection
from tests.builders import ENVIRONMENT

HARD: Final = (
    "api-gateway, checkout",
    "a#b",
    "# all of it",
    "$HOME and $(id) `id`",
    '{"checkout": ["U0ADA"]}',
    "ünïcode → 🔥",
    "xoxb-1-2-aB",
    "postgresql://bot:p%40ss#$%21@db.example.com:5432/bot?sslmode=require&application_name=x",
    "a=b=c",
    "x;y!z*",
    "",
)


def by_a_shell(file: Path) -> str:
    script = f'set -a; . {file}; printf %s "$NAME"'
    return subprocess.run(["sh", "-c", script], capture_output=True, text=True).stdout


@pytest.mark.parametrize("value", HARD)
def test_each_reader_reads_the_same(value: str, tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text(env_file.line("NAME", value) + "\n", encoding="utf-8")
    assert dotenv_values(file) == {"NAME": value}
    assert dotenv_values(file, interpolate=False) == {"NAME": value}
    assert settings.read_env_file(file) == {"NAME": value}
    assert by_a_shell(file) == value


_TEXT: Final = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(value=_TEXT)
def test_what_is_written_is_read_again_or_refused(value: str) -> None:
    try:
        line = env_file.line("NAME", value)
    except ConfigError:
        return
    assert "\n" not in line
    assert dotenv_values(stream=StringIO(f"{line}\nNEXT=1\n")) == {"NAME": value, "NEXT": "1"}


@pytest.mark.parametrize("value", ["it's", "a\\b", "two\nlines", "${HOME}", '"quoted"', " padded "])
def test_what_readers_differ_on_is_refused_with_the_way_out(value: str) -> None:
    with pytest.raises(ConfigError, match="SERVICES_FILE"):
        env_file.line("SERVICES", value)


def test_an_address_is_escaped_to_one_that_means_the_same() -> None:
    typed = "postgresql://bot:a'b\\c${d}@db.example.com/bot"
    escaped = env_file.escaped_url(typed)
    assert conninfo_to_dict(escaped) == conninfo_to_dict(typed)
    assert env_file.line("DATABASE_URL", escaped) == f"DATABASE_URL='{escaped}'"


def test_the_settings_come_back_whole(tmp_path: Path) -> None:
    file = tmp_path / "env"
    env_file.write(file, env_file.merged("", ENVIRONMENT, {}, {}))
    assert settings.load(settings.read_env_file(file)) == settings.load(ENVIRONMENT)
    read = {name: value or "" for name, value in dotenv_values(file).items()}
    assert settings.load(read) == settings.load(ENVIRONMENT)


BEFORE: Final = """\
# Ours since 2026
export SERVICES=old
LOG_LEVEL=DEBUG

# P1_CHANNELS: #gone (C0OLD)
NOTIFICATION_CHANNEL_GENERAL=C0OLD
SERVICES=again
SLACK_BOT_TOKEN_FILE=/run/secrets/token
"""


def merged(values: Mapping[str, str], notes: Mapping[str, str]) -> str:
    return env_file.merged(BEFORE, values, notes, inspection.other_names())


def test_other_lines_stay_and_ours_take_the_place_of_all_that_they_replace() -> None:
    values = {"SERVICES": "new", "P1_CHANNELS": "C0P1", "SLACK_BOT_TOKEN": "xoxb-1", "PORT": "3001"}
    written = merged(values, {"P1_CHANNELS": "#p1 (C0P1)"})
    assert written == (
        "# Ours since 2026\nSERVICES=new\nLOG_LEVEL=DEBUG\n\n"
        "# P1_CHANNELS: #p1 (C0P1)\nP1_CHANNELS=C0P1\nSLACK_BOT_TOKEN=xoxb-1\nPORT=3001\n"
    )
    again = env_file.merged(
        written, values, {"P1_CHANNELS": "#p1 (C0P1)"}, inspection.other_names()
    )
    assert again == written


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "env"
    before = os.umask(0)
    try:
        env_file.write(file, "A=1\n")
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(("before", "after"), [(0o644, 0o600), (0o640, 0o640), (0o600, 0o600)])
def test_a_group_reads_on_where_nobody_else_did(before: int, after: int, tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("A=0\n")
    file.chmod(before)
    env_file.write(file, "A=1\n")
    assert stat.S_IMODE(file.stat().st_mode) == after


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "env"
    real.write_text("A=0\n")
    link.symlink_to(real)
    env_file.write(link, "A=1\n")
    assert link.is_symlink()
    assert real.read_text() == "A=1\n"


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("A=0\n")
    with pytest.raises(UnicodeEncodeError):
        env_file.write(file, "A=\ud800\n")
    assert [each.name for each in tmp_path.iterdir()] == ["env"]
    assert file.read_text() == "A=0\n"


def test_a_folder_that_is_not_there_is_named_with_the_file(tmp_path: Path) -> None:
    file = tmp_path / "none" / "env"
    with pytest.raises(OSError, match=re.escape(str(file))):
        env_file.write(file, "A=1\n")
