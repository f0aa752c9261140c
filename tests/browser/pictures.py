"""The pictures of the README, taken of the shipped directory as it is served: `make pictures`."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.chromium import FLAGS, find_chromium
from tests.serving import ROOT, served

HERE = Path(__file__).parent
# Name of the file, address, and height in pixels.
PICTURES = (
    ("front.png", "/", 1500),
    ("listing.png", "/partners/?sector=ai-models&exclude_ownership=subsidiary", 1100),
)
WIDTH = 1280


def main() -> None:
    """Write the pictures beside this file."""
    with shipped_site() as site:
        take(site)


@contextmanager
def shipped_site() -> Iterator[str]:
    """The address of a site that serves the shipped data, in a database of its own, for a while."""
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{folder}/directory.sqlite3"
        settings = os.environ | {"DATABASE_URL": database, "SECRET_KEY": "pictures" * 8}
        for command in (["migrate", "-v0"], ["load_dataset", "--if-empty"]):
            subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=settings, check=True)
        with served(database, SECRET_KEY=settings["SECRET_KEY"], ALLOWED_HOSTS="127.0.0.1") as port:
            yield f"http://127.0.0.1:{port}"


def take(site: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        for name, address, height in PICTURES:
            page = browser.new_page(viewport={"width": WIDTH, "height": height}, color_scheme="light")
            page.goto(site + address)
            page.evaluate("document.fonts.ready")
            page.screenshot(path=HERE / name)
        browser.close()


if __name__ == "__main__":
    main()
