"""Sizes: with what a platform's file sets, the database never gets too many connections."""

import re
from collections.abc import Callable
from typing import Final

import pytest

from incident_bot.domain.deliveries import Queue
from incident_bot.settings import Settings
from tests.builders import settings
from tests.deploy.manifests import PAGE, compose, fly, kubernetes, render
from tests.deploy.site import PROJECT

MIGRATION: Final = 2  # it holds a lock on one connection while it works on another
SMALLEST: Final = 22  # 25 of which 3 are the superuser's; Heroku's smallest plan allows 20
PLAIN: Final = 97  # PostgreSQL's own 100, without the superuser's 3


def sized(given: dict[str, str]) -> Settings:
    names = ("WEB_CONCURRENCY", "DATABASE_POOL_SIZE")
    return settings(**{name.lower(): given[name] for name in names if name in given})


def most(config: Settings, *, web: int, worker: int, socket: int = 0) -> int:
    """The connections that so many of each program may open."""
    processes = web * config.web_concurrency + worker * len(Queue) + socket
    return processes * config.database_pool_size


def on_kubernetes() -> int:
    """With every pod that the autoscaler adds, and those of a new version beside the old."""
    k8s = kubernetes()
    web, worker = (
        k8s[f"Deployment/{name}"]["spec"] for name in ("incident-bot", "incident-bot-worker")
    )
    pods = k8s["HorizontalPodAutoscaler/incident-bot"]["spec"]["maxReplicas"]
    more_web, more_worker = (
        each["strategy"]["rollingUpdate"]["maxSurge"] for each in (web, worker)
    )
    config = sized(k8s["ConfigMap/incident-bot-config"]["data"])
    return most(config, web=pods + more_web, worker=worker["replicas"] + more_worker)


def on_fly() -> int:
    """As the page scales it; a new version takes the place of the old, machine by machine."""
    assert fly()["deploy"]["strategy"] == "rolling"
    (counts,) = re.findall(r"fly scale count web=(\d+) worker=(\d+)", PAGE)
    return most(sized(fly()["env"]), web=int(counts[0]), worker=int(counts[1]))


def on_render() -> int:
    """Each service once; the new version runs beside the old until that has ended."""
    (group,) = render()["envVarGroups"]
    (database,) = render()["databases"]
    assert database["plan"] == "basic-256mb"
    given = {each["key"]: each["value"] for each in group["envVars"]}
    return 2 * most(sized(given), web=1, worker=1)


def in_compose() -> int:
    """As the page scales it, with the socket of Socket Mode."""
    (counts,) = re.findall(r"--scale app=(\d+) --scale worker=(\d+)", PAGE)
    config = sized(compose()["services"]["app"]["environment"])
    return most(config, web=int(counts[0]), worker=int(counts[1]), socket=1)


@pytest.mark.parametrize(
    ("file", "connections", "allowed"),
    [
        ("k8s/configmap.yaml", on_kubernetes, SMALLEST),
        ("fly.toml", on_fly, SMALLEST),
        ("render.yaml", on_render, PLAIN),
        ("docker-compose.yml", in_compose, PLAIN),
    ],
    ids=["kubernetes", "fly", "render", "compose"],
)
def test_what_a_file_sets_fits_its_database_and_its_comment_has_the_sum(
    file: str, connections: Callable[[], int], allowed: int
) -> None:
    opened = connections() + MIGRATION
    assert opened <= allowed
    comment = re.sub(r"\n# ?", " ", (PROJECT / file).read_text())
    assert re.findall(r"(\d+) of the (\d+) that", comment) == [(str(opened), str(allowed))]


def test_the_sums_of_the_page_are_right() -> None:
    """The table of sizes: how many of each program, with which two settings."""
    rows = re.findall(
        r"^\| [^|]+ \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| [^|]+ \| (\d+) \|$", PAGE, re.MULTILINE
    )
    assert len(rows) == 4
    for web, worker, concurrency, pool, connections in rows:
        config = settings(web_concurrency=concurrency, database_pool_size=pool)
        assert most(config, web=int(web), worker=int(worker)) == int(connections)
    assert 5 <= int(rows[0][-1]) <= 10
