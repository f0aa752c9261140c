"""Somebody at the desk, whose key presses, clicks and pages are counted by the page itself."""

from dataclasses import replace

from django.urls import reverse

from tests.records import make_curator

from .counts import COUNTED, Count
from .test_curation import signed_in

# Adds up what hands do, on all pages that somebody opens.
COUNTER = """
const add = (name) => sessionStorage.setItem(name, Number(sessionStorage.getItem(name) || 0) + 1);
addEventListener("keydown", (event) => { if (event.isTrusted) add("keys"); }, true);
addEventListener("pointerdown", (event) => { if (event.isTrusted) add("clicks"); }, true);
if (document.readyState === "loading") add("pages");
"""


class Hands:
    """Somebody with a counter, on the first page of the desk. Characters of values are put in whole: they are not what
    is counted."""

    def __init__(self, browser, server, account=None, **options):
        size = {"viewport": {"width": 1366, "height": 900}}
        self.context, self.page = signed_in(browser, server, account or make_curator(), **size | options)
        self.page.goto(reverse("admin:index"))
        self.context.add_init_script(COUNTER)
        self.page.evaluate(COUNTER)

    @property
    def keys(self):
        return self.page.keyboard

    def count(self, name: str) -> int:
        return int(self.page.evaluate(f"sessionStorage.getItem('{name}') || 0"))

    def counts(self) -> Count:
        return Count(*map(self.count, ("keys", "clicks", "pages")))

    def done(self, job: str, *, keys: int, clicks: int, pages: int, beside: int = 0) -> None:
        """Note what a job took, which is no more than this. `beside` keys are to be added, as for what was pasted, or taken
        off, as characters of values that were pressed one by one."""
        found = self.counts()
        COUNTED[job] = took = replace(found, keys=found.keys + beside)
        assert took.keys <= keys and took.clicks <= clicks and took.pages <= pages, took

    def begin(self, address: str) -> None:
        """Open the page that a job begins on, and count from there."""
        self.page.goto(address)
        self.page.evaluate("sessionStorage.clear()")

    def type(self, words: str) -> None:
        self.keys.insert_text(words)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.keys.press(key)

    def click(self, role: str, name: str, **options) -> None:
        self.page.get_by_role(role, name=name, **options).first.click()

    def write_over(self, name: str, words: str) -> None:
        """Click into a field, and have other words there: all is marked by two keys."""
        self.at(name).first.click()
        self.press("Control+a")
        self.type(words)

    def pick(self, name: str, value: str) -> None:
        """In a list, by the mouse: what it opens is not the page's, so a key closes it and stands for the second click."""
        self.at(name).first.click()
        self.press("Escape")
        self.at(name).first.select_option(value)

    def tab_to(self, name: str) -> None:
        """On to a field: as many presses of Tab as it takes."""
        for _each in range(40):
            self.press("Tab")
            if self.page.evaluate("document.activeElement.name") == name:
                return
        raise AssertionError(f"Tab does not lead to {name}")

    def choose(self, letters: str) -> None:
        """In a list, by the first letters; it counts two keys, whatever the letters are."""
        self.press(*letters)

    def at(self, name: str):
        return self.page.locator(f"[name='{name}']")

    def evidence(self, value: str, part: str):
        return self.page.locator(f"tr[data-value='{value}']").first.locator(f"[name$='-{part}']")

    def name_of(self, value: str, part: str) -> str:
        return self.evidence(value, part).get_attribute("name")
