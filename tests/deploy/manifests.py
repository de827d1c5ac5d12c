"""The files of the platforms, as what they mean: parsed, and their commands and settings found."""

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from incident_bot.settings import SETTINGS
from tests.deploy.site import PROJECT, TOOLS, check

NAMES: Final = {name for setting in SETTINGS for name in (setting.name, f"{setting.name}_FILE")}
REQUIRED: Final = {setting.name for setting in SETTINGS if setting.default is None}
K8S: Final = sorted(set((PROJECT / "k8s").glob("*.yaml")) - {PROJECT / "k8s" / "secret.yaml"})
"""The files that `kubectl apply -f k8s/` reads of a checkout, in its order."""

SECRET: Final = PROJECT / "k8s" / "secret.yaml.example"
PAGE: Final = (PROJECT / "docs" / "DEPLOYMENT.md").read_text()
UPGRADING: Final = (PROJECT / "docs" / "UPGRADING.md").read_text()
_READ: Final = (
    "import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))"
)


def read(path: Path) -> list[Any]:
    """The documents of a YAML file."""
    return list(json.loads(check(str(TOOLS / "python"), "-c", _READ, path)))


def kubernetes() -> dict[str, Any]:
    """Everything for Kubernetes, as kind/name, also what is not applied with the rest."""
    files = [*K8S, SECRET, PROJECT / "k8s" / "Kustomization"]
    found = [each for path in files for each in read(path)]
    return {f"{each['kind']}/{each.get('metadata', {}).get('name', '')}": each for each in found}


def pods(k8s: dict[str, Any]) -> dict[str, Any]:
    """The pods of each object that has some."""
    templates = {name: each.get("spec", {}).get("template") for name, each in k8s.items()}
    return {name: each["spec"] for name, each in templates.items() if each}


def render() -> dict[str, Any]:
    (found,) = read(PROJECT / "render.yaml")
    return dict(found)


def fly() -> dict[str, Any]:
    return tomllib.loads((PROJECT / "fly.toml").read_text())


def railway(file: str) -> dict[str, Any]:
    """The way in which Railway deploys a service that is pointed at this file."""
    deploy: dict[str, Any] = json.loads((PROJECT / file).read_text())["deploy"]
    return deploy


def compose() -> dict[str, Any]:
    (found,) = read(PROJECT / "docker-compose.yml")
    return dict(found)


def procfile() -> dict[str, str]:
    lines = (PROJECT / "Procfile").read_text().splitlines()
    return dict(line.split(": ", 1) for line in lines if line)


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every command that a file has run in a container of the image, by platform."""
    (cmd,) = re.findall(r"^CMD (\[.*\])$", (PROJECT / "Dockerfile").read_text(), re.MULTILINE)
    yield "Docker", json.loads(cmd)
    for file in ("railway.json", "railway.worker.json"):
        deploy = railway(file)
        for line in [deploy["startCommand"], *deploy.get("preDeployCommand", [])]:
            yield "Railway", shlex.split(line)
    for service in render()["services"]:
        for key in ("dockerCommand", "preDeployCommand"):
            if key in service:
                yield "Render", shlex.split(service[key])
    for line in [*fly()["processes"].values(), fly()["deploy"]["release_command"]]:
        yield "Fly.io", shlex.split(line)
    for service in compose()["services"].values():
        if service.get("image") == "incident-bot":
            yield "Compose", service["command"]
    for pod in pods(kubernetes()).values():
        yield "Kubernetes", pod["containers"][0]["args"]
