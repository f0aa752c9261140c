"""Every table, in the order in which a package is loaded. Its columns stand in the file of its family.

A list of columns only grows at its end within a released version, and a column never changes its meaning. Names
follow the schema of the Research Organization Registry (2.1) and the terms of DOE; see `vocabularies.py` for the terms.
"""

from partners.tables.agreements import AGREEMENT_PARTIES, AGREEMENTS, EVENTS
from partners.tables.amounts import AGREEMENT_AMOUNTS
from partners.tables.classification import MISSION_AREAS, SECTORS
from partners.tables.organizations import ORGANIZATION_NAMES, ORGANIZATIONS
from partners.tables.programmes import PROGRAMMES
from partners.tables.sources import CITATIONS, SOURCES

# In the order in which a package is loaded: a table stands after those it refers to.
TABLES = (
    SOURCES,
    SECTORS,
    MISSION_AREAS,
    ORGANIZATIONS,
    ORGANIZATION_NAMES,
    EVENTS,
    AGREEMENTS,
    AGREEMENT_PARTIES,
    AGREEMENT_AMOUNTS,
    PROGRAMMES,
    CITATIONS,
)
