"""The index of the listings: which records stand under which value of each facet.

It says nothing that the other tables do not say, and exists so that counting is quick: the number of rows with a value
is the number of its entries. `selection/index.py` writes it.
"""

from django.db import models

from partners.models.fields import Code

# So many characters of a text are its value in the index.
LONGEST_VALUE = 500


class FacetTerm(models.Model):
    """A value of a facet of a listing. The facet "" has one value "", under which every record of the listing stands."""

    listing = Code(max_length=20)
    facet = Code(max_length=30)
    value = Code(max_length=LONGEST_VALUE)
    # Of a facet whose values are texts: the folded text, by which people find it; NULL before that is written.
    value_key = Code(max_length=LONGEST_VALUE, null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["listing", "facet", "value"], name="facet_term_once"),
        ]
        indexes = [models.Index(fields=["listing", "facet", "value_key"], name="facet_term_key")]

    def __str__(self):
        return f"{self.listing} {self.facet}={self.value}"


class FacetEntry(models.Model):
    """A record of a listing that stands under a term. Without foreign keys, which would only slow it down."""

    pk = models.CompositePrimaryKey("term_id", "record_id")
    term_id = models.BigIntegerField()
    record_id = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["record_id", "term_id"], name="facet_entry_record")]

    def __str__(self):
        return f"{self.term_id} {self.record_id}"

    @classmethod
    def records(cls, listing: str, facet: str = "", values=("",)):
        """The records of a listing that stand under one of the values of a facet, for an `__in` lookup."""
        terms = FacetTerm.objects.filter(listing=listing, facet=facet, value__in=values)
        return cls.objects.filter(term_id__in_few=terms.values("pk")).values("record_id")


class FacetStale(models.Model):
    """A record whose entries are to be written anew, noted by triggers (`triggers/listings.py`)."""

    pk = models.CompositePrimaryKey("model", "record_id")
    model = Code(max_length=20)
    record_id = models.BigIntegerField()

    def __str__(self):
        return f"{self.model} {self.record_id}"
