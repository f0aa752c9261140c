"""Which agreements and parties a reader may see, kept as a column by triggers.

An agreement is public when it is published and at least one of its partners is; otherwise its title would name a
partner that is not. A party is public when its agreement is and its organization is published. The rule joins three
tables, and every page asks it many times; so it is decided when something changes, and only read when something is
asked. The columns are never written by Python: what is written to them is put right at once.
"""

from collections.abc import Iterator

AGREEMENT_IS_PUBLIC = """(partners_agreement.publication_state = 'published' AND EXISTS (
    SELECT 1 FROM partners_agreementparty p JOIN partners_organization o ON o.id = p.organization_id
    WHERE p.agreement_id = partners_agreement.id AND p.role = 'partner' AND o.publication_state = 'published'))"""
PARTY_IS_PUBLIC = """(EXISTS (SELECT 1 FROM partners_agreement a JOIN partners_organization o
    ON o.id = partners_agreementparty.organization_id
    WHERE a.id = partners_agreementparty.agreement_id AND a.is_public AND o.publication_state = 'published'))"""


def refresh(agreements: str = "") -> tuple[str, str]:
    """Statements that put the columns right, of all agreements or of those that a subquery names."""
    those = f"id IN ({agreements}) AND " if agreements else ""
    their = f"agreement_id IN ({agreements}) AND " if agreements else ""
    return (
        f"UPDATE partners_agreement SET is_public = {AGREEMENT_IS_PUBLIC} "  # noqa: S608 (texts of this file)
        f"WHERE {those}is_public <> {AGREEMENT_IS_PUBLIC}",
        f"UPDATE partners_agreementparty SET is_public = {PARTY_IS_PUBLIC} "  # noqa: S608
        f"WHERE {their}is_public <> {PARTY_IS_PUBLIC}",
    )


REFRESH_ALL = refresh()

OF_ORGANIZATION = "SELECT agreement_id FROM partners_agreementparty WHERE organization_id = NEW.id"

# Name, table, event, the agreements it concerns.
SQLITE_TRIGGERS = (
    ("organization", "partners_organization", "UPDATE OF publication_state", OF_ORGANIZATION),
    ("agreement_insert", "partners_agreement", "INSERT", "NEW.id"),
    ("agreement_update", "partners_agreement", "UPDATE OF publication_state, is_public", "NEW.id"),
    ("party_insert", "partners_agreementparty", "INSERT", "NEW.agreement_id"),
    ("party_update", "partners_agreementparty", "UPDATE", "NEW.agreement_id, OLD.agreement_id"),
    ("party_delete", "partners_agreementparty", "DELETE", "OLD.agreement_id"),
)


def for_sqlite() -> Iterator[str]:
    """A trigger for each row. What a trigger writes does not start it again."""
    for name, table, event, agreements in SQLITE_TRIGGERS:
        body = "; ".join(refresh(agreements))
        yield f"CREATE TRIGGER partners_{name}_visibility AFTER {event} ON {table} BEGIN {body}; END"


CHANGED_AGREEMENTS = """SELECT n.id FROM new_rows n JOIN old_rows o ON o.id = n.id
    WHERE n.publication_state <> o.publication_state OR n.is_public <> o.is_public"""
OF_CHANGED_ORGANIZATIONS = """SELECT p.agreement_id FROM partners_agreementparty p
    JOIN new_rows n ON n.id = p.organization_id JOIN old_rows o ON o.id = n.id
    WHERE n.publication_state <> o.publication_state"""
OF_CHANGED_PARTIES = "SELECT agreement_id FROM new_rows UNION SELECT agreement_id FROM old_rows"
NEW, OLD = "NEW TABLE AS new_rows", "OLD TABLE AS old_rows"

# Name, table, event, the rows it looks at, the agreements it concerns.
POSTGRESQL_TRIGGERS = (
    ("organization", "partners_organization", "UPDATE", f"{NEW} {OLD}", OF_CHANGED_ORGANIZATIONS),
    ("agreement_insert", "partners_agreement", "INSERT", NEW, "SELECT id FROM new_rows WHERE is_public"),
    ("agreement_update", "partners_agreement", "UPDATE", f"{NEW} {OLD}", CHANGED_AGREEMENTS),
    ("party_insert", "partners_agreementparty", "INSERT", NEW, "SELECT agreement_id FROM new_rows"),
    ("party_update", "partners_agreementparty", "UPDATE", f"{NEW} {OLD}", OF_CHANGED_PARTIES),
    ("party_delete", "partners_agreementparty", "DELETE", OLD, "SELECT agreement_id FROM old_rows"),
)


def for_postgresql() -> Iterator[str]:
    """A trigger for each statement; one that concerns no agreement ends at once, and with it the chain of triggers."""
    those, their = refresh("SELECT unnest(concerned)")
    for name, table, event, rows, agreements in POSTGRESQL_TRIGGERS:
        function = f"partners_{name}_visibility"
        yield f"""CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE concerned bigint[] := ARRAY({agreements});
            BEGIN
                IF cardinality(concerned) > 0 THEN {those}; {their}; END IF;
                RETURN NULL;
            END $$"""
        yield f"""CREATE TRIGGER {function} AFTER {event} ON {table} REFERENCING {rows}
            FOR EACH STATEMENT EXECUTE FUNCTION {function}()"""
