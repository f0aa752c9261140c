"""The same of the desk: every page that an Administrator can open is said in catalogs, or comes from the data."""

from django.utils.translation import override

from partners.money import currencies, currency_name
from tests.database import db_of_file, undone  # noqa: F401 (fixtures)
from tests.pseudo import CODE, in_other_letters, pseudo_language, untranslatable
from tests.test_roles import (  # noqa: F401 (a fixture)
    ADMINISTRATOR,
    ROUTES,
    address,
    world,
)
from tests.test_untranslatable import NAMES

# Pages of Django's own about accounts and rights, whose names it keeps in the database; the log of these, which keeps
# what was noted; and the pages on which Django names the tables between two records that it would empty.
LEFT_OUT = ("auth_", "partners_securityevent", "partners_sector_delete", "partners_missionarea_delete")
# What Django's own templates say in no catalog, and its format of a day in the language of the brackets.
DJANGO_SAYS = {"False", "Search", "True", "de", "je"}
# Accounts of this test and their roles, which are data; and what is written into records by it.
SAID = [
    *("administrator", "Administrator", "contributor", "Contributor", "reviewer", "Reviewer"),
    *("author", "guest", "idle", "mallory", "ada", "new account", "new group", "is_active", "is_staff"),
]


def test_nothing_is_said_at_the_desk_that_cannot_be_translated(world, undone):  # noqa: F811
    records, people = world
    with override(CODE):
        said = [*in_other_letters(), *SAID, *map(currency_name, currencies())]
    # Histories show single words of a text that changed: "What Alpha is."
    data = sorted({*said, *(word for text in said for word in text.split()), "is"}, key=len, reverse=True)
    found = set()
    with pseudo_language(), override(CODE):
        for route in (each for each in ROUTES if not each.startswith(LEFT_OUT)):
            page = people[ADMINISTRATOR].get(address(route, records))
            if page.status_code == 200 and "html" in page["Content-Type"]:
                found |= {
                    (text, route) for text in untranslatable(page.content.decode(), data, NAMES | DJANGO_SAYS)
                }

    assert not found, sorted(found)
