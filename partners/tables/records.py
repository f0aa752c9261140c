"""The tables of records and of what belongs to them.

Their columns stand in the file of their family; `definitions.py` adds the table of the sources behind them.
"""

from partners.tables.agreements import AGREEMENT_PARTIES, AGREEMENTS, EVENTS
from partners.tables.amounts import AGREEMENT_AMOUNTS
from partners.tables.classification import MISSION_AREAS, SECTORS
from partners.tables.organizations import ORGANIZATION_NAMES, ORGANIZATIONS
from partners.tables.programmes import PROGRAMMES

# In the order in which a package is loaded: a table stands after those it refers to.
TABLES_OF_RECORDS = (
    SECTORS,
    MISSION_AREAS,
    ORGANIZATIONS,
    ORGANIZATION_NAMES,
    EVENTS,
    AGREEMENTS,
    AGREEMENT_PARTIES,
    AGREEMENT_AMOUNTS,
    PROGRAMMES,
)
