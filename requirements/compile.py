"""Resolve pyproject.toml into lock.txt (product and demo) and dev.lock (tools and tests too), with hashes.

No index and no host is written into the files: whoever installs chooses the mirror.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OPTIONS = (
    "--generate-hashes",
    "--strip-extras",
    "--allow-unsafe",
    "--no-emit-index-url",
    "--no-emit-trusted-host",
    "--no-emit-find-links",
    "--no-header",
    "--quiet",
)


def resolve(target: str, *options: str) -> None:
    """Write requirements/`target`, keeping the versions it names already where they still fit."""
    output = ("-o", f"requirements/{target}", "pyproject.toml")
    command = [sys.executable, "-m", "piptools", "compile", *OPTIONS, *options, *output]
    subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603


if __name__ == "__main__":
    resolve("lock.txt", "--extra", "demo", *sys.argv[1:])
    resolve("dev.lock", "--extra", "demo", "--extra", "dev", "-c", "requirements/lock.txt", *sys.argv[1:])
