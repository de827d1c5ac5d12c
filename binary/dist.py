"""Make everything that a release has, in dist/: wheels, source, single file, SBOM, image and sums.

The image is left out where no engine answers. What builds comes from a lock of its own.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from binary import build, sbom
from binary.build import PROJECT, install, run

DIST = PROJECT / "dist"
SANDBOX = PROJECT / "slack_sandbox"
_NOT_COPIED = ("__pycache__", "build", "*.egg-info")


def main() -> None:
    os.umask(0o022)
    if DIST.exists():
        shutil.rmtree(DIST)
    build.main()
    with tempfile.TemporaryDirectory() as folder:
        tools = Path(folder, "tools")
        install(tools, sbom.TOOLS)
        _package(PROJECT, tools)
        _package(_copy_of_sandbox(Path(folder)), tools, "--wheel")
        sbom.write(DIST / f"incident-bot-{sbom.version()}.cdx.json", tools)
    _save_image(DIST / f"incident-bot-{sbom.version()}-image.tar")
    _write_sums()


def _package(source: Path, tools: Path, *kinds: str) -> None:
    """Build what `kinds` say; by default the source, and the wheel from that."""
    how = ("--no-isolation", "--outdir", str(DIST), *kinds)
    run(sys.executable, "-m", "build", *how, source, env={**os.environ, "PYTHONPATH": str(tools)})


def _copy_of_sandbox(folder: Path) -> Path:
    """A build leaves files beside what it builds, and the sandbox's folder is imported from."""
    ignored = shutil.ignore_patterns(*_NOT_COPIED)
    return Path(shutil.copytree(SANDBOX, folder / "sandbox", ignore=ignored))


def _save_image(archive: Path) -> None:
    engine = next(filter(_answers, ("docker", "podman")), None)
    if engine is None:
        print("No engine of containers answers here: dist/ has no image.")
        return
    image = os.environ.get("IMAGE") or f"incident-bot:{sbom.version()}"
    run("make", "--silent", "image", f"ENGINE={engine}", f"IMAGE={image}")
    run(engine, "save", "--output", archive, image)
    run("gzip", "--no-name", "--force", archive)


def _answers(engine: str) -> bool:
    if shutil.which(engine) is None:
        return False
    return subprocess.run([engine, "version"], capture_output=True).returncode == 0


def _write_sums() -> None:
    """Write what `sha256sum --check` reads."""
    files = sorted(path for path in DIST.iterdir() if path.name != "SHA256SUMS")
    sums = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    (DIST / "SHA256SUMS").write_text("".join(sums), encoding="ascii")
    print("".join(sums), end="")


if __name__ == "__main__":
    main()
