"""Every table, in the order in which a package is loaded. Its columns stand in the file of its family.

A list of columns only grows at its end within a released version, and a column never changes its meaning. Names
follow the schema of the Research Organization Registry (2.1) and the terms of DOE; see `vocabularies.py` for the terms.
"""

from partners.tables.records import TABLES_OF_RECORDS
from partners.tables.sources import CITATIONS, SOURCES

# In the order in which a package is loaded: a table stands after those it refers to.
TABLES = (SOURCES, *TABLES_OF_RECORDS, CITATIONS)
