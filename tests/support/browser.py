"""Chromium for the browser tests: the machine's own, Debian's package, or Playwright's.

`python -m tests.support.browser` makes sure that there is one and says in one line what is missing otherwise.
"""

import os
import shutil
import subprocess
import sys

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium_path() -> str | None:
    """The machine's Chromium, None where only Playwright's own may exist."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def playwright_has_one() -> bool:
    with sync_playwright() as playwright:
        return os.path.exists(playwright.chromium.executable_path)  # noqa: PTH110


def install() -> bool:
    """Try Debian's package first, where we may, then Playwright's download."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        quiet = {"stdin": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
        subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)
        package = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]
        if subprocess.run(package, check=False, **quiet).returncode == 0:
            return True
    return (
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False).returncode
        == 0
    )


if __name__ == "__main__":
    if not (chromium_path() or playwright_has_one() or install()):
        sys.exit(
            "The browser tests need Chromium: install it (apt-get install chromium), "
            "or leave them out: make test TESTS='-m \"not browser and not bench\"'"
        )
