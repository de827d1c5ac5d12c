"""Kubernetes: what its own schema says, what names what, and both ways to apply the files."""

import copy
import json
import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from incident_bot import __version__
from incident_bot.domain.deliveries import Queue
from incident_bot.settings import load
from tests.builders import ENVIRONMENT
from tests.deploy.manifests import (
    K8S,
    NAMES,
    PAGE,
    REQUIRED,
    SECRET,
    UPGRADING,
    kubernetes,
    pods,
    read,
)
from tests.deploy.site import PROJECT, TOOLS, check

YAML: Final = "import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.argv[1])))"
DEPLOYMENTS: Final = {"web": "Deployment/incident-bot", "worker": "Deployment/incident-bot-worker"}


@pytest.fixture(scope="module")
def k8s() -> dict[str, Any]:
    return kubernetes()


@pytest.mark.parametrize("path", [*K8S, SECRET], ids=lambda path: path.name)
def test_kubernetes_knows_every_key_of_it(path: Path) -> None:
    check("kubernetes-validate", "--strict", path)


def test_kustomize_takes_every_file_but_the_secret(k8s: dict[str, Any]) -> None:
    """Else the example's values would be put in the place of the true ones."""
    assert sorted(k8s["Kustomization/"]["resources"]) == [path.name for path in K8S]
    assert not any("secret" in path.name for path in K8S)


def test_all_files_of_the_folder_can_be_applied_as_they_are() -> None:
    """`kubectl apply -f k8s/` takes each *.yaml in turn, and must find the namespace there."""
    objects = [each for path in K8S for each in read(path)]
    assert objects[0]["kind"] == "Namespace"
    assert {each["kind"] for each in objects} & {"Kustomization", "Secret"} == set()
    name = objects[0]["metadata"]["name"]
    assert {each["metadata"]["namespace"] for each in objects[1:]} == {name}


def test_the_secret_that_is_filled_in_is_not_committed() -> None:
    check("git", "check-ignore", "--quiet", "--no-index", SECRET.with_suffix(""))


def test_each_pod_is_of_the_image_that_kustomize_renames(k8s: dict[str, Any]) -> None:
    (image,) = k8s["Kustomization/"]["images"]
    assert image["newTag"] == __version__
    images = {pod["containers"][0]["image"] for pod in pods(k8s).values()}
    assert images == {f"{image['name']}:{__version__}"}


def test_each_setting_of_a_pod_exists_and_none_that_it_needs_is_missing(
    k8s: dict[str, Any],
) -> None:
    config = set(k8s["ConfigMap/incident-bot-config"]["data"])
    secret = k8s["Secret/incident-bot-secrets"]
    assert config <= NAMES
    assert len(pods(k8s)) == 3
    for pod in pods(k8s).values():
        (container,) = pod["containers"]
        own = {each["name"]: each["value"] for each in container["env"]}
        assert set(own) <= NAMES
        assert {name.removesuffix("_FILE") for name in config | set(own)} >= REQUIRED
        (volume,) = (each["secret"] for each in pod["volumes"] if "secret" in each)
        assert volume["secretName"] == secret["metadata"]["name"]
        assert own == {
            name: f"/etc/incident-bot/{name.removesuffix('_FILE').lower().replace('_', '-')}"
            for name in own
        }
        assert {Path(file).name for file in own.values()} <= set(secret["stringData"])
        assert container["envFrom"] == [{"configMapRef": {"name": "incident-bot-config"}}]


def test_the_secret_is_made_with_the_keys_that_the_pods_read(k8s: dict[str, Any]) -> None:
    """Also by the command on the page, which makes it without a file."""
    (command,) = re.findall(r"kubectl create secret generic (?:.*\\\n)+.*", PAGE)
    keys = set(k8s["Secret/incident-bot-secrets"]["stringData"])
    assert set(re.findall(r"--from-literal=([a-z-]+)=", command)) == keys
    assert command.split()[4] == "incident-bot-secrets"
    assert "--namespace incident-bot" in command
    read_by_pods = {
        Path(each["value"]).name
        for pod in pods(k8s).values()
        for each in pod["containers"][0]["env"]
    }
    assert read_by_pods == keys


def test_the_examples_in_the_config_map_are_settings_once_they_are_uncommented(
    tmp_path: Path,
) -> None:
    text = (PROJECT / "k8s" / "configmap.yaml").read_text()
    (tmp_path / "configmap.yaml").write_text(
        re.sub(r"^  # (?=[A-Z0-9_]+: )", "  ", text, flags=re.M)
    )
    (config,) = read(tmp_path / "configmap.yaml")
    assert {"SERVICE_OWNERS", "P1_CHANNELS", "P2_CHANNELS"} <= set(config["data"])
    found = load({**ENVIRONMENT, **config["data"]})
    assert found.p1_channels
    assert found.p2_channels
    assert set(found.service_owners) == set(found.services)


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
        pod = pods(k8s)[DEPLOYMENTS[name]]
        pause = pod["containers"][0].get("lifecycle", {}).get("preStop", {}).get("exec", {})
        seconds = int(pause.get("command", ["sleep", "0"])[1])
        assert seconds + 25 < pod["terminationGracePeriodSeconds"]


def test_what_points_at_pods_finds_them(k8s: dict[str, Any]) -> None:
    labels = {
        name: each["spec"]["template"]["metadata"]["labels"]
        for name, each in k8s.items()
        if "template" in each.get("spec", {})
    }
    web = labels[DEPLOYMENTS["web"]]
    assert k8s["Service/incident-bot"]["spec"]["selector"] == web
    for name in DEPLOYMENTS.values():
        deployment = k8s[name]["spec"]
        budget = k8s[name.replace("Deployment/", "PodDisruptionBudget/")]["spec"]
        own = labels[name]
        assert deployment["selector"]["matchLabels"] == own
        assert budget["selector"]["matchLabels"] == own
    assert k8s["NetworkPolicy/incident-bot-web"]["spec"]["podSelector"]["matchLabels"] == web
    target = k8s["HorizontalPodAutoscaler/incident-bot"]["spec"]["scaleTargetRef"]
    assert f"{target['kind']}/{target['name']}" == DEPLOYMENTS["web"]


def test_only_the_autoscaler_says_how_many_web_pods_there_are(k8s: dict[str, Any]) -> None:
    """A number in the deployment would undo its work at each `kubectl apply`."""
    assert "replicas" not in k8s[DEPLOYMENTS["web"]]["spec"]
    assert k8s["HorizontalPodAutoscaler/incident-bot"]["spec"]["minReplicas"] == 2


def test_the_ingress_lets_slack_and_the_health_checks_through_and_nothing_else(
    k8s: dict[str, Any],
) -> None:
    (rule,) = k8s["Ingress/incident-bot"]["spec"]["rules"]
    paths = {(each["path"], each["pathType"]) for each in rule["http"]["paths"]}
    health = {("/health", "Exact"), ("/livez", "Exact"), ("/readyz", "Exact")}
    assert paths == {("/slack/", "Prefix"), *health}
    service = k8s["Service/incident-bot"]
    for each in rule["http"]["paths"]:
        assert each["backend"]["service"] == {
            "name": service["metadata"]["name"],
            "port": {"name": service["spec"]["ports"][0]["name"]},
        }
    checked = set(re.findall(r"\$BOT(/[a-z]+)(?:/|\")", PAGE))
    assert checked == {"/slack", "/health", "/livez", "/readyz"}


def test_the_certificate_is_made_by_an_annotation_or_by_the_command_beside_it() -> None:
    text = (PROJECT / "k8s" / "ingress.yaml").read_text()
    assert "    # cert-manager.io/cluster-issuer: " in text
    (name,) = re.findall(r"secretName: (.*)", text)
    assert f"kubectl create secret tls {name} " in text
    assert f"kubectl create secret tls {name} --namespace incident-bot" in PAGE


def test_prometheus_reaches_the_web_pods_with_a_token(k8s: dict[str, Any]) -> None:
    (rule,) = k8s["NetworkPolicy/incident-bot-web"]["spec"]["ingress"]
    names = [each["namespaceSelector"]["matchLabels"] for each in rule["from"]]
    assert {"kubernetes.io/metadata.name": "monitoring"} in names
    assert {"kubernetes.io/metadata.name": "ingress-nginx"} in names
    assert rule["ports"] == [{"protocol": "TCP", "port": 3000}]
    web = pods(k8s)[DEPLOYMENTS["web"]]["containers"][0]
    assert "METRICS_TOKEN_FILE" in {each["name"] for each in web["env"]}


def test_prometheus_reaches_the_workers_with_the_same_token(k8s: dict[str, Any]) -> None:
    given = scraped_by_prometheus(k8s, "worker")
    assert given["port"] == k8s["ConfigMap/incident-bot-config"]["data"]["WORKER_METRICS_PORT"]


def scraped_by_prometheus(k8s: dict[str, Any], component: str) -> dict[str, str]:
    """Return the settings and the only port of pods that nobody but Prometheus reaches."""
    policy = k8s[f"NetworkPolicy/incident-bot-{component}"]["spec"]
    pod = k8s[f"Deployment/incident-bot-{component}"]["spec"]["template"]
    assert policy["podSelector"]["matchLabels"] == pod["metadata"]["labels"]
    (rule,) = policy["ingress"]
    (one,) = rule["from"]
    assert one["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "monitoring"}
    container = pod["spec"]["containers"][0]
    (port,) = (each["containerPort"] for each in container["ports"])
    assert rule["ports"] == [{"protocol": "TCP", "port": port}]
    given = {each["name"]: each["value"] for each in container["env"]}
    assert given["METRICS_TOKEN_FILE"] == "/etc/incident-bot/metrics-token"
    return {**given, "port": str(port)}


def test_the_bot_reaches_the_ports_of_its_servers_wherever_they_are_hosted(
    k8s: dict[str, Any],
) -> None:
    rules = k8s["NetworkPolicy/incident-bot"]["spec"]["egress"]
    ports = {port["port"] for rule in rules for port in rule["ports"]}
    example = k8s["Secret/incident-bot-secrets"]["stringData"]
    given = {urlsplit(example[name]).port for name in ("database-url", "redis-url")}
    on_page = {int(port) for port in re.findall(r"\.com:(\d+)/", PAGE)}
    assert given | on_page | {53, 443} == ports


def test_the_page_names_what_exists(k8s: dict[str, Any]) -> None:
    """`kubectl … deployment/incident-bot`: each name that it tells people to type."""
    pages = PAGE + UPGRADING
    kinds = {"deployment": "Deployment", "job": "Job", "hpa": "HorizontalPodAutoscaler"}
    named = re.findall(r"kubectl [^`\n]*?\b(deployment|job|hpa)[ /]([a-z-]+)", pages)
    assert {kind for kind, _ in named} == set(kinds)
    assert {f"{kinds[kind]}/{name}" for kind, name in named} <= set(k8s)
    for command in re.findall(r"kubectl (?:logs|scale|rollout|delete|patch)[^`\n]*", pages):
        assert "incident-bot" in command
        assert "--namespace incident-bot" in command, command
    for way in ("kubectl apply -f k8s/\n", "kubectl apply -k k8s\n"):
        assert way in PAGE


@pytest.fixture(scope="module")
def with_sockets(k8s: dict[str, Any]) -> dict[str, Any]:
    """All that `kubectl apply -k k8s` applies once the component of Socket Mode is uncommented."""
    text = (PROJECT / "k8s" / "Kustomization").read_text()
    assert text.count("\n# components: [socket]\n") == 1
    folder = PROJECT / "k8s" / "socket"
    (component,) = read(folder / "Kustomization")
    assert component["kind"] == "Component"
    assert component["resources"] == ["socket.yaml"]
    more = read(folder / "socket.yaml")
    found = {**copy.deepcopy(k8s), **{f"{o['kind']}/{o['metadata']['name']}": o for o in more}}
    for each in component["patches"]:
        target = found[f"{each['target']['kind']}/{each['target']['name']}"]
        for change in json.loads(check(str(TOOLS / "python"), "-c", YAML, each["patch"])):
            assert change["op"] == "replace"
            *folders, last = change["path"].strip("/").split("/")
            place = target
            for name in folders:
                place = place[name]
            assert last in place, "kustomize refuses to replace what is not there"
            place[last] = change["value"]
    return found


def test_only_who_wants_socket_mode_has_sockets(
    k8s: dict[str, Any], with_sockets: dict[str, Any]
) -> None:
    """Without a token they would be started again and again."""
    assert not any("socket" in name for name in k8s)
    more = {"Deployment", "PodDisruptionBudget", "NetworkPolicy"}
    assert set(with_sockets) - set(k8s) == {f"{kind}/incident-bot-socket" for kind in more}
    check("kubernetes-validate", "--strict", PROJECT / "k8s" / "socket" / "socket.yaml")


def test_prometheus_reaches_the_sockets_with_the_same_token(with_sockets: dict[str, Any]) -> None:
    given = scraped_by_prometheus(with_sockets, "socket")
    assert given["port"] == given["SOCKET_METRICS_PORT"]


def test_a_socket_is_a_pod_like_a_worker_with_the_token_of_the_app(
    with_sockets: dict[str, Any],
) -> None:
    socket, worker = (
        copy.deepcopy(with_sockets[f"Deployment/incident-bot-{name}"]["spec"]["template"]["spec"])
        for name in ("socket", "worker")
    )
    (ours,), (theirs,) = (pod.pop("containers") for pod in (socket, worker))
    assert ours["args"] == ["incident-bot", "socket"]
    assert ours["readinessProbe"]["exec"]["command"] == ["incident-bot", "healthy", "socket"]
    token = {"name": "SLACK_APP_TOKEN_FILE", "value": "/etc/incident-bot/slack-app-token"}
    assert token in ours["env"]
    assert "  # slack-app-token: xapp-" in SECRET.read_text()
    for same in ("image", "securityContext", "volumeMounts", "envFrom"):
        assert ours[same] == theirs[same]
    for pod in (socket, worker):
        del pod["terminationGracePeriodSeconds"], pod["topologySpreadConstraints"]
    assert socket == worker


def test_with_sockets_too_the_smallest_database_has_connections_enough(
    with_sockets: dict[str, Any],
) -> None:
    config = with_sockets["ConfigMap/incident-bot-config"]["data"]
    web = with_sockets["HorizontalPodAutoscaler/incident-bot"]["spec"]["maxReplicas"] + 1
    workers, sockets = (
        with_sockets[f"Deployment/incident-bot-{name}"]["spec"]["replicas"]
        for name in ("worker", "socket")
    )
    processes = web * int(config["WEB_CONCURRENCY"]) + workers * len(Queue) + sockets
    opened = processes * int(config["DATABASE_POOL_SIZE"]) + 2
    comment = (PROJECT / "k8s" / "socket" / "Kustomization").read_text()
    assert f"\n# {opened} of the 22 connections" in comment
    budget = with_sockets["PodDisruptionBudget/incident-bot"]["spec"]
    assert "minAvailable" not in budget, "the only web pod could never be moved"
