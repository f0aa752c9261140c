"""Which rows of each table the public may see."""

from django.db.models import QuerySet

from partners.models import (
    Agreement,
    AgreementAmount,
    AgreementParty,
    Citation,
    Event,
    MissionArea,
    Organization,
    OrganizationName,
    Programme,
    Sector,
    Source,
)
from partners.tables.columns import Table

PUBLIC_ROWS = {
    "sources": Source.objects.published,
    "sectors": Sector.objects.all,
    "mission_areas": MissionArea.objects.all,
    "organizations": Organization.objects.published,
    "organization_names": OrganizationName.objects.public,
    "events": Event.objects.published,
    "agreements": Agreement.objects.published,
    "agreement_parties": AgreementParty.objects.public,
    "agreement_amounts": AgreementAmount.objects.public,
    "citations": Citation.objects.public,
    "programmes": Programme.objects.all,
}


def public_rows(table: Table) -> QuerySet:
    """The rows of a table that the public may see, in no particular order."""
    return PUBLIC_ROWS[table.name]().order_by()
