"""A real browser on the live server: `browser` for the whole run, `page` for one test."""

import os
from pathlib import Path

import pytest
from django.db import connections
from playwright.sync_api import expect, sync_playwright

from .chromium import ADVICE, FLAGS, find_chromium
from .counts import COUNTED
from .patience import be_patient

HERE = Path(__file__).parent

# A machine that does much else at once is no fault of a page: only a test that fails waits as long.
PATIENCE = 30_000  # milliseconds


def pytest_collection_modifyitems(config, items):
    """Without Chromium these tests are left out, and `make test` ends by saying so; CI must have one."""
    if find_chromium() or os.environ.get("CI"):
        return
    left_out = [item for item in items if item.path.is_relative_to(HERE)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter):
    """What the jobs of a day took, where they were done in this process: `-n 0`."""
    if COUNTED:
        terminalreporter.section("beyond the characters of the values")
        for job, took in COUNTED.items():
            terminalreporter.write_line(f"{took}  {job}")


@pytest.fixture(scope="session")
def browser(django_db_setup):
    path = find_chromium()
    if path is None:
        pytest.fail(ADVICE)
    # Nobody can close them any more from beside the event loop.
    connections.close_all()
    # Playwright keeps an event loop in this thread, and Django would refuse it the database for good reason elsewhere.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    be_patient()
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()
        # Beside an event loop this thread has a connection of its own, and no database goes while one is open.
        connections.close_all()


@pytest.fixture
def server(live_server):
    """A server of the database of the test, which may write to it; see `sharing.py` for those who only look."""
    return live_server


@pytest.fixture
def window(browser, server):
    """Opens pages of fresh visitors: `window(width, height, **options)`, of which the options are Playwright's.

    Relative addresses are those of the server.
    """
    contexts = []

    def opened(width: int = 1280, height: int = 720, **options):
        size = {"width": width, "height": height}
        contexts.append(browser.new_context(base_url=server.url, viewport=size, **options))
        return contexts[-1].new_page()

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def page(window, server, settings):
    """A page of a fresh visitor, with JavaScript."""
    settings.SITE_URL = server.url
    return window()
