"""Pages of the desk, each with what SQL by hand has to ask for it; `tests.benchmarks.curation` measures them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import connection


@dataclass
class Page:
    """A page of curation, and what SQL by hand has to ask for it. `is_cold`: its counts, which are kept for each state of
    the data, are made anew each time."""

    name: str
    address: str
    bare: list[str]
    is_cold: bool = False


def forget_counts() -> None:
    """As if the data had just changed."""
    from partners.admin import gaps, needs, verifying

    for counted in (
        gaps.count_gaps,
        needs.count_incomplete,
        needs.count_for_earlier,
        verifying.counted_unverified,
    ):
        counted.cache_clear()


CITED = (
    "EXISTS (SELECT 1 FROM partners_citation c WHERE c.organization_id = o.id AND c.supports_current "
    "AND c.field = '{}'{})"
)
STRONG = " AND c.quote <> '' AND (SELECT s.stance FROM partners_source s WHERE s.id = c.source_id) IN ('official', 'partner')"
TEXTS = "name legal_name type ownership parent_name city region_code country_code website wikidata_id ror_id ticker"
DATES = "announced_date signed_date effective_date expiration_date"
VALUES = {
    **{name: f"o.{name} <> ''" for name in TEXTS.split()},
    "established": "o.established IS NOT NULL",
    "parent": "o.parent_id IS NOT NULL",
    "sectors": "EXISTS (SELECT 1 FROM partners_organization_sectors t WHERE t.organization_id = o.id)",
}
PUBLISHED = "FROM partners_organization o WHERE o.publication_state = 'published'"
LACKING = [
    *(f"o.{name} = ''" for name in ("type", "summary_en", "summary_nl", "website")),
    *(
        f"NOT EXISTS (SELECT 1 FROM partners_{rows} r WHERE r.organization_id = o.id)"
        for rows in ("citation", "organization_sectors", "agreementparty")
    ),
]


def counted(conditions: Iterable[str]) -> str:
    return (
        "SELECT " + ", ".join(f"count(CASE WHEN {each} THEN 1 END)" for each in conditions) + " " + PUBLISHED
    )


WITHOUT = counted(f"{has} AND NOT {CITED.format(name, '')}" for name, has in VALUES.items())
WEAK = counted(
    f"{has} AND {CITED.format(name, '')} AND NOT {CITED.format(name, STRONG)}" for name, has in VALUES.items()
)
# What the queue of earlier values asks: that a published record holds another value now, and no source says it.
ONLY_EARLIER = [
    f"FROM partners_citation e JOIN partners_{target} o ON o.id = e.{target}_id WHERE NOT e.supports_current "  # noqa: S608
    f"AND {public} AND NOT EXISTS (SELECT 1 FROM partners_citation c WHERE c.{target}_id = o.id "
    f"AND c.supports_current AND c.field = e.field) AND CASE e.field {recorded} ELSE TRUE END"
    for target, public, recorded in (
        (
            "organization",
            "o.publication_state = 'published'",
            " ".join(f"WHEN '{n}' THEN {v}" for n, v in VALUES.items()),
        ),
        ("agreement", "o.is_public", "WHEN 'summary_nl' THEN o.summary_nl <> ''"),
    )
]
EARLIER = [f"SELECT count(*) {each}" for each in ONLY_EARLIER]
# What the list of values without evidence asks: how many there are, and the first ones in order, of all three kinds.
SAID_BY_SOURCES = {
    "organization": {
        name: VALUES[name]
        for name in (*TEXTS.split(), "established", "parent")
        if name not in ("type", "ownership")
    },
    "agreement": {
        "announcement_id": "o.announcement_id IS NOT NULL",
        "binding": "o.binding NOT IN ('', 'unknown')",
    }
    | {name: f"o.{name} IS NOT NULL" for name in DATES.split()}
    | {name: f"o.{name} <> ''" for name in ("title_en", "summary_en")},
    "event": {name: f"o.{name} IS NOT NULL" for name in ("date", "title_en", "summary_en")},
}
ALL_GAPS = " UNION ALL ".join(
    f"SELECT '{kind}' AS kind, o.id, '{name}' AS field FROM partners_{kind} o WHERE o.publication_state = 'published' AND {has} "  # noqa: S608
    f"AND NOT EXISTS (SELECT 1 FROM partners_citation c WHERE c.{kind}_id = o.id AND c.supports_current AND c.field = '{name.removesuffix('_id')}')"
    for kind, values in SAID_BY_SOURCES.items()
    for name, has in values.items()
)
GAPS_BY_HAND = [
    f"SELECT count(*) FROM ({ALL_GAPS}) gaps",  # noqa: S608
    f"{ALL_GAPS} ORDER BY kind, id, field LIMIT 50",
]
WORK = [
    *(
        f"SELECT publication_state, count(*) FROM partners_{each} GROUP BY 1"  # noqa: S608
        for each in ("organization", "agreement", "event")
    ),
    counted([*LACKING, " OR ".join(LACKING)]),
    *(WITHOUT, WEAK, *EARLIER),
    "SELECT l.state, count(*) FROM partners_source s LEFT JOIN partners_linkcheck l ON l.source_id = s.id GROUP BY 1",
    "SELECT * FROM partners_proposal WHERE state = 'open' ORDER BY at LIMIT 25",
    "SELECT * FROM partners_revision ORDER BY number DESC LIMIT 8",
]
# A word that many records hold, and one that none does.
WORD, RARE = "quantum", "zzyzx"
FOUND = (
    f"name_key LIKE '%{WORD}%' OR slug LIKE '%{WORD}%' OR lower(ticker) = '{WORD}' OR lower(wikidata_id) = '{WORD}' "  # noqa: S608
    f"OR ror_id LIKE '%{WORD}%' OR id IN (SELECT organization_id FROM partners_organizationname "
    f"WHERE value_key LIKE '%{WORD}%')"
)


def listed(table: str, condition: str, order: str, most: int) -> str:
    return f"SELECT * FROM partners_{table} WHERE {condition} ORDER BY {order} LIMIT {most}"  # noqa: S608


def called(word: str) -> str:
    """That an organization goes by a word."""
    return FOUND.replace(WORD, word)


def everywhere(word: str) -> list[str]:
    """The first of each kind that hold a word."""
    titled = f"title_key LIKE '%{word}%' OR slug LIKE '%{word}%'"
    published = f"lower(publisher) LIKE '%{word}%' OR lower(url) LIKE '%{word}%'"
    return [
        listed("organization", called(word), "name_key, slug", 9),
        listed("agreement", titled, "title_key, slug", 9),
        listed("event", titled, "id", 9),
        listed("source", f"{titled} OR {published}", "title_key, slug", 9),
        *(listed(table, f"name_key LIKE '%{word}%'", "name_key", 9) for table in ("sector", "missionarea")),
        "SELECT c.* FROM partners_citation c JOIN partners_source s ON s.id = c.source_id "  # noqa: S608
        "LEFT JOIN partners_organization o ON o.id = c.organization_id LEFT JOIN partners_agreement a ON a.id = c.agreement_id "
        f"WHERE lower(quote) LIKE '%{word}%' OR o.name_key LIKE '%{word}%' OR a.title_key LIKE '%{word}%' "
        f"OR s.title_key LIKE '%{word}%' ORDER BY c.id DESC LIMIT 9",
    ]


def desk_pages() -> Iterator[Page]:
    yield Page("Work, after a change", "/admin/", WORK, is_cold=True)
    yield Page("Work", "/admin/", WORK)
    yield Page("values without evidence", "/admin/gaps/", GAPS_BY_HAND, is_cold=True)
    organizations = "/admin/partners/organization/"
    yield Page(
        "incomplete organizations",
        f"{organizations}?publication_state__exact=published&lacks=anything",
        [
            counted([" OR ".join(LACKING)]),
            f"SELECT o.* {PUBLISHED} AND ({' OR '.join(LACKING)}) ORDER BY name_key, slug LIMIT 51",
        ],  # noqa: S608
    )
    yield Page(
        "earlier values only",
        "/admin/partners/citation/?holds=only_earlier",
        [*EARLIER, *(f"SELECT e.*, o.* {each} ORDER BY e.id DESC LIMIT 51" for each in ONLY_EARLIER)],
    )
    number = f"SELECT count(*) FROM partners_organization WHERE {FOUND}"  # noqa: S608
    words = [listed("organization", FOUND, "name_key, slug", 101), number]
    yield Page("organizations with words", f"{organizations}?q={WORD}", words)
    picker = "/admin/autocomplete/?app_label=partners&model_name=organization&field_name=parent"
    yield Page("picker of organizations", f"{picker}&term={WORD}", words)
    yield Page("search over everything", f"/admin/search/?q={WORD}", everywhere(WORD))
    yield Page("search over everything, a rare word", f"/admin/search/?q={RARE}", everywhere(RARE))
    yield from whole_lists()


def whole_lists() -> Iterator[Page]:
    """Lists as they are opened: the first rows with what stands beside them, the number of all, the years and
    the languages to choose from."""
    agreements = [
        listed("agreement", "TRUE", "title_key, slug", 51),
        "SELECT count(*) FROM partners_agreement",
        # Beside each row: its partners, its mission areas, its citations; beside the list what to choose from.
        "SELECT p.*, o.* FROM partners_agreementparty p JOIN partners_organization o ON o.id = p.organization_id WHERE p.agreement_id IN (SELECT * FROM (SELECT id FROM partners_agreement ORDER BY title_key, slug LIMIT 50) s)",
        "SELECT r.agreement_id, m.* FROM partners_agreement_mission_areas r JOIN partners_missionarea m ON m.id = r.missionarea_id WHERE r.agreement_id IN (SELECT * FROM (SELECT id FROM partners_agreement ORDER BY title_key, slug LIMIT 50) s)",
        "SELECT * FROM partners_citation WHERE agreement_id IN (SELECT * FROM (SELECT id FROM partners_agreement ORDER BY title_key, slug LIMIT 50) s)",
        "SELECT * FROM partners_event WHERE id IN (SELECT announcement_id FROM partners_agreement)",
        "SELECT * FROM partners_missionarea ORDER BY name_key",
        "SELECT min(announced_date), max(announced_date) FROM partners_agreement",
    ]
    yield Page("list of agreements", "/admin/partners/agreement/", agreements)
    sources = [
        "SELECT * FROM partners_source s LEFT JOIN partners_linkcheck l ON l.source_id = s.id ORDER BY title_key, slug LIMIT 51",
        "SELECT count(*) FROM partners_source",
        "SELECT min(published_date), max(published_date) FROM partners_source",
        "SELECT DISTINCT date_trunc('year', published_date) FROM partners_source"
        if connection.vendor == "postgresql"
        else "SELECT DISTINCT strftime('%Y', published_date) FROM partners_source",
        "SELECT DISTINCT language FROM partners_source",
    ]
    yield Page("list of sources", "/admin/partners/source/", sources)
    citations = [
        "SELECT * FROM partners_citation c LEFT JOIN partners_organization o ON o.id = c.organization_id "
        "LEFT JOIN partners_agreement a ON a.id = c.agreement_id LEFT JOIN partners_source s ON s.id = c.source_id "
        "ORDER BY c.id DESC LIMIT 51",
        "SELECT count(*) FROM partners_citation",
    ]
    yield Page("list of citations", "/admin/partners/citation/", citations)
