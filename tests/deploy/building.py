"""`make binary` and `make dist`, in a copy of the checkout."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.deploy.site import PROJECT


def system_python() -> str:
    """Return the Python that the machine's own units and users run, not the project's."""
    found = shutil.which("python3", path="/usr/bin:/bin")
    assert found, "Debian's python3 is not installed"
    return found


def system_version() -> str:
    """Return its minor version, such as 3.11."""
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    return subprocess.check_output([system_python(), "-c", ask], text=True).strip()


def build(checkout: Path, module: str = "binary.build") -> Path:
    """Make the single file for the machine's own Python, and with `binary.dist` all the rest.

    No engine answers it, also on a machine that runs one: the image has tests of its own.
    """
    done = subprocess.run(
        [system_python(), "-m", module],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": "", "DOCKER_HOST": "unix:///nowhere"},
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
