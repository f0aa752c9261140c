"""What is wrong with a page as a browser shows it."""

from axe_playwright_python.sync_playwright import Axe

# Of what is right axe would compose a report too, which takes most of its time on a large page.
ONLY_VIOLATIONS = {"resultTypes": ["violations"]}
# The size of what a finger has to meet (WCAG 2.2, 2.5.8), a rule that axe leaves out unless it is asked.
WITH_TARGETS = ONLY_VIOLATIONS | {"rules": {"target-size": {"enabled": True}}}
SCROLLS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def faults_of(page, options=ONLY_VIOLATIONS) -> list[str]:
    """The rules of axe that the page breaks, and that it scrolls sideways, where it does."""
    # A page that a click has only just brought may have no element yet.
    page.wait_for_load_state()
    # At its end, where a bar that stays in view covers nothing that somebody would have to scroll to.
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    found = Axe().run(page, options=options)
    broken = [found.generate_report()] if found.violations_count else []
    return [*broken, *(["scrolls sideways"] if page.evaluate(SCROLLS) else [])]


def faults_at(page, addresses, options=ONLY_VIOLATIONS) -> list[tuple[str, str]]:
    """The same for each of some addresses."""
    found = []
    for address in addresses:
        page.goto(address)
        found += [(address, fault) for fault in faults_of(page, options)]
    return found
