"""`make dist`: each part is sound, and the bot runs from it in an empty environment."""

import json
import os
import re
import shlex
import subprocess
import sys
import tarfile
from email import message_from_string
from email.message import Message
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile

import pytest
import requests

import incident_bot
from incident_bot.embedded import process
from tests.deploy.building import copy_of_checkout
from tests.deploy.site import PROJECT, TOOLS, Site, answer, check
from tests.test_supported_pythons import supported

VERSION: Final = incident_bot.__version__
WHEEL: Final = f"incident_bot-{VERSION}-py3-none-any.whl"
SANDBOX: Final = f"incident_bot_sandbox-{VERSION}-py3-none-any.whl"
SOURCE: Final = f"incident_bot-{VERSION}.tar.gz"
SBOM: Final = f"incident-bot-{VERSION}.cdx.json"


def metadata(wheel: Path) -> Message:
    with ZipFile(wheel) as opened:
        (name,) = [each for each in opened.namelist() if each.endswith(".dist-info/METADATA")]
        return message_from_string(opened.read(name).decode())


def top_level(wheel: Path) -> set[str]:
    with ZipFile(wheel) as opened:
        return {name.split("/")[0] for name in opened.namelist() if ".dist-info/" not in name}


def test_it_makes_each_part_with_its_sum(dist: Path) -> None:
    parts = {WHEEL, SANDBOX, SOURCE, SBOM, "incident-bot"}
    assert {path.name for path in dist.iterdir()} == {*parts, "SHA256SUMS"}
    said = subprocess.check_output(["sha256sum", "--check", "SHA256SUMS"], cwd=dist, text=True)
    assert sorted(said.splitlines()) == sorted(f"{name}: OK" for name in parts)


def test_those_who_publish_packages_have_nothing_against_them(dist: Path) -> None:
    check("twine", "check", "--strict", *(dist / name for name in (WHEEL, SANDBOX, SOURCE)))
    check("check-wheel-contents", dist / WHEEL, dist / SANDBOX)


def test_nothing_is_missing_but_an_address(dist: Path) -> None:
    """There is no page of the project's and nobody to write to that one could name truly."""
    missing = ("--skip-tests", "AuthorEmail,Url")
    assert "Final rating: 10/10" in check("pyroma", "--min", "10", *missing, dist / SOURCE)


def test_a_wheel_brings_one_package_and_the_migrations_are_in_it(dist: Path) -> None:
    assert top_level(dist / WHEEL) == {"incident_bot"}
    assert top_level(dist / SANDBOX) == {"slack_sandbox"}
    with ZipFile(dist / WHEEL) as wheel:
        inside = {name: wheel.read(name) for name in wheel.namelist() if name.endswith(".sql")}
    ours = {path.name: path.read_bytes() for path in (PROJECT / "migrations").glob("*.sql")}
    assert inside == {f"incident_bot/migrations/{name}": text for name, text in ours.items()}


@pytest.mark.parametrize(
    ("wheel", "package"), [(WHEEL, "incident_bot"), (SANDBOX, "slack_sandbox")]
)
def test_no_file_of_a_package_is_forgotten(dist: Path, wheel: str, package: str) -> None:
    with ZipFile(dist / wheel) as opened:
        inside = {name for name in opened.namelist() if name.startswith(f"{package}/")}
    unneeded = {"slack_sandbox/pyproject.toml"}
    assert {name for name in files() if name.startswith(f"{package}/")} - unneeded <= inside


def test_the_source_holds_all_that_the_repository_does(dist: Path) -> None:
    with tarfile.open(dist / SOURCE) as source:
        inside = {each.name.partition("/")[2] for each in source if each.isfile()}
    made = {name for name in inside if name == "PKG-INFO" or ".egg-info/" in name}
    assert inside - made == files(), "MANIFEST.in says what belongs to it"


def files() -> set[str]:
    ask = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    listed = subprocess.check_output(ask, cwd=PROJECT, text=True)
    return {name for name in listed.split("\0") if name and (PROJECT / name).is_file()}


def test_the_pages_of_an_index_name_the_pythons_and_lead_nowhere_wrong(dist: Path) -> None:
    about = metadata(dist / WHEEL)
    oldest, *_, newest = supported()
    assert set(about["Requires-Python"].split(",")) == {f">=3.{oldest}", f"<3.{newest + 1}"}
    said = re.findall(r"Python :: (3\.\d+)$", "\n".join(about.get_all("Classifier", [])), re.M)
    assert said == [f"3.{minor}" for minor in supported()]
    page = str(about.get_payload())
    assert re.findall(r"\]\((?!https://)[^)]*\)", page) == []
    assert "(`docs/DEPLOYMENT.md`)" in page


def test_the_sandbox_has_the_version_of_the_bot(dist: Path) -> None:
    assert metadata(dist / SANDBOX)["Version"] == VERSION
    assert metadata(dist / SANDBOX)["Requires-Python"] == metadata(dist / WHEEL)["Requires-Python"]


def test_the_sbom_lists_each_locked_package_with_its_licence_and_nothing_else(dist: Path) -> None:
    listed: dict[str, Any] = json.loads((dist / SBOM).read_text())
    assert listed["bomFormat"] == "CycloneDX"
    assert (listed["metadata"]["component"]["name"], VERSION) == (
        "incident-bot",
        listed["metadata"]["component"]["version"],
    )
    found = {f"{each['name'].lower()}=={each['version']}": each for each in listed["components"]}
    locked = re.findall(
        r"^(\S+==\S+?)(?: ;.*)? \\$", (PROJECT / "requirements.txt").read_text(), re.M
    )
    assert len(found) > 20
    assert {re.sub(r"[-_.]+", "-", name) for name in found} <= {
        re.sub(r"[-_.]+", "-", re.sub(r"\[.*\]", "", name)) for name in locked
    }
    assert [name for name, each in found.items() if not each.get("licenses")] == []


# -- in an empty environment ----------------------------------------------------------------------


def environment(folder: Path, *what: str | Path) -> Path:
    """Install into a new environment what is asked for, in the versions of the lock; its bin."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    lock = (PROJECT / "requirements-dev.txt").read_text()
    versions = folder / "versions"
    pinned = re.findall(r"^(\S+==[^\\\n]+?) ?\\?$", lock, re.MULTILINE)
    versions.write_text(re.sub(r"\[.*?\]", "", "\n".join(pinned)))
    pip = (TOOLS / "pip", "--python", folder / "bin" / "python")
    check(*pip, "install", "--quiet", "--constraint", versions, *what)
    check(*pip, "check")
    return folder / "bin"


@pytest.mark.parametrize("kind", ["wheel", "source", "editable"])
def test_installed_anywhere_it_migrates_a_database(
    kind: str, dist: Path, bot: Site, tmp_path: Path
) -> None:
    ways: dict[str, tuple[str | Path, ...]] = {
        "wheel": (dist / WHEEL,),
        "source": (dist / SOURCE,),
        "editable": ("--editable", dist.parent),
    }
    place = environment(tmp_path / "venv", *ways[kind])
    bot.command = [str(place / "incident-bot")]
    assert bot.run("--version") == f"incident-bot {VERSION}\n"
    assert "applied 0001-incidents" in bot.run("migrate")
    bot.command = [str(place / "python"), "-I", "-m", "incident_bot"]
    assert "up to date" in bot.run("migrate")


def test_with_its_extra_the_trial_runs_and_an_incident_is_declared(
    dist: Path, tmp_path: Path
) -> None:
    """As `uvx` and `pipx run` do it: one environment, one command, one page."""
    what = ("--find-links", dist, f"incident-bot[embedded] @ {(dist / WHEEL).as_uri()}")
    place = environment(tmp_path / "venv", *what)
    assert_the_trial_runs(place / "incident-bot", "dev", folder=tmp_path)


def test_what_the_readme_says_to_type_for_pip_runs_it_too(tmp_path: Path) -> None:
    *install, start = typed_for("pip")
    checkout = copy_of_checkout(tmp_path / "checkout")
    ours = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for line in install:
        check("env", f"--chdir={checkout}", "sh", "-ec", line, env=ours, timeout=600)
    assert_the_trial_runs(*shlex.split(start), folder=checkout)


def typed_for(tool: str) -> list[str]:
    """Return the lines below the name of the tool in the README."""
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(rf"^    # {tool}\n((?:    .+\n)+)", readme, re.MULTILINE)
    return [line.strip() for line in block.splitlines()]


def assert_the_trial_runs(*command: str | Path, folder: Path) -> None:
    """Start the trial in the folder; an incident that is declared there must be announced."""
    for each in (folder, folder.parent):
        each.chmod(0o755)  # PostgreSQL runs there under another account
    port, page, log = process.free_port(), process.free_port(), folder / "logs" / "dev"
    ports = ("--port", str(port), "--sandbox-port", str(page))
    trial = process.start([*command, *ports], log=log, cwd=folder, env={"PATH": "/usr/bin:/bin"})
    url = f"http://127.0.0.1:{page}"
    try:
        assert process.wait_until(lambda: f"Open {url} " in log.read_text(), 120), log.read_text()
        assert "<title>" in answer(url)[1]
        said = {"user": "U0ADA", "channel": "C0GENERAL"}
        line = "/incident declare P2 api-gateway Trouble 1"
        assert requests.post(f"{url}/ui/command", json={**said, "text": line}, timeout=10).json()[
            "ok"
        ]
        seen = {"user": "U0ADA", "channel": "C0P2"}

        def is_announced() -> bool:
            return "Trouble 1" in requests.get(f"{url}/ui/state", seen, timeout=5).text

        assert process.wait_until(is_announced, 60), log.read_text()
    finally:
        process.stop(trial, patience_seconds=30)
