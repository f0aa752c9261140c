"""Hands of tests as patient as people's: they touch a page once it has loaded.

What a test waits for is drawn before the scripts of the page have run, and a key that is pressed between the two does what
it does without them.
"""

from collections.abc import Callable
from functools import wraps

from playwright.sync_api import Keyboard, Locator, Page

TOUCHES = (
    "check",
    "click",
    "dblclick",
    "fill",
    "focus",
    "hover",
    "press",
    "select_option",
    "set_input_files",
    "uncheck",
)


def be_patient() -> None:
    """From now on whatever tests touch has loaded, scripts and all, or the touch fails after the usual timeout."""
    for kind in (Locator, Page):
        for touch in TOUCHES:
            setattr(kind, touch, _once_loaded(getattr(kind, touch)))
    keyboard_of = Page.keyboard.fget

    def keyboard(page: Page) -> Keyboard:
        page.wait_for_load_state()
        return keyboard_of(page)

    Page.keyboard = property(keyboard)


def _once_loaded(touch: Callable) -> Callable:
    @wraps(touch)
    def patiently(at: Locator | Page, *args, **options):
        (at.page if isinstance(at, Locator) else at).wait_for_load_state()
        return touch(at, *args, **options)

    return patiently
