"""What Lighthouse and HTML_CodeSniffer (by pa11y) say of the main pages, on a phone and on a desktop, in both languages:

    npm install lighthouse@12 pa11y@9
    python -m tests.browser.quality node_modules/.bin

Both are programs for Node, which the project itself does not need; so this is run by hand, and no test waits for it.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.browser.chromium import FLAGS, find_chromium
from tests.browser.pictures import shipped_site

PAGES = ("/", "/partners/", "/partners/nvidia/", "/timeline/", "/data/", "/nl/", "/nl/partners/")
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
DEVICES = {"phone": [], "desktop": ["--preset=desktop"]}
TRIES = 3
# What pa11y ends with where it could look at a page.
NONE_OR_SOME_FAULTS = (0, 2)
# Rules of WCAG 2 to level AA, as HTML_CodeSniffer has them.
STANDARD = "WCAG2AA"
ENVIRONMENT = os.environ | {"CHROME_PATH": find_chromium()}


def scores(programs: Path, address: str, options: list[str]) -> dict[str, int]:
    """What Lighthouse gives a page, of 100. It now and then misses the beginning of a visit, and asks to be run again."""
    command = [programs / "lighthouse", address, "--quiet", "--output=json", *options]
    command.append(f"--chrome-flags=--headless=new {' '.join(FLAGS)}")
    for _try in range(TRIES):
        said = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
        if said.returncode == 0:
            break
    said.check_returncode()
    categories = json.loads(said.stdout)["categories"]
    return {name: round(100 * categories[name]["score"]) for name in CATEGORIES}


def faults(programs: Path, address: str, settings: Path) -> list[str]:
    """What HTML_CodeSniffer finds."""
    command = [
        programs / "pa11y",
        "--config",
        settings,
        "--standard",
        STANDARD,
        "--reporter",
        "json",
        address,
    ]
    said = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT)
    if said.returncode not in NONE_OR_SOME_FAULTS:
        raise RuntimeError(said.stderr)
    return [f"{each['code']} {each['selector']}" for each in json.loads(said.stdout)]


def main(programs: Path) -> None:
    settings = Path(programs.parent, "pa11y.json")
    settings.write_text(
        json.dumps({"chromeLaunchConfig": {"executablePath": find_chromium(), "args": FLAGS}})
    )
    print(f"{'':24} {'':8} {'  '.join(CATEGORIES)}")
    with shipped_site() as site:
        for page in PAGES:
            for device, options in DEVICES.items():
                found = scores(programs, site + page, options)
                print(f"{page:24} {device:8} {'  '.join(str(found[name]) for name in CATEGORIES)}")
            for fault in faults(programs, site + page, settings):
                print(f"  {fault}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
