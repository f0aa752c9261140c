"""What is wrong with a page as a browser shows it."""

from axe_playwright_python.sync_playwright import Axe

# Of what is right axe would compose a report too, which takes most of its time on a large page.
ONLY_VIOLATIONS = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
SCROLLS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def faults_of(page) -> list[str]:
    """The rules of axe that the page breaks, and that it scrolls sideways, where it does."""
    found = Axe().run(page, options=ONLY_VIOLATIONS)
    broken = [found.generate_report()] if found.violations_count else []
    return [*broken, *(["scrolls sideways"] if page.evaluate(SCROLLS) else [])]


def faults_at(page, addresses) -> list[tuple[str, str]]:
    """The same for each of some addresses."""
    found = []
    for address in addresses:
        page.goto(address)
        found += [(address, fault) for fault in faults_of(page)]
    return found
