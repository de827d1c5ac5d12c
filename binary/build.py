"""Make `dist/incident-bot`: the whole bot in one file that needs nothing but Python.

It is for the minor version of Python that makes it, since psycopg's compiled part is. Built twice
from the same files, it is the same to the byte.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

import bootstrap  # noqa: E402

OURS = {
    "incident_bot": "incident_bot",
    "migrations": "incident_bot/migrations",
    "wsgi.py": "wsgi.py",
    "worker.py": "worker.py",
}
FILE = PROJECT / "dist" / "incident-bot"
LOCKED = ("--require-hashes", "--only-binary", ":all:", "--no-compile", "--no-deps")
SHIV = (
    *("--compressed", "--reproducible", "--python", "/usr/bin/env python3"),
    *("--entry-point", "incident_bot_start:main"),
)


def main() -> None:
    os.umask(0o022)
    with tempfile.TemporaryDirectory() as folder:
        site, shiv = Path(folder, "site"), Path(folder, "shiv")
        install(site, _for_every_patch(Path(folder)))
        install(shiv, PROJECT / "binary" / "requirements.txt")
        _add_ours(site)
        _add_start(site)
        _make_alike(site)
        _zip(site, shiv)
    print(f"{FILE.relative_to(PROJECT)} for Python {_version()}, sha256 {_sha256(FILE)}")


def _for_every_patch(folder: Path) -> Path:
    """The lock with what only some patch versions of this minor need: 3.11.2 may run the file."""
    lock = (PROJECT / "requirements.txt").read_text(encoding="utf-8")
    whole = folder / "requirements.txt"
    whole.write_text(re.sub(r" ; python_full_version < '3\.11\.\d+'", "", lock), encoding="utf-8")
    return whole


def install(target: Path, lock: Path) -> None:
    """Put what a lock has into a folder, without a script or a compiled file of this machine's."""
    run(*_pip(), "install", *bootstrap.QUIETLY, *LOCKED, "--target", target, "-r", lock)


def _pip() -> list[str | Path]:
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    return bootstrap._pip()


def _add_ours(site: Path) -> None:
    leave = shutil.ignore_patterns("__pycache__")
    for name, place in OURS.items():
        if (PROJECT / name).is_dir():
            shutil.copytree(PROJECT / name, site / place, ignore=leave)
        else:
            shutil.copyfile(PROJECT / name, site / place)


def _make_alike(site: Path) -> None:
    """Drop what names this machine: scripts with the path of their Python, and their hashes."""
    shutil.rmtree(site / "bin", ignore_errors=True)
    for record in site.glob("*.dist-info/RECORD"):
        record.unlink()
    for path in site.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _add_start(site: Path) -> None:
    """Add the script that the file runs first, with its Python version filled in."""
    text = (PROJECT / "binary" / "start.py").read_text(encoding="utf-8")
    start = text.replace('"3.X"', f'"{_version()}"')
    (site / "incident_bot_start.py").write_text(start, encoding="utf-8")


def _zip(site: Path, shiv: Path) -> None:
    FILE.parent.mkdir(exist_ok=True)
    draft = FILE.with_suffix(".new")
    files: tuple[str | Path, ...] = ("--site-packages", site, "--output-file", draft)
    environ = {**os.environ, "PYTHONPATH": str(shiv)}
    run(sys.executable, "-m", "shiv.cli", *SHIV, *files, env=environ)
    _choose_folder_first(draft)
    draft.rename(FILE)


def _choose_folder_first(file: Path) -> None:
    """Have the file choose the folder that it unpacks itself into before it does so."""
    made = file.read_bytes()
    with ZipFile(BytesIO(made)) as before:
        entries = [(info, before.read(info)) for info in before.infolist()]
    choice = (PROJECT / "binary" / "folder.py").read_bytes()
    with file.open("wb") as out:
        out.write(made[: made.index(b"PK\x03\x04")])  # which Python runs it
        with ZipFile(out, "w") as after:
            for info, content in entries:
                is_first = info.filename == "__main__.py"
                after.writestr(info, choice + b"\n" + content if is_first else content)


def _version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def run(*command: str | Path, env: dict[str, str] | None = None) -> None:
    """Run a command that says nothing but what went wrong; without success this ends."""
    done = subprocess.run(
        command, env=env, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        print(done.stdout, end="")
        sys.exit(f"{' '.join(str(word) for word in command)} failed.")


if __name__ == "__main__":
    main()
