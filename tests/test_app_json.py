"""app.json and .profile: with one link Heroku makes an app in which web and worker run."""

import json
import os
import re
import subprocess
from typing import Any, Final

import pytest

from incident_bot.domain.deliveries import Queue
from incident_bot.settings import SETTINGS
from tests.builders import settings
from tests.docs import ROOT

APP: Final[dict[str, Any]] = json.loads((ROOT / "app.json").read_text(encoding="utf-8"))
_BY_ADDONS: Final = {"heroku-postgresql": "DATABASE_URL", "heroku-redis": "REDIS_URL"}
_KEYS: Final = {
    *("name", "description", "keywords", "website", "repository", "logo", "success_url", "scripts"),
    *("env", "formation", "image", "addons", "buildpacks", "environments", "stack"),
}
"""Those of devcenter.heroku.com/articles/app-json-schema; likewise those of a variable."""

_KEYS_OF_A_VARIABLE: Final = {"description", "value", "required", "generator"}
_CONNECTIONS: Final = 20  # of the plan essential-0
_MIGRATION: Final = 2


def test_it_has_only_what_heroku_knows() -> None:
    assert set(APP) <= _KEYS
    assert len(APP["name"]) <= 30
    for name, said in APP["env"].items():
        assert set(said) <= _KEYS_OF_A_VARIABLE, name
        assert said.get("generator", "secret") == "secret", name


def test_it_asks_for_each_required_setting_that_no_addon_sets() -> None:
    names = {setting.name for setting in SETTINGS}
    required = {setting.name for setting in SETTINGS if setting.default is None}
    given = {_BY_ADDONS[addon.partition(":")[0]] for addon in APP["addons"]}
    assert set(APP["env"]) <= names - given
    asked = {name for name, said in APP["env"].items() if said.get("required", True)}
    assert required | {"REDIS_URL", "METRICS_TOKEN"} <= asked | given


def test_each_program_of_the_procfile_runs() -> None:
    programs = re.findall(r"^(\w+):", (ROOT / "Procfile").read_text(encoding="utf-8"), re.M)
    assert set(APP["formation"]) == set(programs) - {"release"}
    assert all(each["quantity"] == 1 for each in APP["formation"].values())


def test_two_versions_and_a_migration_fit_the_database() -> None:
    assert "heroku-postgresql:essential-0" in APP["addons"]
    given = {name.lower(): said["value"] for name, said in APP["env"].items() if "value" in said}
    config = settings(**given)
    processes = config.web_concurrency + len(Queue)
    assert 2 * processes * config.database_pool_size + _MIGRATION <= _CONNECTIONS


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("rediss://:pw@ec2-1-2-3-4.compute-1.amazonaws.com:7000", "?ssl_cert_reqs=none"),
        ("rediss://:pw@ec2-1-2-3-4.compute-1.amazonaws.com:7000?ssl_cert_reqs=required", ""),
        ("rediss://:pw@cache.example.com:6380", ""),
        ("redis://:pw@ec2-1-2-3-4.compute-1.amazonaws.com:7000", ""),
    ],
)
def test_only_the_certificate_of_herokus_store_is_not_checked(before: str, after: str) -> None:
    assert _profiled(REDIS_URL=before, DYNO="web.1") == before + after
    assert _profiled(REDIS_URL=before) == before
    assert settings(redis_url=before + after).redis_url.reveal() == before + after


def test_without_a_store_nothing_is_set() -> None:
    assert _profiled(DYNO="web.1") == "unset"


def _profiled(**env: str) -> str:
    """Return REDIS_URL after the file was read as bash reads it at the start of a dyno."""
    done = subprocess.run(
        ["bash", "-euc", '. ./.profile; echo "${REDIS_URL-unset}"'],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **env},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()
