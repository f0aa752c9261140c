"""The machine's own Chromium, for the browser tests. Run as a program, it says so when there is none."""

import os
import shutil

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]

# Playwright's driver is linked with libatomic.
ADVICE = (
    "The browser tests did not run: no Chromium was found. On Debian: apt-get install chromium libatomic1 "
    "(elsewhere, CHROMIUM=/path/to/chromium)."
)

# A fresh, quiet browser that works for root and in a container, and calls nobody.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


def find_chromium() -> str | None:
    """The path of a Chromium: what CHROMIUM names, else the first known name on PATH."""
    if named := os.environ.get("CHROMIUM"):
        return shutil.which(named)
    return next(filter(None, map(shutil.which, NAMES)), None)


if __name__ == "__main__" and not find_chromium():
    print(ADVICE)
