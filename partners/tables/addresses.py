"""The columns of former addresses, which the data package carries along: so old links lead on after loading as well.

They are no table of the public files: these name what is public, and nothing that was withdrawn.
"""

from django.utils.translation import gettext_lazy as _

from partners.models import FormerAddress
from partners.tables.columns import Column, Table

FORMER_ADDRESSES = Table(
    name="former_addresses",
    title=_("Former addresses"),
    description=_(
        "Addresses that readers have known, of records that were renamed, merged, withheld or deleted."
    ),
    model=FormerAddress,
    key=("kind", "slug"),
    columns=(
        Column(name="kind", title=_("Kind"), description=_("What kind of record it was."), required=True),
        Column(name="slug", title=_("Former name"), description=_("The stable name it had."), required=True),
        Column(
            name="now",
            title=_("Present name"),
            description=_("The stable name that took its place; empty where it was withheld or deleted."),
        ),
        Column(name="name", title=_("Name"), description=_("What the record was called.")),
        Column(
            name="since",
            title=_("Since"),
            description=_("The day since which it does not stand there; empty where that is not known."),
            datatype="date",
        ),
    ),
)
