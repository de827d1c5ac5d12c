"""The single file's folder: somewhere it may write, and nobody else, whoever runs it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.site import PROJECT

CHOICE = PROJECT / "binary" / "folder.py"


def chosen(file: Path, **environment: str) -> Path:
    """Return the folder that a file at this path chooses in this environment."""
    text = CHOICE.read_text(encoding="utf-8") + "\nprint(os.environ['SHIV_ROOT'])\n"
    file.write_text(text, encoding="utf-8")
    told = subprocess.run(
        [sys.executable, "-S", file],
        env={"HOME": "/nonexistent", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return Path(told.stdout.strip())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file in a folder that can be written."""
    (tmp_path / "opt").mkdir()
    return tmp_path / "opt" / "incident-bot"


def test_what_was_set_counts(file: Path, tmp_path: Path) -> None:
    assert chosen(file, SHIV_ROOT="/somewhere", CACHE_DIRECTORY=str(tmp_path)) == Path("/somewhere")


def test_systemds_folders_come_before_the_home(file: Path, tmp_path: Path) -> None:
    cache, state, home = (tmp_path / name for name in ("cache", "state", "home"))
    home.mkdir()
    its = {"STATE_DIRECTORY": str(state), "HOME": str(home)}
    assert chosen(file, **its, CACHE_DIRECTORY=f"{cache}:/other") == cache
    assert chosen(file, **its) == state
    assert chosen(file, HOME=str(home)) == home / ".shiv"


def test_without_a_home_it_is_beside_the_file(file: Path) -> None:
    """As in a user's own unit, with an account whose home does not exist."""
    assert chosen(file) == file.parent / ".incident-bot"
    assert chosen(file, CACHE_DIRECTORY="/proc/nowhere") == file.parent / ".incident-bot"


def test_where_nothing_can_be_written_it_is_private_and_temporary(
    file: Path, tmp_path: Path
) -> None:
    (file.parent / ".incident-bot").write_text("in the way")
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    found = chosen(file, TMPDIR=str(temporary))
    assert found == temporary / f"incident-bot-{os.getuid()}"
    assert found.stat().st_mode & 0o777 == 0o700
    assert chosen(file, TMPDIR=str(temporary)) == found, "once, not at each start"


@pytest.mark.parametrize("trap", ["readable", "link"])
def test_a_folder_that_somebody_else_made_is_not_taken(
    file: Path, tmp_path: Path, trap: str
) -> None:
    (file.parent / ".incident-bot").write_text("in the way")
    theirs = tmp_path / f"incident-bot-{os.getuid()}"
    if trap == "link":
        (tmp_path / "theirs").mkdir(mode=0o700)
        theirs.symlink_to(tmp_path / "theirs")
    else:
        theirs.mkdir(mode=0o777)
        theirs.chmod(0o777)
    found = chosen(file, TMPDIR=str(tmp_path))
    assert found.parent == tmp_path
    assert found != theirs
    assert found.stat().st_mode & 0o777 == 0o700
