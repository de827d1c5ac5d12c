"""Make the list of what the bot is made of, as CycloneDX: each locked package and its licence."""

from __future__ import annotations

import configparser
import json
import re
import sys
import tempfile
from pathlib import Path

from binary.build import PROJECT, install, run

TOOLS = PROJECT / "binary" / "dist-requirements.txt"
# By PYTHONPATH the tool's own packages would be in the environment that it looks at.
_FROM = (
    "import runpy, sys; sys.path.insert(0, sys.argv.pop(1));"
    " runpy.run_module('cyclonedx_py', run_name='__main__')"
)


def main() -> None:
    target = PROJECT / "dist" / f"incident-bot-{version()}.cdx.json"
    target.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        tools = Path(folder, "tools")
        install(tools, TOOLS)
        write(target, tools)
    print(target.relative_to(PROJECT))


def write(target: Path, tools: Path) -> None:
    """Describe an environment that has just the locked packages, as each way to deploy has them."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "venv")
        run(sys.executable, "-m", "venv", "--without-pip", place)
        (site,) = place.glob("lib/python*/site-packages")
        install(site, PROJECT / "requirements.txt")
        about = Path(folder, "pyproject.toml")
        about.write_text(_about(), encoding="utf-8")
        run(
            *(sys.executable, "-c", _FROM, tools, "environment", "--output-reproducible"),
            *("--mc-type", "application", "--pyproject", about, "--output-file", target, place),
        )


def version() -> str:
    text = (PROJECT / "incident_bot" / "__init__.py").read_text(encoding="utf-8")
    (found,) = re.findall(r'^__version__ = "(.+)"$', text, re.MULTILINE)
    return str(found)


def _about() -> str:
    """Say what the whole is in the words that the tool reads, which does not read setup.cfg."""
    config = configparser.ConfigParser(interpolation=None)
    config.read(PROJECT / "setup.cfg", encoding="utf-8")
    about = {
        "name": config["metadata"]["name"],
        "version": version(),
        "description": config["metadata"]["description"],
        "license": config["metadata"]["license_expression"],
        "dependencies": config["options"]["install_requires"].split(),
    }
    lines = (f"{name} = {json.dumps(value)}\n" for name, value in about.items())
    return "[project]\n" + "".join(lines)


if __name__ == "__main__":
    main()
