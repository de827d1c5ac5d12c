"""The single file, made as `make binary` makes it, in a copy of the checkout."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.deploy.site import PROJECT


def build(checkout: Path, python: str | Path = sys.executable) -> Path:
    done = subprocess.run(
        [python, "-m", "binary.build"],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    return checkout / "dist" / "incident-bot"


def copy_of_checkout(folder: Path) -> Path:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        check=True,
    )
    for name in listed.stdout.decode().split("\0"):
        if (PROJECT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT / name, folder / name)
    return folder
