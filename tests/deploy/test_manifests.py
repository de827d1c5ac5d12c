"""Kubernetes, compose and the platforms: what their own schemas say, and whether names exist."""

import json
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from incident_bot import __version__
from incident_bot.cli import _modules as subcommands
from incident_bot.embedded import process
from incident_bot.settings import SETTINGS
from tests.deploy.site import PROJECT, TOOLS, Site, check

NAMES = {name for setting in SETTINGS for name in (setting.name, f"{setting.name}_FILE")}
REQUIRED = {setting.name for setting in SETTINGS if setting.default is None}
K8S = sorted((PROJECT / "k8s").glob("*.yaml"))
READ = "import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))"


def read(path: Path) -> list[Any]:
    """The documents of a YAML file."""
    return list(json.loads(check(str(TOOLS / "python"), "-c", READ, path)))


def kinds() -> dict[str, Any]:
    """Everything for Kubernetes, as kind/name."""
    found = [each for path in K8S for each in read(path)]
    return {f"{each['kind']}/{each.get('metadata', {}).get('name', '')}": each for each in found}


@pytest.fixture(scope="module")
def k8s() -> dict[str, Any]:
    return kinds()


def pods(k8s: dict[str, Any]) -> dict[str, Any]:
    templates = {name: each.get("spec", {}).get("template") for name, each in k8s.items()}
    return {name: each["spec"] for name, each in templates.items() if each}


def base_names(names: set[str]) -> set[str]:
    return {name.removesuffix("_FILE") for name in names}


# Kubernetes


@pytest.mark.parametrize("path", K8S, ids=lambda path: path.name)
def test_kubernetes_knows_every_key_of_it(path: Path) -> None:
    if path.name != "kustomization.yaml":
        check("kubernetes-validate", "--strict", path)


def test_kustomize_takes_every_file(k8s: dict[str, Any]) -> None:
    listed = k8s["Kustomization/"]["resources"]
    assert sorted(listed) == [path.name for path in K8S if path.name != "kustomization.yaml"]
    (image,) = k8s["Kustomization/"]["images"]
    assert image["newTag"] == __version__


def test_each_setting_of_a_pod_exists_and_none_that_it_needs_is_missing(
    k8s: dict[str, Any],
) -> None:
    config = set(k8s["ConfigMap/incident-bot"]["data"])
    secrets = set(k8s["Secret/incident-bot"]["stringData"])
    assert config | secrets <= NAMES
    assert len(pods(k8s)) == 3
    for pod in pods(k8s).values():
        (container,) = pod["containers"]
        own = {each["name"]: each["value"] for each in container["env"]}
        assert set(own) <= NAMES
        assert base_names(config | set(own)) >= REQUIRED
        assert {Path(value).name for value in own.values()} <= secrets
        assert container["envFrom"] == [{"configMapRef": {"name": "incident-bot"}}]


def test_each_pod_is_as_restricted_as_its_namespace_demands(k8s: dict[str, Any]) -> None:
    labels = k8s["Namespace/incident-bot"]["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    for pod in pods(k8s).values():
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] > 10_000
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        (container,) = pod["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"requests", "limits"} <= set(container["resources"])


def test_the_user_is_the_one_of_the_image(k8s: dict[str, Any]) -> None:
    (user,) = re.findall(r"^USER (\d+):", (PROJECT / "Dockerfile").read_text(), re.MULTILINE)
    assert {pod["securityContext"]["runAsUser"] for pod in pods(k8s).values()} == {int(user)}


def test_a_pod_has_the_time_to_end_what_is_under_way(k8s: dict[str, Any]) -> None:
    for name in ("web", "worker"):
        pod = pods(k8s)[f"Deployment/incident-bot-{name}"]
        pause = pod["containers"][0].get("lifecycle", {}).get("preStop", {}).get("exec", {})
        seconds = int(pause.get("command", ["sleep", "0"])[1])
        assert seconds + 25 < pod["terminationGracePeriodSeconds"]


def test_what_points_at_pods_finds_them(k8s: dict[str, Any]) -> None:
    labels = {
        name: each["spec"]["template"]["metadata"]["labels"]
        for name, each in k8s.items()
        if "template" in each.get("spec", {})
    }
    web = labels["Deployment/incident-bot-web"]
    assert k8s["Service/incident-bot"]["spec"]["selector"] == web
    for name in ("web", "worker"):
        deployment = k8s[f"Deployment/incident-bot-{name}"]["spec"]
        budget = k8s[f"PodDisruptionBudget/incident-bot-{name}"]["spec"]
        own = labels[f"Deployment/incident-bot-{name}"]
        assert deployment["selector"]["matchLabels"] == own
        assert budget["selector"]["matchLabels"] == own
    assert k8s["NetworkPolicy/incident-bot-web"]["spec"]["podSelector"]["matchLabels"] == web
    target = k8s["HorizontalPodAutoscaler/incident-bot-web"]["spec"]["scaleTargetRef"]
    assert f"{target['kind']}/{target['name']}" in k8s


# Compose


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    (found,) = read(PROJECT / "docker-compose.yml")
    services: dict[str, Any] = found["services"]
    return services


def test_compose_fits_its_schema() -> None:
    file = PROJECT / "docker-compose.yml"
    check("check-jsonschema", "--builtin-schema", "vendor.compose-spec", file)


def test_the_app_can_be_scaled(compose: dict[str, Any]) -> None:
    assert all("container_name" not in service for service in compose.values())
    (published,) = compose["app"]["ports"]
    address, ports, inside = published.split(":")
    first, last = map(int, ports.split("-"))
    assert address == "127.0.0.1"
    assert last - first + 1 >= 3
    assert inside == compose["app"]["environment"]["PORT"]


def test_the_services_wait_for_what_they_need(compose: dict[str, Any]) -> None:
    assert set(compose) == {"app", "worker", "migrate", "postgres", "valkey"}
    for name in ("postgres", "valkey"):
        assert compose[name]["volumes"]
        assert compose[name]["healthcheck"]["test"]
    for name in ("app", "worker"):
        needs = compose[name]["depends_on"]
        assert needs["migrate"]["condition"] == "service_completed_successfully"
        assert needs["valkey"]["condition"] == "service_healthy"
        assert set(compose[name]["environment"]) <= NAMES


# Platforms


def test_each_setting_of_render_exists() -> None:
    (render,) = read(PROJECT / "render.yaml")
    (group,) = render["envVarGroups"]
    shared = {each["key"] for each in group["envVars"]}
    for service in render["services"]:
        if service["type"] in ("web", "worker"):
            own = {each["key"] for each in service["envVars"] if "key" in each}
            assert shared | own <= NAMES
            assert shared | own >= REQUIRED
    names = {each["name"] for each in [*render["services"], *render["databases"]]}
    assert set(re.findall(r"name: (incident-bot[a-z-]*)", json.dumps(render))) <= names


def test_each_setting_of_fly_exists() -> None:
    fly = tomllib.loads((PROJECT / "fly.toml").read_text())
    assert set(fly["env"]) <= NAMES
    assert fly["http_service"]["internal_port"] == int(fly["env"]["PORT"])
    assert set(fly["http_service"]["processes"]) <= set(fly["processes"])


def commands() -> Iterator[tuple[str, str]]:
    """Every subcommand that a file of a platform has run, by file."""
    names = ("Procfile", "railway.json", "render.yaml", "fly.toml", "docker-compose.yml")
    for path in [PROJECT / "Dockerfile", *(PROJECT / name for name in names), *K8S]:
        text = path.read_text()
        for found in re.findall(
            r"(?<!name: )(?:incident-bot\"?,|incident-bot|incident_bot) \"?([a-z]+)", text
        ):
            yield path.name, found


def test_each_file_runs_subcommands_that_exist() -> None:
    known, run = {name for name, _ in subcommands()}, set(commands())
    assert {(file, word) for file, word in run if word not in known} == set()
    for file in ("Procfile", "railway.json", "render.yaml", "fly.toml", "docker-compose.yml"):
        assert {"web", "migrate"} <= {word for name, word in run if name == file}, file


def test_the_health_checks_of_the_platforms_are_pages_of_ours() -> None:
    railway = json.loads((PROJECT / "railway.json").read_text())
    fly = tomllib.loads((PROJECT / "fly.toml").read_text())
    (render,) = read(PROJECT / "render.yaml")
    pages = {railway["deploy"]["healthcheckPath"], fly["http_service"]["checks"][0]["path"]}
    pages |= {each["healthCheckPath"] for each in render["services"] if "healthCheckPath" in each}
    assert pages == {"/readyz"}


# The Procfile


def test_the_procfile_runs(bot: Site) -> None:
    """With honcho, and with the environment that such platforms give: PORT and postgres://."""
    bot.database_url = bot.database_url.replace("postgresql://", "postgres://")
    bot.settings["PATH"] = f"{PROJECT / '.venv' / 'bin'}:{os.environ['PATH']}"
    lines = dict(
        line.split(": ", 1) for line in (PROJECT / "Procfile").read_text().splitlines() if line
    )
    assert set(lines) == {"web", "worker", "release"}
    released = subprocess.run(
        ["sh", "-c", lines["release"]],
        cwd=PROJECT,
        env=bot.environment,
        capture_output=True,
        text=True,
    )
    assert "The database is up to date." in released.stdout, released.stderr
    honcho: list[str | Path] = [
        TOOLS / "honcho",
        "--procfile",
        PROJECT / "Procfile",
        "start",
        "web",
        "worker",
    ]
    bot.start_command([*honcho, "--port", str(bot.port)], log="honcho", cwd=PROJECT)
    bot.wait_until_ready()
    bot.declare("Trouble 1")
    bot.settle()
    assert len(bot.slack.channel("C0P2").messages) == 1
    (running,) = bot.running
    running.terminate()
    assert process.wait_until(lambda: running.poll() is not None, 30)
