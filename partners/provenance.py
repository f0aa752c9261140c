"""Where the values of a record come from, as a page shows it: numbered sources, and marks beside values."""

from dataclasses import dataclass, field

from partners.models import Citation, Publishable, Source


@dataclass
class NumberedSource:
    """A source of a record, with the number of its mark and the citations that name it."""

    number: int
    source: Source
    citations: list[Citation] = field(default_factory=list)


class Provenance:
    """The sources of one record, numbered in the order in which they are listed."""

    def __init__(self, record: Publishable):
        self.record = record
        self.sources: list[NumberedSource] = []
        self._numbers: dict[str, list[int]] = {}
        citations = record.citations.select_related("source")
        by_source: dict[int, NumberedSource] = {}
        for citation in sorted(citations, key=place_in_list):
            numbered = by_source.get(citation.source_id)
            if numbered is None:
                numbered = by_source[citation.source_id] = NumberedSource(len(by_source) + 1, citation.source)
                self.sources.append(numbered)
            numbered.citations.append(citation)
            self._numbers.setdefault(citation.field, []).append(numbered.number)

    def numbers(self, field_name: str) -> list[int]:
        """The numbers of the sources that support one value of the record; "" stands for the whole record."""
        return self._numbers.get(field_name, [])


def place_in_list(citation: Citation) -> tuple:
    """Sources of the whole record come first; then the newest, those without a day last."""
    day = citation.source.published_date
    return (
        citation.field != "",
        -day.toordinal() if day else 0,
        citation.source.title_key,
        citation.source.slug,
    )
