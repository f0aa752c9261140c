"""The statement that advances the data version, for triggers and for migrations, which no trigger watches."""

# Microseconds since 1970, so that a version never comes back with other data: not after a table was emptied, not
# after a backup was restored and edited.
MICROSECONDS_NOW = {
    "sqlite": "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) * 1000",
    "postgresql": "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)",
}
GREATEST = {"sqlite": "max", "postgresql": "greatest"}
DATA_VERSION_TABLE = "partners_dataversion"


def advance(vendor: str) -> str:
    """Advance the one row; a writer on PostgreSQL holds it until it commits, so versions become visible in order."""
    return f"""INSERT INTO {DATA_VERSION_TABLE} (id, number) VALUES (1, {MICROSECONDS_NOW[vendor]})
    ON CONFLICT (id) DO UPDATE
    SET number = {GREATEST[vendor]}({DATA_VERSION_TABLE}.number + 1, {MICROSECONDS_NOW[vendor]})"""  # noqa: S608 (texts of this file)
