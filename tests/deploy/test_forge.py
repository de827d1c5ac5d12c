"""The files for a forge, pre-commit and Renovate fit their schemas, and what they name exists."""

import json
import re
from pathlib import Path
from typing import Final

import pytest

import bootstrap
from tests.deploy.manifests import UPGRADING, read
from tests.deploy.site import PROJECT, check

_SCHEMAS: Final = {
    ".github/workflows/check.yml": "vendor.github-workflows",
    ".github/workflows/audit.yml": "vendor.github-workflows",
    ".github/ISSUE_TEMPLATE/bug.yml": "vendor.github-issue-forms",
    ".github/ISSUE_TEMPLATE/feature.yml": "vendor.github-issue-forms",
    ".github/ISSUE_TEMPLATE/config.yml": "vendor.github-issue-config",
    "renovate.json": "vendor.renovate",
}
_OTHERS: Final = [".pre-commit-config.yaml", ".github/pull_request_template.md"]
_FILES: Final = [*_SCHEMAS, *_OTHERS]


def _text(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


def test_each_file_is_known_here() -> None:
    found = {path for path in (PROJECT / ".github").rglob("*") if path.is_file()}
    assert {str(path.relative_to(PROJECT)) for path in found} <= set(_FILES)


@pytest.mark.parametrize("name", _SCHEMAS)
def test_it_fits_its_schema(name: str) -> None:
    check("check-jsonschema", "--builtin-schema", _SCHEMAS[name], PROJECT / name)


@pytest.mark.parametrize("name", _FILES)
def test_each_file_that_it_names_exists(name: str) -> None:
    named = re.findall(
        r"(?<![\w/.])((?:docs/|\.ci/|\.python-version)[\w./-]*|[A-Z]{6,}\.md|setup\.cfg)",
        _text(name).replace("\\", ""),  # of a pattern
    )
    wanted = {each.rstrip(".") for each in named}
    assert [each for each in sorted(wanted) if not (PROJECT / each).exists()] == []


@pytest.mark.parametrize("name", _FILES)
def test_each_target_that_it_names_is_in_the_makefile(name: str) -> None:
    for target in re.findall(r"(?:`|: )make ([a-z-]+)", _text(name)):
        assert re.search(rf"^{target}:", _text("Makefile"), re.MULTILINE), target


def test_a_change_runs_all_that_must_pass_and_each_action_keeps_its_major_version() -> None:
    (check_job,) = read(PROJECT / ".github/workflows/check.yml")[0]["jobs"].values()
    assert {"run": ".ci/run"} in check_job["steps"]
    assert (PROJECT / ".ci/run").stat().st_mode & 0o100
    used = re.findall(r"uses: (.+)", "".join(_text(name) for name in _SCHEMAS))
    assert used
    assert [each for each in used if not re.fullmatch(r"actions/[a-z-]+@v\d+", each)] == []


def test_the_audit_reads_both_locks() -> None:
    named = re.findall(r"--requirement (\S+)", _text(".github/workflows/audit.yml"))
    assert named == ["requirements.txt", "requirements-dev.txt"]
    assert [each for each in named if not (PROJECT / each).exists()] == []


def test_a_report_can_name_each_way_to_deploy() -> None:
    ways = re.findall(r"^\| (\S+) \|", UPGRADING.partition("| Way |")[2].partition("\n\n")[0], re.M)
    (form,) = read(PROJECT / ".github/ISSUE_TEMPLATE/bug.yml")
    (asked,) = (each for each in form["body"] if each.get("id") == "way")
    assert {each for each in ways if each.isprintable() and each != "---"} <= set(
        asked["attributes"]["options"]
    )


def test_pre_commit_runs_what_make_lint_runs() -> None:
    (config,) = read(PROJECT / ".pre-commit-config.yaml")
    assert [hook["entry"] for repo in config["repos"] for hook in repo["hooks"]] == ["make lint"]


def test_renovate_leaves_the_locks_to_those_who_make_them() -> None:
    config = json.loads(_text("renovate.json"))
    locks = {str(path.relative_to(PROJECT)) for path in Path(PROJECT).glob("requirements*.txt")}
    locks |= {str(path.relative_to(PROJECT)) for path in bootstrap.TOOL_LOCKS}
    assert locks <= set(config["ignorePaths"])
    for each in config["ignorePaths"]:
        assert (PROJECT / each.removesuffix("/**")).exists(), each
    (pattern,) = config["pip_requirements"]["managerFilePatterns"]
    assert re.match(pattern.strip("/"), ".ci/deploy-requirements.in")
