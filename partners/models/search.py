"""The index of the search: which records of each listing have which words.

It says nothing that the other tables do not say, and exists so that a search reads a few rows and no texts.
`selection/search/writing.py` writes it, in the same moment as the index of the facets.
"""

from django.db import models

from partners.models.fields import Code

# So many records share a row of the index: those whose number divided by this is the same.
CHUNK = 4096
LONGEST_WORD = 64


class SearchEntry(models.Model):
    """The records of one chunk of a listing that have a word, as a set of their places in the chunk.

    `kind` says in which of their texts it stands, and in which language; see `selection/search/kinds_of_text.py`.
    """

    pk = models.CompositePrimaryKey("listing", "word", "kind", "chunk")
    listing = Code(max_length=20)
    word = Code(max_length=2 * LONGEST_WORD + 1)
    kind = Code(max_length=3)
    chunk = models.IntegerField()
    # How many they are.
    records = models.IntegerField()
    places = models.BinaryField()

    def __str__(self):
        return f"{self.listing} {self.word} {self.kind} {self.chunk}"


class SearchRecord(models.Model):
    """What the index holds of one record of a listing, so that it can be taken out again."""

    pk = models.CompositePrimaryKey("listing", "record_id")
    listing = Code(max_length=20)
    record_id = models.BigIntegerField()
    words = models.TextField()

    def __str__(self):
        return f"{self.listing} {self.record_id}"
