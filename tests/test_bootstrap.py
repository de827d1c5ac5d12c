"""bootstrap.py: it makes the environment in a folder of its own, and deletes nobody else's."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A checkout, and on its PATH an installer with nothing to do."""
    for name in ("bootstrap.py", "requirements-dev.txt"):
        shutil.copy(ROOT / name, tmp_path)
    install_with(tmp_path, "exit 0")
    return tmp_path


def install_with(project: Path, script: str) -> None:
    uv = project / "bin" / "uv"
    uv.parent.mkdir(exist_ok=True)
    uv.write_text(f"#!/bin/sh\n{script}\n")
    uv.chmod(0o755)


def bootstrap(project: Path, *, python: str | Path = sys.executable, **env: str) -> tuple[int, str]:
    given = {name: value for name, value in os.environ.items() if name != "VENV"}
    done = subprocess.run(
        [python, "-I", project / "bootstrap.py"],
        env={**given, "PATH": f"{project}/bin:/usr/bin:/bin", **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("kind", ["folder", "file", "link to nothing"])
def test_a_strangers_environment_is_refused_in_a_sentence_and_kept(
    project: Path, kind: str
) -> None:
    venv = project / ".venv"
    if kind == "folder":
        (venv / "bin").mkdir(parents=True)
        (venv / "bin" / "mine").write_text("mine")
    elif kind == "file":
        venv.write_text("mine")
    else:
        venv.symlink_to(project / "nowhere")
    before = sorted(project.rglob("*"))
    code, said = bootstrap(project)
    assert (code, said.count("\n")) == (1, 1)
    assert said.startswith(f"{venv} was not made by this project, and is left as it is.")
    assert "make run VENV=" in said
    assert sorted(project.rglob("*")) == before


def test_another_folder_is_made_beside_a_strangers(project: Path) -> None:
    (project / ".venv").mkdir()
    (project / ".venv" / "mine").write_text("mine")
    assert bootstrap(project, VENV=".venv-bot")[0] == 0
    made = project / ".venv-bot" / "bin"
    assert (made / "python").exists()
    assert (made / "incident-bot").exists()
    assert (project / ".venv" / "mine").read_text() == "mine"


def test_an_empty_folder_is_taken_and_ours_is_made_anew(project: Path) -> None:
    """One that was ended in the middle has a stamp too, which says so."""
    (project / ".venv").mkdir()
    assert bootstrap(project)[0] == 0
    assert bootstrap(project) == (0, "")
    (project / ".venv" / "made-from").write_text("unfinished")
    (project / ".venv" / "lib" / "left").write_text("from before")
    assert bootstrap(project)[1].startswith("Making .venv for Python ")
    assert not (project / ".venv" / "lib" / "left").exists()
    assert (project / ".venv" / "bin" / "incident-bot").exists()


def test_it_is_ours_from_the_beginning(project: Path) -> None:
    """An environment whose making was ended is not refused at the next start."""
    install_with(project, "kill -9 $PPID; sleep 1")
    assert bootstrap(project)[0] != 0
    assert (project / ".venv" / "bin").exists()
    install_with(project, "exit 0")
    assert bootstrap(project)[0] == 0
    assert (project / ".venv" / "bin" / "incident-bot").exists()


def test_an_activated_environment_can_be_made_anew(project: Path) -> None:
    """Its own Python is the first on PATH then, and is deleted on the way."""
    assert bootstrap(project)[0] == 0
    (project / ".venv" / "made-from").write_text("of another day")
    code, said = bootstrap(project, python=project / ".venv" / "bin" / "python")
    assert code == 0, said
    assert said.startswith("Making .venv for Python ")
    assert bootstrap(project) == (0, "")
