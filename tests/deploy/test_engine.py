"""The image and docker-compose.yml on a Docker engine, as docs/DEPLOYMENT.md has them run."""

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

from incident_bot.embedded.process import wait_until
from slack_sandbox import Sandbox
from tests.builders import ENVIRONMENT
from tests.deploy.building import copy_of_checkout
from tests.deploy.engine import GATEWAY, Engine
from tests.deploy.manifests import PAGE
from tests.deploy.site import PROJECT, Site, answer
from tests.tcp_proxy import TcpProxy

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("dockerd") is None,
    reason="an engine needs root and dockerd, which .ci/deploy-tools installs",
)
IMAGE: Final = "registry.example.com/incident-bot:1.2.3"
HEALTH: Final = "http://127.0.0.1:{}/health"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine with the image, and with stand-ins for the official images that it needs."""
    with Engine(tmp_path_factory.mktemp("engine")) as engine:
        (base,) = set(re.findall(r"^FROM (\S+)", (PROJECT / "Dockerfile").read_text(), re.M))
        engine.import_base(base)
        for name in re.findall(r"image: (\S+:\S+)", (PROJECT / "docker-compose.yml").read_text()):
            engine.make_stand_in(name, base)
        # A build reaches the package index by the machine's own network: this engine has no other.
        engine.make("image", "ARGS=--network host", f"IMAGE={IMAGE}")
        engine("tag", IMAGE, "incident-bot")
        yield engine


def is_healthy(engine: Engine, container: str) -> Callable[[], bool]:
    def look() -> bool:
        health = engine.container_of(container)["Health"]
        assert isinstance(health, dict)
        return bool(health["Status"] == "healthy")

    return look


def is_ok(port: int) -> Callable[[], bool]:
    return lambda: answer(HEALTH.format(port)) == (200, "OK")


# -- docker run -----------------------------------------------------------------------------------


@pytest.fixture
def run(engine: Engine, bot: Site) -> Iterator[Callable[..., str]]:
    """`docker run` with the settings of an installation, on the machine's own network."""
    file, started = bot.folder / "env", list[str]()
    file.write_text("".join(f"{name}={value}\n" for name, value in bot.environment.items()))
    limits = ("--network", "host", "--env-file", file, "--env", f"PATH={IMAGE_PATH}")

    def run(*words: str, detached: bool = True) -> str:
        how = ("--detach", "--restart", "unless-stopped") if detached else ("--rm",)
        said = engine("run", *how, *limits, "incident-bot", *words).strip()
        if detached:
            started.append(said)
        return said

    yield run
    if started:
        engine("rm", "--force", *started)


IMAGE_PATH: Final = "/opt/incident-bot/bin:/usr/local/bin:/usr/bin:/bin"


def test_make_image_writes_the_commit_into_its_labels(engine: Engine) -> None:
    (image,) = json.loads(engine("inspect", IMAGE))
    head = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=PROJECT, text=True).strip()
    label = image["Config"]["Labels"]["org.opencontainers.image.revision"]
    assert label.removesuffix("-dirty") == head


def test_migrate_web_and_worker_run_and_are_healthy(
    engine: Engine, bot: Site, run: Callable[..., str]
) -> None:
    assert "applied 0001-incidents" in run("migrate", detached=False)
    web, worker = run(), run("worker")
    bot.wait_until_ready()
    bot.declare("Trouble 1")
    bot.settle()
    assert len(bot.slack.channel("C0P2").messages) == 1
    assert "INC-1 declared" in engine("logs", web)
    assert "worker ready" in engine("logs", worker)
    for container in (web, worker):
        assert wait_until(is_healthy(engine, container), 60), engine("inspect", container)


def test_a_worker_that_is_killed_comes_back_and_goes_on(
    engine: Engine, bot: Site, run: Callable[..., str]
) -> None:
    run("migrate", detached=False)
    web, worker = run("web"), run("incident-bot", "worker")
    bot.wait_until_ready()
    os.kill(engine.pid_of(worker), signal.SIGKILL)
    bot.declare("Trouble 1")
    bot.settle(60)
    assert len(bot.slack.channel("C0P2").messages) == 1
    assert engine.container_of(worker)["Running"]
    engine("stop", "--time", "35", web, worker)
    assert [engine.container_of(each)["ExitCode"] for each in (web, worker)] == [0, 0]


def test_one_container_is_the_whole_bot(engine: Engine, bot: Site, run: Callable[..., str]) -> None:
    both = run("all", "--migrate")
    bot.wait_until_ready()
    bot.declare("Trouble 1")
    bot.settle()
    assert len(bot.slack.channel("C0P2").messages) == 1
    assert wait_until(is_healthy(engine, both), 60)
    engine("stop", "--time", "40", both)
    assert engine.container_of(both)["ExitCode"] == 0


# -- docker compose -------------------------------------------------------------------------------
def block_with(words: str) -> str:
    """Return the one block of the page that has these words in it."""
    blocks: list[str] = re.findall(r"^```bash\n(.*?)^```", PAGE, re.M | re.S)
    (found,) = [text for text in blocks if words in text]
    return found


class Composed:
    """The stack of docker-compose.yml, in a copy of the checkout."""

    def __init__(self, engine: Engine, folder: Path, slack: Sandbox, api_url: str) -> None:
        self._engine, self.folder, self.slack = engine, folder, slack
        subprocess.run(["make", "--silent", "secrets"], cwd=folder, check=True)
        given = {**ENVIRONMENT, "DATABASE_URL": "", "SLACK_API_URL": api_url}
        with (folder / ".env").open("a") as settings:
            settings.writelines(f"{name}={value}\n" for name, value in given.items())

    def __call__(self, *words: str | Path) -> str:
        return self._engine.compose(*words, cwd=self.folder)

    def type(self, block: str) -> None:
        """Type what the page says, in the folder of docker-compose.yml."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=self.folder,
            env=self._engine.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}"

    def copies(self) -> set[str]:
        return set(self("exec", "-T", "backup", "ls", "/backups").split()) - {"unfinished"}

    def declare(self, title: str) -> None:
        said = self.slack.command("U0ADA", "C0GENERAL", f"/incident declare P2 api-gateway {title}")
        assert " is declared" in said.text, said

    def has_announced(self, *titles: str) -> bool:
        def look() -> bool:
            texts = [message.text for message in self.slack.channel("C0P2").messages]
            return all(sum(title in text for text in texts) == 1 for title in titles)

        return wait_until(look, 60)


@pytest.fixture(scope="module")
def stack(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    folder = copy_of_checkout(tmp_path_factory.mktemp("compose"))
    with Sandbox(hosts=[GATEWAY]) as slack:
        port = urlsplit(slack.origin).port
        assert port is not None
        there = TcpProxy("127.0.0.1", port, listens=(GATEWAY, 0), tls=engine.tls())
        with closing(there) as relay:
            slack.app.url = "http://127.0.0.1:3000"
            stack = Composed(engine, folder, slack, f"https://{GATEWAY}:{relay.port}/api/")
            stack("up", "--detach")
            assert wait_until(is_ok(3000), 90), stack("logs")
            yield stack
            stack("down", "--volumes")


def test_the_stack_declares_and_tells(stack: Composed) -> None:
    stack.declare("Trouble 1")
    assert stack.has_announced("Trouble 1"), stack("logs", "worker")
    assert "INC-1 declared" in stack("logs", "app")
    assert "worker ready" in stack("logs", "worker")


def test_three_apps_answer_at_one_port(engine: Engine, stack: Composed) -> None:
    stack("up", "--detach", "--scale", "app=3", "--scale", "worker=2")
    apps = stack("ps", "--quiet", "app").split()
    assert len(apps) == 3
    assert wait_until(lambda: all(is_healthy(engine, app)() for app in apps), 60), stack("ps")
    before = len(stack.slack.channel("C0P2").messages)
    titles: list[str] = []
    # The proxy takes one by chance: each has its turn in forty, but once in a million times.
    while len(titles) < 40 and not all(" declared" in engine("logs", app) for app in apps):
        titles.append(f"Scaled {len(titles)}.")
        stack.declare(titles[-1])
    assert all(" declared" in engine("logs", app) for app in apps)
    assert stack.has_announced(*titles)
    assert len(stack.slack.channel("C0P2").messages) == before + len(titles)
    stack("up", "--detach", "--scale", "app=1", "--scale", "worker=1")
    stack.declare("Alone again")


def test_the_copy_of_a_day_brings_back_what_was_declared(stack: Composed) -> None:
    stack.declare("Trouble 2")
    assert stack.has_announced("Trouble 2")
    before = stack.copies()
    stack.type(block_with("docker compose restart backup"))
    assert wait_until(lambda: len(stack.copies()) > len(before), 30), stack("logs", "backup")
    (newest,) = stack.copies() - before
    stack.declare("Lost, since it is in no copy")
    stack.type(re.sub(r"incident-bot-\S+Z\.dump", newest, block_with("pg_restore")))
    assert wait_until(is_ok(3000), 60), stack("logs")
    assert "Lost" not in stack.slack.command("U0ADA", "C0GENERAL", "/incident list").text
    stack.declare("Trouble 3")
    assert stack.has_announced("Trouble 2", "Trouble 3")


@pytest.mark.parametrize("service", ["app", "worker", "valkey", "postgres"])
def test_what_is_killed_comes_back(engine: Engine, stack: Composed, service: str) -> None:
    (container,) = stack("ps", "--quiet", service).split()
    killed = engine.pid_of(container)
    os.kill(killed, signal.SIGKILL)
    assert wait_until(lambda: engine.pid_of(container) not in (0, killed), 30)
    assert wait_until(is_ok(3000), 60), stack("logs")
    stack.declare(f"Without {service}")
    assert stack.has_announced(f"Without {service}")


def test_down_keeps_the_database_and_the_copies(stack: Composed) -> None:
    copies = stack.copies()
    stack("down")
    stack("up", "--detach")
    assert wait_until(is_ok(3000), 60), stack("logs")
    assert copies <= stack.copies()
    assert "Trouble 1" in stack.slack.command("U0ADA", "C0GENERAL", "/incident list").text
