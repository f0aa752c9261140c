"""What a curator should look at before a record, or a change of one, goes on: found at the value that it is about.

    finding.py    the levels, and what a finding says
    values.py     what a value shows by itself, and against the value before it
    quotes.py     what a quote says otherwise than the value that it is cited for
    evidence.py   what the sources of a value are worth
    kept_texts.py whether a quote is in the text of its source
    names.py      records with the same name
    records.py    all of it, for records as they are or as a form would have them
    proposed.py   the same, for the cells of a proposal

What to look for follows from what is declared of a value: its column, its field, its validators, its vocabulary.
"""

from partners.findings.finding import Finding, Level
from partners.findings.records import findings_of, findings_of_records

__all__ = ["Finding", "Level", "findings_of", "findings_of_records"]
