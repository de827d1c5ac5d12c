"""Make .venv from the locked requirements, with nothing but Python; a second run does nothing.

VENV names another folder. One that this did not make is left alone.

uv installs when it is on PATH; else pip, from ensurepip or, where Debian has left that out, from
the package index.
"""

from __future__ import annotations

import configparser
import hashlib
import importlib.util
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

OLDEST, TOO_NEW = (3, 11), (3, 16)
PIP_WHEEL = "pip-26.3-py3-none-any.whl"
PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
PROJECT = Path(__file__).resolve().parent
VENV = PROJECT / (os.environ.get("VENV") or ".venv")
VENV_PYTHON = VENV / "bin" / "python"
RUNTIME_LOCK, LOCK = PROJECT / "requirements.txt", PROJECT / "requirements-dev.txt"
TOOL_LOCKS = (
    PROJECT / "binary" / "requirements.txt",
    PROJECT / "binary" / "dist-requirements.txt",
    PROJECT / ".ci" / "deploy-requirements.txt",
)
QUIETLY = ("--quiet", "--disable-pip-version-check", "--no-input", "--no-warn-script-location")
UNIVERSALLY = (
    *("--quiet", "--upgrade", "--universal", "--python-version", "3.11", "--generate-hashes"),
    *("--custom-compile-command", "make lock"),
)
STAMP = VENV / "made-from"


def main() -> None:
    if not OLDEST <= sys.version_info[:2] < TOO_NEW:
        sys.exit("This needs Python 3.11 to 3.15; this is " + sys.version.split()[0] + ".")
    if sys.argv[1:] == ["--lock"]:
        _lock()
        return
    with Path(__file__).open() as guard:
        _wait_for(guard.fileno())
        wanted = _recipe()
        if not STAMP.exists() or STAMP.read_text() != wanted:
            _make()
            STAMP.write_text(wanted)


def _wait_for(file: int) -> None:
    """Two starts at once make the environment once."""
    import fcntl

    fcntl.flock(file, fcntl.LOCK_EX)


def _recipe() -> str:
    """Return a digest of all that the environment depends on; it is made anew when that changes."""
    lock = hashlib.sha256(LOCK.read_bytes() + Path(__file__).read_bytes()).hexdigest()
    return f"{lock}\n{sys.version}\n{PROJECT}\n"


def _make() -> None:
    _require_ours()
    print(f"Making {VENV.name} for Python {sys.version.split()[0]} ...", flush=True)
    python = _python()
    _empty()
    _run(python, "-m", "venv", "--without-pip", VENV)
    _install()
    _link_checkout()


def _python() -> str:
    """Return the Python that stays: the running one may be of the environment made anew."""
    if Path(sys.prefix).resolve() != VENV.resolve():
        return sys.executable
    return str(Path(sys.base_prefix, "bin", "python{}.{}".format(*sys.version_info)))


def _require_ours() -> None:
    """An environment without our stamp is somebody else's, and not ours to delete."""
    is_free = not os.path.lexists(VENV) or (VENV.is_dir() and not any(VENV.iterdir()))
    if not (is_free or STAMP.exists()):
        sys.exit(
            f"{VENV} was not made by this project, and is left as it is. Move it away, or choose "
            "another folder with VENV, for example: make run VENV=.venv-bot"
        )


def _empty() -> None:
    """Leave the folder with our stamp alone, so that it is ours still if this is killed."""
    try:
        VENV.mkdir(parents=True, exist_ok=True)
        STAMP.write_text("unfinished")
        for path in VENV.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path != STAMP:
                path.unlink()
    except OSError as error:
        sys.exit(f"{error}: was {VENV.name} made by another user? VENV chooses another folder.")


def _install() -> None:
    options: list[str | Path] = ["--require-hashes", "--only-binary", ":all:", "-r", LOCK]
    if uv := shutil.which("uv"):
        _run(uv, "pip", "install", "--quiet", "--python", VENV_PYTHON, *options, env=_uv_settings())
    else:
        _run(*_pip(), "install", *QUIETLY, *options)


def _pip() -> list[str | Path]:
    if importlib.util.find_spec("ensurepip"):
        _run(VENV_PYTHON, "-m", "ensurepip")
        return [VENV_PYTHON, "-m", "pip"]
    return [VENV_PYTHON, _fetch_pip() / "pip"]


def _lock() -> None:
    """Pin the newest of what setup.cfg asks for; the tests run with what production runs with."""
    with tempfile.TemporaryDirectory() as folder:
        uv: str | Path | None = shutil.which("uv")
        if uv is None:
            _run(*_pip(), "install", *QUIETLY, "--target", folder, "uv")
            uv = Path(folder, "bin", "uv")
        command: list[str | Path] = [uv, "pip", "compile", "setup.cfg", *UNIVERSALLY]
        _run(*command, "--output-file", RUNTIME_LOCK, env=_uv_settings())
        development: list[str | Path] = [
            "--extra",
            "dev",
            "--constraint",
            RUNTIME_LOCK,
            "--output-file",
            LOCK,
        ]
        _run(*command, *development, env=_uv_settings())
        for lock in TOOL_LOCKS:
            wanted = lock.with_suffix(".in").relative_to(PROJECT)
            tools: list[str | Path] = [uv, "pip", "compile", wanted, *UNIVERSALLY]
            _run(*tools, "--output-file", lock, env=_uv_settings())


def _link_checkout() -> None:
    """Put the checkout on the path and `incident-bot` beside python, as an install would."""
    site = next(VENV.glob("lib/python*/site-packages"))
    (site / "incident-bot.pth").write_text(f"{PROJECT}\n")
    script = VENV / "bin" / "incident-bot"
    # A #! line cannot hold a path with spaces, or a long one; this is shell and Python at once.
    script.write_text(
        f"""#!/bin/sh
'''exec' "{VENV}/bin/python" "$0" "$@"
' '''
import sys

from incident_bot.cli import main

sys.exit(main())
"""
    )
    script.chmod(0o755)


def _fetch_pip() -> Path:
    """The pinned pip wheel, which Python can run as it is."""
    index = _pip_setting("index-url") or "https://pypi.org/simple"
    page = index.rstrip("/") + "/pip/"
    link = re.search(rf'href="([^"#]*{re.escape(PIP_WHEEL)})', _fetch(page).decode())
    if not link:
        sys.exit(f"{PIP_WHEEL} is not at {page}; install python3-venv, or put uv on PATH.")
    content = _fetch(urllib.parse.urljoin(page, link[1]))
    if hashlib.sha256(content).hexdigest() != PIP_SHA256:
        sys.exit(f"{PIP_WHEEL} is not the file it should be: its SHA-256 differs.")
    wheel = VENV / PIP_WHEEL
    wheel.write_bytes(content)
    return wheel


def _fetch(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=60, context=_trust()) as answer:
            return bytes(answer.read())
    except urllib.error.URLError as error:
        sys.exit(f"Cannot fetch {url}: {error.reason}")


def _trust() -> ssl.SSLContext:
    """Certificates from pip's setting or the system's.

    A bare system has none; then the wheel's hash, which is checked, is what we trust.
    """
    given = _pip_setting("cert")
    context = ssl.create_default_context(cafile=given)
    places = ssl.get_default_verify_paths()
    if not (given or places.cafile or (places.capath and os.listdir(places.capath))):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _pip_setting(name: str) -> str | None:
    """A setting of pip's: from the environment, else the user's file, else the system's."""
    if value := os.environ.get("PIP_" + name.upper().replace("-", "_")):
        return value
    files = configparser.RawConfigParser()
    places = (Path("/etc"), Path.home() / ".pip", Path.home() / ".config/pip")
    files.read([place / "pip.conf" for place in places])
    return files.get("global", name, fallback=None)


def _uv_settings() -> dict[str, str]:
    """uv does not read pip's settings, and we want the same index and certificates."""
    ours = {"UV_DEFAULT_INDEX": _pip_setting("index-url"), "SSL_CERT_FILE": _pip_setting("cert")}
    return {**{name: value for name, value in ours.items() if value}, **os.environ}


def _run(*command: str | Path, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, env=env, cwd=PROJECT, stdout=subprocess.DEVNULL)
    if done.returncode:
        sys.exit(f"{' '.join(str(word) for word in command)} failed.")


if __name__ == "__main__":
    main()
