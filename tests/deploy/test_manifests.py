"""Compose, the platforms and the Procfile: what schemas say, and whether names exist."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from incident_bot.embedded import process
from tests.deploy.manifests import NAMES, PAGE, REQUIRED, compose, fly, procfile, railway, render
from tests.deploy.site import PROJECT, TOOLS, Site, check

# Compose


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = compose()["services"]
    return found


def test_compose_fits_its_schema() -> None:
    file = PROJECT / "docker-compose.yml"
    check("check-jsonschema", "--builtin-schema", "vendor.compose-spec", file)


def test_the_app_can_be_scaled(services: dict[str, Any]) -> None:
    """Only the proxy has a port of the machine, which two of a service could not share."""
    assert all("container_name" not in service for service in services.values())
    assert {name: each["ports"] for name, each in services.items() if "ports" in each} == {
        "proxy": ["127.0.0.1:3000:3000"]
    }
    assert services["app"]["environment"]["PORT"] == "3000"


def test_the_services_wait_for_what_they_need(services: dict[str, Any]) -> None:
    bot, servers = {"app", "worker", "socket", "migrate"}, {"postgres", "valkey", "proxy", "backup"}
    assert set(services) == bot | servers
    for name in ("postgres", "valkey"):
        assert services[name]["volumes"]
    for name in ("postgres", "valkey", "app", "worker", "socket"):
        assert services[name]["healthcheck"]["test"]
    for name in ("app", "worker", "socket"):
        needs = services[name]["depends_on"]
        assert needs["migrate"]["condition"] == "service_completed_successfully"
        assert needs["valkey"]["condition"] == "service_healthy"
        assert set(services[name]["environment"]) <= NAMES


def test_only_who_wants_socket_mode_has_a_socket(services: dict[str, Any]) -> None:
    """It would be started again and again where there is no token for it."""
    assert {name: each["profiles"] for name, each in services.items() if "profiles" in each} == {
        "socket": ["socket"]
    }
    assert services["socket"]["healthcheck"]["test"] == ["CMD", "incident-bot", "healthy", "socket"]


def test_a_fresh_checkout_says_in_one_step_what_is_missing(services: dict[str, Any]) -> None:
    """Compose looks for it in .env before it looks for any other file."""
    asked = r"\$\{SERVICES:\?run \"make secrets\", then fill in \.env\}"
    for name in ("app", "worker", "socket", "migrate"):
        assert re.fullmatch(asked, services[name]["environment"]["SERVICES"])


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder in which nothing was made yet."""
    shutil.copy(PROJECT / ".env.example", tmp_path)
    return tmp_path


def make_secrets(checkout: Path) -> dict[str, str]:
    """Run `make secrets`; what it made, by path."""
    check("make", "--directory", checkout, "--file", PROJECT / "Makefile", "secrets")
    files = [checkout / ".env", *(checkout / "secrets").iterdir()]
    return {str(file.relative_to(checkout)): file.read_text() for file in files}


def test_make_secrets_makes_each_file_that_compose_needs(
    checkout: Path, services: dict[str, Any]
) -> None:
    made = make_secrets(checkout)
    files = {name: each["file"].removeprefix("./") for name, each in compose()["secrets"].items()}
    assert set(made) == {".env", *files.values()}
    password, token = made[files["postgres_password"]], made[files["metrics_token"]]
    assert len({password, token}) == 2
    assert re.fullmatch(r"[0-9a-f]{48}", password)
    assert re.fullmatch(r"[0-9a-f]{48}", token)
    url = urlsplit(made[files["database_url"]])
    postgres = services["postgres"]["environment"]
    assert (url.username, url.password) == (postgres["POSTGRES_USER"], password)
    assert (url.hostname, url.path) == ("postgres", f"/{postgres['POSTGRES_DB']}")
    assert (checkout / "secrets").stat().st_mode & 0o777 == 0o700
    assert (checkout / ".env").stat().st_mode & 0o777 == 0o600
    ignored = (PROJECT / ".gitignore").read_text().splitlines()
    assert {".env", "/secrets/"} <= set(ignored)


def test_make_secrets_again_changes_nothing(checkout: Path) -> None:
    """The database keeps the password it was made with, or is another one."""
    made = make_secrets(checkout)
    ours = {".env": "SERVICES=ours\n", "secrets/database_url": "postgresql://elsewhere"}
    for name, text in ours.items():
        (checkout / name).unlink()
        (checkout / name).write_text(text)
    assert make_secrets(checkout) == {**made, **ours}


def test_an_app_reads_only_secrets_that_it_is_given(services: dict[str, Any]) -> None:
    for name in ("app", "worker", "socket", "migrate"):
        environment = services[name]["environment"]
        files = {Path(value).name for key, value in environment.items() if key.endswith("_FILE")}
        assert files == set(services[name]["secrets"])


# Platforms


def test_each_setting_of_render_exists() -> None:
    (group,) = render()["envVarGroups"]
    shared = {each["key"] for each in group["envVars"]}
    for service in render()["services"]:
        if service["type"] in ("web", "worker"):
            own = {each["key"] for each in service["envVars"] if "key" in each}
            assert shared | own <= NAMES
            assert shared | own >= REQUIRED
    names = {each["name"] for each in [*render()["services"], *render()["databases"]]}
    assert set(re.findall(r"name: (incident-bot[a-z-]*)", json.dumps(render()))) <= names


def test_each_setting_of_fly_exists() -> None:
    assert set(fly()["env"]) <= NAMES
    assert fly()["http_service"]["internal_port"] == int(fly()["env"]["PORT"])
    assert set(fly()["http_service"]["processes"]) <= set(fly()["processes"])


def test_railway_has_a_file_for_each_process_that_runs() -> None:
    """Railway takes a setting from the file, even if somebody changed it on its page."""
    for name in set(procfile()) - {"release"}:
        file = "railway.json" if name == "web" else f"railway.{name}.json"
        deploy = railway(file)
        assert deploy["startCommand"] == f"incident-bot {name}"
        assert ("healthcheckPath" in deploy) == (name == "web")
        assert deploy.get("preDeployCommand", []) == ["incident-bot migrate"] * (name == "web")
        assert f"`/{file}`" in PAGE


def test_the_health_checks_of_the_platforms_are_pages_of_ours() -> None:
    pages = {railway("railway.json")["healthcheckPath"], fly()["http_service"]["checks"][0]["path"]}
    pages |= {each["healthCheckPath"] for each in render()["services"] if "healthCheckPath" in each}
    assert pages == {"/readyz"}


def test_render_makes_a_token_for_the_metrics() -> None:
    (web,) = (each for each in render()["services"] if each["type"] == "web")
    token = {"key": "METRICS_TOKEN", "generateValue": True}
    assert token in web["envVars"]


@pytest.mark.parametrize(
    "command", ["fly secrets set", "railway variables set", "heroku config:set"]
)
def test_the_page_sets_a_token_and_all_that_is_required(command: str) -> None:
    """On the platforms whose file holds no secrets, but for what that file or the platform sets."""
    (said,) = re.findall(rf"^ *{command} (?:.*\\\n)*.*$", PAGE, re.MULTILINE)
    given = set(re.findall(r" ([A-Z_0-9]+)=", said))
    elsewhere = set(fly()["env"]) if command.startswith("fly") else set()
    if command.startswith("heroku"):
        elsewhere = {"DATABASE_URL", "REDIS_URL"}
    assert given <= NAMES
    assert REQUIRED | {"METRICS_TOKEN", "REDIS_URL"} <= given | elsewhere
    assert 'METRICS_TOKEN="$(openssl rand -hex 24)"' in said


def test_the_page_has_each_line_of_the_procfile_for_those_who_type_it() -> None:
    for line in procfile().values():
        assert f"`{line}`" in PAGE


def test_the_version_of_python_is_the_one_of_the_image() -> None:
    """Heroku, Railpack and Render without Docker read the file; others take their newest."""
    version = (PROJECT / ".python-version").read_text().strip()
    (base,) = set(re.findall(r"^FROM python:(3\.\d+)-", (PROJECT / "Dockerfile").read_text(), re.M))
    assert version == base


def test_the_image_listens_for_the_platforms_proxy() -> None:
    assert "HOST=0.0.0.0" in (PROJECT / "Dockerfile").read_text()
    assert procfile()["web"].startswith("HOST=0.0.0.0 ")
    assert "set `HOST` to" not in PAGE.lower()


# The Procfile


def test_the_procfile_runs(bot: Site) -> None:
    """With honcho, and with the environment that such platforms give: PORT and postgres://."""
    bot.database_url = bot.database_url.replace("postgresql://", "postgres://")
    bot.settings["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    lines = procfile()
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
