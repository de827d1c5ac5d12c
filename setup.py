"""Package migrations/ as incident_bot/migrations, and README.md for pages away from its files."""

import re
from pathlib import Path

from setuptools import find_packages, setup

# Its links and pictures lead to files beside it, which the page of a package index does not have.
readme = (Path(__file__).parent / "README.md").read_text(encoding="utf-8")
readme = re.sub(r"!\[[^\]]*\]\((?!https://)[^)]*\)\n*", "", readme)
readme = re.sub(r"\[([^\]]+)\]\((?!https://)([^)]+)\)", r"\1 (`\2`)", readme)

setup(
    long_description=readme,
    packages=[
        *find_packages(include=["incident_bot", "incident_bot.*"]),
        "incident_bot.migrations",
    ],
    package_dir={"incident_bot.migrations": "migrations"},
)
