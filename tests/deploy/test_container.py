"""The image, built for real without a Docker engine, and its processes on a read-only root."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import incident_bot
from incident_bot.embedded import process
from tests.deploy.bare import Bare
from tests.deploy.site import PROJECT, Site, check

UID = 10_042
REVISION = "0123456789abcdef0123456789abcdef01234567"
DOCKERFILE = PROJECT / "Dockerfile"


class Buildah:
    """buildah with a store of its own, gone with the tests."""

    def __init__(self, store: Path) -> None:
        places = ("--root", str(store / "root"), "--runroot", str(store / "run"))
        self.command = ("buildah", *places, "--storage-driver", "vfs")

    def __call__(self, *words: str | Path) -> str:
        done = subprocess.run(
            [*self.command, *words],
            cwd=PROJECT,
            env={**os.environ, "BUILDAH_ISOLATION": "chroot"},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        return done.stdout.strip()


@pytest.fixture(scope="module")
def buildah(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Buildah]:
    """A store in which the image's base is a Debian with Python, under the name the file asks."""
    store = tmp_path_factory.mktemp("buildah")
    buildah = Buildah(store)
    (base,) = set(re.findall(r"^FROM (\S+)", DOCKERFILE.read_text(), re.MULTILINE))
    container = buildah("from", "scratch")
    buildah("add", "--quiet", container, PROJECT / "build" / "base" / "forky.tar", "/")
    buildah("commit", "--quiet", "--rm", container, f"docker.io/library/{base}")
    yield buildah
    shutil.rmtree(store)


@pytest.fixture(scope="module")
def image(buildah: Buildah) -> str:
    host = [Path("/etc/ssl/certs/ca-certificates.crt"), Path("/etc/pip.conf")]
    volumes = [f"--volume={path}:{path}:ro" for path in host if path.exists()]
    options = ("--pull-never", "--network=host", "--format=docker", "--quiet")
    how = ("--build-arg", f"REVISION={REVISION}")
    buildah("bud", *options, *volumes, *how, "--tag", "incident-bot", "--file", DOCKERFILE, ".")
    return "incident-bot"


@pytest.fixture(scope="module")
def settings(buildah: Buildah, image: str) -> dict[str, object]:
    """The image's own settings of how to run it."""
    found: dict[str, object] = json.loads(buildah("inspect", image))["Docker"]["config"]
    return found


@pytest.fixture(scope="module")
def root(buildah: Buildah, image: str) -> Path:
    """The mounted file system of the image."""
    return Path(buildah("mount", buildah("from", "--pull-never", image)))


@pytest.fixture
def container(root: Path, settings: dict[str, object], bot: Site) -> Site:
    """The installation that runs from the image, as the image's user, with a read-only root."""
    bot.command = Bare(root, bot.folder / "unused").command("incident-bot", uid=UID)
    environment = settings["Env"]
    assert isinstance(environment, list)
    bot.settings |= dict(line.split("=", 1) for line in environment)
    return bot


def test_hadolint_has_nothing_to_say() -> None:
    check("hadolint", DOCKERFILE)


def test_it_runs_as_a_number_that_is_nobody(settings: dict[str, object]) -> None:
    assert settings["User"] == f"{UID}:{UID}"
    assert settings["Cmd"] == ["incident-bot", "web"]
    assert settings["Entrypoint"] == ["/opt/incident-bot/bin/docker-entrypoint"]


def test_its_labels_say_what_it_is(settings: dict[str, object]) -> None:
    labels = settings["Labels"]
    assert isinstance(labels, dict)
    its = {name.removeprefix("org.opencontainers.image."): text for name, text in labels.items()}
    assert its["title"] == "incident-bot"
    assert its["version"] == incident_bot.__version__
    assert its["licenses"] == "MIT"
    assert its["revision"] == REVISION


def test_one_image_is_web_worker_and_migrate(container: Site) -> None:
    assert "applied 0001-incidents" in container.run("migrate")
    container.start("worker")
    container.start("web")
    container.wait_until_ready()
    container.declare("Trouble 1")
    container.settle()
    assert len(container.slack.channel("C0P2").messages) == 1
    assert "Traceback" not in container.log("web") + container.log("worker")


def test_its_entry_point_takes_a_subcommand_with_and_without_the_programs_name(
    container: Site, settings: dict[str, object]
) -> None:
    entry = settings["Entrypoint"]
    assert isinstance(entry, list)
    container.command = [*container.command[:-1], *entry]
    assert "applied 0001-incidents" in container.run("migrate")
    assert "up to date" in container.run("incident-bot", "migrate")
    assert container.run("sh", "-c", "id -u") == f"{UID}\n"
    assert "No such command 'curl'" in container.try_("curl")[1]


def test_its_health_check_tells_a_living_web_process_from_none(
    container: Site, settings: dict[str, object]
) -> None:
    health = settings["Healthcheck"]
    assert isinstance(health, dict)
    kind, program, *words = health["Test"]
    assert (kind, program, words) == ("CMD", "incident-bot", ["healthy"])
    container.command = [*container.command[:-1], program]
    # Named, since the tests beside this one have programs of their own.
    assert container.try_(*words, "web")[0] != 0
    container.run("migrate")
    container.start("web")
    container.wait_until_ready()
    assert container.try_(*words, "web") == (0, "")


def test_what_is_no_part_of_the_bot_stays_outside(root: Path) -> None:
    there = {path.name for path in (root / "opt/incident-bot/app").iterdir()}
    assert there - {"__pycache__"} == {
        "gunicorn.conf.py",
        "incident_bot",
        "migrations",
        "worker.py",
        "wsgi.py",
    }
    assert list(root.glob("opt/incident-bot/lib/python*/site-packages/pip")) == []


def test_both_stop_when_they_are_told(container: Site) -> None:
    container.run("migrate")
    processes = [container.start("worker"), container.start("web")]
    container.wait_until_ready()
    assert process.wait_until(lambda: container.log("worker").count("worker ready") == 2, 30)
    for each in processes:
        each.terminate()
    assert process.wait_until(lambda: all(each.poll() == 0 for each in processes), 30)
