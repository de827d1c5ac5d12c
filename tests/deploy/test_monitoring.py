"""monitoring/: what Prometheus and Grafana are given is whole, and about metrics that exist."""

import json
import re
import shlex
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any, Final

from incident_bot import metrics as counts
from incident_bot.web import metrics, process_metrics
from tests.deploy.manifests import SECRET, read
from tests.deploy.prometheus import JOBS, with_socket
from tests.deploy.site import PROJECT, check

FOLDER: Final = PROJECT / "monitoring"
PAGE: Final = (PROJECT / "docs" / "MONITORING.md").read_text(encoding="utf-8")
DASHBOARD: Final = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))


@cache
def rules() -> list[dict[str, Any]]:
    (found,) = read(FOLDER / "rules.yml")
    return [rule for group in found["groups"] for rule in group["rules"]]


def alerts() -> list[dict[str, Any]]:
    return [each for each in rules() if "alert" in each]


def runbook(alert: dict[str, Any]) -> str:
    return f"docs/MONITORING.md#{alert['alert'].lower()}"


def dashboard_queries() -> list[str]:
    return [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", ())]


def exported() -> set[str]:
    """Return every series that the programs show, and that the rules record."""
    found = {f"incidentbot_{name}" for name in metrics.STANDING}
    for family in (*counts.counted().collect(), *process_metrics.Processes().collect()):
        if family.type == "histogram":
            found |= {f"{family.name}{part}" for part in ("_bucket", "_count", "_sum")}
        else:
            found.add(f"{family.name}_total" if family.type == "counter" else family.name)
    found.add("up")  # of Prometheus itself
    return found | {each["record"] for each in rules() if "record" in each}


def test_promtool_takes_the_rules_and_the_configuration() -> None:
    check("promtool", "check", "rules", FOLDER / "rules.yml")
    check("promtool", "check", "config", "--syntax-only", FOLDER / "prometheus.yml")


def test_promtool_takes_the_configuration_of_socket_mode_too(tmp_path: Path) -> None:
    shutil.copy(FOLDER / "rules.yml", tmp_path)
    (tmp_path / "prometheus.yml").write_text(with_socket(), encoding="utf-8")
    check("promtool", "check", "config", "--syntax-only", tmp_path / "prometheus.yml")
    (found,) = read(tmp_path / "prometheus.yml")
    shown = {
        each["job_name"]: each["static_configs"][0]["targets"] for each in found["scrape_configs"]
    }
    assert shown == {job: [f"127.0.0.1:{port}"] for job, port in JOBS.items()}
    for name, port in JOBS.items():
        if name != "incident-bot-web":
            assert f"`{name.split('-')[-1].upper()}_METRICS_PORT={port}`" in PAGE


def test_each_alert_fires_when_it_should_and_not_before() -> None:
    check("promtool", "test", "rules", FOLDER / "rules_test.yml")


def test_each_alert_is_shown_to_fire_and_to_be_silent() -> None:
    (tests,) = read(FOLDER / "rules_test.yml")
    tried = [each for test in tests["tests"] for each in test["alert_rule_test"]]
    names = {each["alert"] for each in alerts()}
    assert {each["alertname"] for each in tried if each["exp_alerts"]} == names
    silent = {each["alertname"] for each in tried if not each["exp_alerts"]}
    assert silent == names - {"IncidentBotWatchdog"}


def test_no_alert_takes_a_series_that_is_missing_for_a_fault() -> None:
    """Nothing but the versions is seen; what is to fire for absence has a test of its own."""
    (tests,) = read(FOLDER / "rules_test.yml")
    (versions_alone,) = (
        test["alert_rule_test"]
        for test in tests["tests"]
        if all(
            each["series"].startswith("incidentbot_build_info{") for each in test["input_series"]
        )
    )
    silent = {each["alertname"] for each in versions_alone if not each["exp_alerts"]}
    assert silent == {each["alert"] for each in alerts()} - {"IncidentBotWatchdog"}


def test_each_alert_says_what_to_do() -> None:
    headings = re.findall(r"^### (.+)$", PAGE, re.MULTILINE)
    assert headings == [each["alert"] for each in alerts()]
    for each in alerts():
        assert each["labels"]["severity"] in ("page", "ticket", "none")
        assert each["annotations"]["runbook_url"] == runbook(each)


def test_the_line_on_the_page_puts_one_address_before_every_runbook(tmp_path: Path) -> None:
    (line,) = re.findall(r"^sed -i .* rules\.yml$", PAGE, re.MULTILINE)
    (base,) = re.findall(r"runbook_url: (https://[^|]*/)docs/", line)
    shutil.copy(FOLDER / "rules.yml", tmp_path)
    for _ in range(2):  # again it changes nothing
        subprocess.run(shlex.split(line), cwd=tmp_path, check=True)
    check("promtool", "check", "rules", tmp_path / "rules.yml")
    (found,) = read(tmp_path / "rules.yml")
    urls = {
        rule["alert"]: rule["annotations"]["runbook_url"]
        for group in found["groups"]
        for rule in group["rules"]
        if "alert" in rule
    }
    assert urls == {each["alert"]: base + runbook(each) for each in alerts()}


def test_every_expression_names_metrics_that_are_exported() -> None:
    known = exported()
    for query in (*dashboard_queries(), *(each["expr"] for each in rules())):
        named = set(re.findall(r"\b(?:(?:incidentbot|process)[_:][\w:]+|up(?={))", query))
        assert named or query == "vector(1)"
        assert named <= known, query


def test_every_expression_of_the_dashboard_can_be_read(tmp_path: Path) -> None:
    require_readable(
        [each.replace("$__rate_interval", "5m") for each in dashboard_queries()], tmp_path
    )


def test_each_objective_has_an_expression_that_measures_it(tmp_path: Path) -> None:
    part = PAGE.partition("\n## Objectives\n")[2].partition("\n## ")[0]
    objectives = re.findall(r"^\| .* \| `(incidentbot_\w+)`.* \| [\d.]+ % \|$", part, re.MULTILINE)
    queries = part.partition("```promql\n")[2].partition("```")[0].strip().split("\n\n")
    assert len(objectives) == 5
    for metric, query in zip(objectives, queries, strict=True):
        assert metric in query
        assert set(re.findall(r"\bincidentbot_\w+", query)) <= exported()
    require_readable(queries, tmp_path)


def require_readable(queries: list[str], folder: Path) -> None:
    recorded = [{"record": f"query:{n}", "expr": each} for n, each in enumerate(queries)]
    file = folder / "queries.yml"
    file.write_text(json.dumps({"groups": [{"name": "queries", "rules": recorded}]}))
    check("promtool", "check", "rules", file)


def test_the_panels_stand_beside_each_other() -> None:
    places = [panel["gridPos"] for panel in DASHBOARD["panels"]]
    taken = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))


def test_the_pod_monitors_find_the_pods_their_ports_and_the_token() -> None:
    monitors = read(FOLDER / "podmonitor.yaml")
    (secret,) = read(SECRET)
    assert [each["metadata"]["name"] for each in monitors] == list(JOBS)
    for monitor in monitors:
        component = monitor["spec"]["selector"]["matchLabels"]["app.kubernetes.io/component"]
        folder = PROJECT / "k8s" / ("socket" if component == "socket" else "")
        (deployment, *_) = read(folder / f"{component}.yaml")
        pod = deployment["spec"]["template"]
        assert pod["metadata"]["labels"]["app.kubernetes.io/component"] == component
        (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
        assert endpoint["port"] in {each["name"] for each in pod["spec"]["containers"][0]["ports"]}
        token = endpoint["authorization"]["credentials"]
        assert token["name"] == secret["metadata"]["name"]
        assert token["key"] in secret["stringData"]
        assert monitor["metadata"]["namespace"] == deployment["metadata"]["namespace"]
