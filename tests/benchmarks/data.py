"""A large directory for measurements: invented organizations and agreements on top of the shipped data.

`python -m tests.benchmarks.data 100000` fills the database of DATABASE_URL. The same number and seed give the same rows.
"""

import random
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import accumulate, chain
from types import SimpleNamespace

from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.utils.text import slugify

SEED = 20251218
# Counts of the invented rows, for each organization.
AGREEMENTS = 3
SOURCES = 1
DRAFTS = 0.03
# The power of the skew among organizations: the first has hundreds of agreements, not a tenth of all.
HARDLY = 0.5
STAMP = "2026-01-15 09:00:00"


def words(text: str) -> list[str]:
    return text.split()


FIRST = words("""Alder Amber Anchor Apex Arbor Arctic Argon Ascent Aspen Aurora Axiom Azure Basalt Beacon Birch Blue Boreal
Bright Canyon Cascade Cedar Cinder Cirrus Citrine Clear Cobalt Comet Copper Coral Crest Crystal Delta Drift Eagle
Echo Elm Ember Equinox Évian Falcon Fern Flint Foundry Frontier Gamma Garnet Glacier Granite Green Harbor Hazel
Helix Heron Horizon Indigo Iron Island Ivory Jade Juniper Keystone Kinetic Lantern Lattice Laurel Lumen Lunar Lyra
Magnet Maple Meridian Mesa Mica Mirror Mosaic Nebula Nimbus Noble North Nova Oak Obsidian Ocean Olive Onyx Opal Orbit
Orchid Øresund Pacific Parallel Pebble Phoenix Pine Pioneer Pivot Plateau Polar Prairie Prism Pulsar Quanta Quartz
Radiant Raven Redwood Ridge River Rowan Ruby Sable Saffron Sage Salt Sapphire Sequoia Sierra Signal Silver Solar Spruce
Stellar Sterling Stone Summit Sunrise Tallow Tandem Terra Thorn Tidal Timber Topaz Tundra Umbra Union Valley Vector
Velvet Verdant Vertex Violet Vista Walnut Wave West Willow Wind Winter Zenith Zephyr""")
SECOND = words("""Analytics Atomics Automation Batteries Biologics Biosciences Cells Ceramics Chemistry Chips Circuits Climate
Cloud Compute Controls Cryogenics Data Design Detectors Diagnostics Discovery Dynamics Energy Engineering Fabrication
Films Fission Fluids Forge Fuels Fusion Genomics Geoscience Grid Hydrogen Imaging Informatics Instruments Intelligence
Isotopes Lasers Learning Logic Logistics Machines Magnetics Materials Mechanics Metals Metrology Minerals Modeling
Molecular Networks Neural Nuclear Optics Oncology Orbital Particle Photonics Physics Plasma Polymers Power Proteins
Quantum Reactors Research Robotics Seismic Semiconductors Sensing Sequencing Simulation Software Spectra Storage
Structures Superconductors Surfaces Synthesis Systems Therapeutics Thermal Tokamaks Turbines Vacuum Vision Water""")
THIRD = words("""Alliance Associates Center Collective Company Consortium Corporation Foundation Group Holdings Inc Industries
Institute International Labs Limited Partners Society Solutions Technologies University Works""")
ADJECTIVES = words("""autonomous bright cold compact dense distributed durable efficient experimental fast flexible industrial
large medical open portable predictive public quantum rapid reliable safe scalable secure sensitive small sparse stable
thermal trusted""")
THINGS = words("""accelerators batteries catalysts chips clusters crystals datasets detectors electrolyzers enzymes films
forecasts grids instruments isotopes lasers magnets materials membranes microscopes models networks plasmas polymers
proteins reactors records robots satellites sensors simulations tokamaks turbines wafers workflows""")
AIMS = words("""aviation chemistry cities climate defense discovery education energy engineering exploration farming forecasting
healthcare industry logistics manufacturing medicine mining navigation recycling research safety security shipping
space storage transport water""")

TYPES = {
    "company": 70,
    "nonprofit": 10,
    "education": 9,
    "facility": 3,
    "healthcare": 3,
    "government": 2,
    "funder": 1.5,
    "archive": 0.5,
    "other": 1,
}
OWNERSHIPS = {
    "private-company": 30,
    "startup": 22,
    "": 18,
    "public-company": 12,
    "nonprofit": 10,
    "subsidiary": 6,
    "government": 2,
}
STATES = words("""CA NY TX MA WA VA IL CO PA FL NJ MD NC GA OH MI TN MN AZ OR NM CT WI MO IN UT AL SC ID LA IA NV OK KS KY NH RI
DE NE HI AR ME MT VT WV MS ND SD AK WY""")
ABROAD = words("""CA-ON GB-ENG DE-BY FR-IDF JP-13 CH-ZH CA-QC NL-NH KR-11 AU-NSW IE SG SE IL DE-BE TW IN-KA IT-25 ES-CT DK FI NO
BE AT-9 PL-14 CZ NZ BR-SP""")
AGREEMENT_TYPES = words("""mou partnership crada contract spp consortium user license act commitment
technical-assistance material-transfer other""")
STATUSES = {"announced": 55, "active": 30, "completed": 10, "terminated": 5}
BASES = {"unknown": 60, "rfi-response": 25, "active-project": 15}


class Dice:
    """Draws that repeat by their seed."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)

    def weighted(self, weights: dict, number: int) -> list:
        """`number` draws by the weight of each value."""
        return self.random.choices(list(weights), cum_weights=list(accumulate(weights.values())), k=number)

    def skewed(self, values: Iterable, number: int, power: float = 1) -> list:
        """`number` draws in which the n-th value comes up 1/n as often as the first (the law of Zipf).

        A smaller `power` makes the first ones less common.
        """
        return self.weighted({value: 1 / place**power for place, value in enumerate(values, 1)}, number)

    def several(
        self, values: Iterable, counts: dict[int, float], number: int, power: float = 1
    ) -> Iterator[list]:
        """For each of `number` rows a few different values, as many as `counts` says, the first ones more often."""
        sizes = self.weighted(counts, number)
        drawn = iter(self.skewed(values, sum(sizes), power))
        for size in sizes:
            yield list(dict.fromkeys(next(drawn) for _ in range(size)))

    def maybe(self, share: float) -> bool:
        return self.random.random() < share


class Table:
    """The rows of one model on their way into the database. They are numbered here."""

    def __init__(self, model: type[models.Model]):
        self.model = model
        self.fields = [field for field in model._meta.concrete_fields if not field.generated]
        self.columns = [field.column for field in self.fields]
        self.names = [field.attname for field in self.fields]
        self.defaults = {
            field.attname: STAMP if isinstance(field, models.DateTimeField) else field.get_default()
            for field in self.fields
        } | ({"published_at": None} if hasattr(model, "published_at") else {})
        # Fields that compute their value when a record is saved, such as folded keys.
        self.computed = [
            field
            for field in self.fields
            if type(field).pre_save is not models.Field.pre_save and not isinstance(field, models.DateField)
        ]
        self.last = model._base_manager.aggregate(last=models.Max("pk"))["last"] or 0
        self.rows: list[tuple] = []

    def add(self, **values) -> int:
        """Take a row; values that are not given are those of a new record. Gives its number."""
        self.last += 1
        row = self.defaults | values
        row["id"] = self.last
        if self.computed:
            record = SimpleNamespace(**row)
            for field in self.computed:
                row[field.attname] = field.pre_save(record, add=True)
        self.rows.append(tuple([row[name] for name in self.names]))
        return self.last

    def write(self) -> None:
        """Put the rows into the database, all at once."""
        quote = connection.ops.quote_name
        table = quote(self.model._meta.db_table)
        columns = ", ".join(quote(column) for column in self.columns)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                    for row in self.rows:
                        copy.write_row(row)
                # Foreign keys are checked now: a table with checks to come cannot be given triggers.
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            else:
                marks = ", ".join("?" for _ in self.columns)
                cursor.connection.executemany(
                    f"INSERT INTO {table} ({columns}) VALUES ({marks})",
                    self.rows,
                )
        self.rows = []


def build(size: int, seed: int = SEED) -> None:
    """Migrate the database, load the shipped data, and add `size` invented organizations to it."""
    call_command("migrate", verbosity=0)
    call_command("load_dataset", if_empty=True, stdout=sys.stderr)
    if size:
        fill(size, seed)


def build_once(size: int) -> None:
    """The same, unless the database is filled so already; then it is brought up to date with the code."""
    from partners.models import Organization

    call_command("migrate", verbosity=0)
    number = Organization.objects.count()
    if size and number > size:
        print(f"There are {number:,} organizations already: they are measured as they are.", file=sys.stderr)
    else:
        build(size)


def fill(size: int, seed: int = SEED) -> None:
    """Add `size` organizations with their agreements, parties and citations to a database with the shipped data."""
    from partners import triggers
    from partners.models import FacetTerm
    from partners.triggers import evidence

    if connection.vendor == "sqlite":
        # The file can be made again, and its rows refer to rows that exist.
        with connection.cursor() as cursor:
            for pragma in ("foreign_keys=OFF", "synchronous=OFF", "cache_size=-400000", "temp_store=MEMORY"):
                cursor.execute(f"PRAGMA {pragma}")
    with transaction.atomic():
        drop_triggers()
        Writer(size, Dice(seed)).write()
        reset_sequences()
        # The planner of what follows should not take the tables for those of the shipped data.
        count_rows("ANALYZE")
        # What triggers would have written, without a journal of half a million rows.
        count_rows(evidence.make_true(connection.vendor))
        # No trigger has noted what to write into the index of facets: it is made anew where it has no terms.
        FacetTerm.objects.all().delete()
        triggers.install()
    count_rows("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")
    # The next connection has the settings of the site again.
    connection.close()


def count_rows(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def drop_triggers() -> None:
    """They would run for each of a million rows; `triggers.install` puts them back."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgname, tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE 'partners%'"
            )
            statements = [f"DROP TRIGGER {name} ON {table}" for name, table in cursor.fetchall()]
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'partners%'")
            statements = [f"DROP TRIGGER {name}" for (name,) in cursor.fetchall()]
        for statement in statements:
            cursor.execute(statement)


def reset_sequences() -> None:
    """Rows with a number of their own leave PostgreSQL's counters behind."""
    from django.apps import apps

    every = apps.get_app_config("partners").get_models(include_auto_created=True)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), every):
            cursor.execute(statement)


class Writer:
    """Invents the rows, table after table."""

    def __init__(self, size: int, dice: Dice):
        from partners.models import Event, MissionArea, Organization, Sector

        self.size, self.dice = size, dice
        self.sectors = list(Sector.objects.order_by("slug").values_list("pk", flat=True))
        self.areas = list(MissionArea.objects.order_by("slug").values_list("pk", flat=True))
        dice.random.shuffle(self.areas)
        in_order = Organization.objects.order_by("slug")
        self.laboratories = list(in_order.laboratories().values_list("pk", flat=True))
        self.agencies = list(in_order.agencies().values_list("pk", flat=True))
        # Most events are published; the last ones of the list are not, and no facet may show them.
        self.events = [
            event.pk
            for event in sorted(Event.objects.order_by("slug"), key=lambda each: not each.is_published)
        ]
        self.slugs: set[str] = set()

    def write(self) -> None:
        published = self.write_organizations()
        agreements = self.write_agreements(published)
        self.write_citations(list(published), agreements)

    def slug(self, text: str) -> str:
        """A slug that no other row of the table has."""
        slug = slugify(text)[:80]
        while slug in self.slugs:
            slug = f"{slugify(text)[:80]}-{len(self.slugs)}"
        self.slugs.add(slug)
        return slug

    # Organizations

    def write_organizations(self) -> dict[int, bool]:
        """The numbers of the new organizations, and whether each is published."""
        from partners.models import Organization, OrganizationName

        size, dice = self.size, self.dice
        table, names, sectors = (
            Table(model) for model in (Organization, OrganizationName, Organization.sectors.through)
        )
        self.slugs = set(Organization.objects.values_list("slug", flat=True))
        types, ownerships = dice.weighted(TYPES, size), dice.weighted(OWNERSHIPS, size)
        places = dice.weighted({"US": 80, "abroad": 14, "": 6}, size)
        chosen_sectors = dice.several(self.sectors, {1: 60, 2: 28, 3: 12}, size)
        published = {}
        for number, (type, ownership, place, its_sectors) in enumerate(
            zip(types, ownerships, places, chosen_sectors, strict=True)
        ):
            name = self.invent_name()
            is_published = not dice.maybe(DRAFTS)
            slug = self.slug(name)
            pk = table.add(
                slug=slug,
                name=name,
                legal_name=f"{name} Holding Company" if dice.maybe(0.3) else "",
                type=type,
                ownership=ownership,
                established=None if dice.maybe(0.2) else 2026 - int(dice.random.paretovariate(0.6)) % 180,
                summary_en=self.invent_summary(name),
                website=f"https://{slug}.example" if dice.maybe(0.9) else "",
                wikidata_id=f"Q{900_000_000 + number}" if dice.maybe(0.5) else "",
                ror_id=f"https://ror.org/0{base32(number)}42" if dice.maybe(0.5) else "",
                **self.invent_place(place),
                **self.invent_publication(is_published),
            )
            published[pk] = is_published
            for sector in its_sectors:
                sectors.add(organization_id=pk, sector_id=sector)
            if dice.maybe(0.2):
                self.add_other_names(names, pk, name)
        for each in (table, names, sectors):
            each.write()
        return published

    def invent_name(self) -> str:
        pick = self.dice.random.choice
        name = f"{pick(FIRST)} {pick(SECOND)}"
        return f"{name} {pick(THIRD)}" if self.dice.maybe(0.7) else name

    def invent_summary(self, name: str) -> str:
        pick = self.dice.random.choice
        first = f"{name} builds {pick(ADJECTIVES)} {pick(THINGS)} and {pick(THINGS)} for {pick(AIMS)}."
        if self.dice.maybe(0.5):
            return first
        return f"{first} Its {pick(ADJECTIVES)} {pick(THINGS)} serve {pick(AIMS)} and {pick(AIMS)}."

    def invent_place(self, place: str) -> dict:
        if not place:
            return {}
        code = f"US-{self.dice.skewed(STATES, 1)[0]}" if place == "US" else self.dice.skewed(ABROAD, 1)[0]
        city = f"{self.dice.random.choice(FIRST)} City"
        return {"city": city, "region_code": code if "-" in code else "", "country_code": code[:2]}

    def invent_publication(self, is_published: bool) -> dict:
        return {
            "publication_state": "published" if is_published else "draft",
            "published_at": STAMP if is_published else None,
        }

    def add_other_names(self, names: Table, pk: int, name: str) -> None:
        initials = "".join(word[0] for word in name.split())
        others = {f"{initials}{pk % 97}": "acronym", self.invent_name(): "former"}
        for value, type in list(others.items())[: self.dice.random.choice((1, 1, 2))]:
            names.add(organization_id=pk, value=value, type=type)

    # Agreements

    def write_agreements(self, published: dict[int, bool]) -> list[int]:
        """The numbers of the new agreements. Every organization is a partner in one of them at least."""
        from partners.models import Agreement, AgreementParty

        size, dice = self.size * AGREEMENTS, self.dice
        table, parties, areas = (
            Table(model) for model in (Agreement, AgreementParty, Agreement.mission_areas.through)
        )
        self.slugs = set(Agreement.objects.values_list("slug", flat=True))
        organizations = list(published)
        owners = chain(organizations, dice.skewed(organizations, size - len(organizations), HARDLY))
        others = dice.several(organizations, {0: 77, 1: 17, 2: 6}, size, HARDLY)
        laboratories = dice.several(self.laboratories, {0: 45, 1: 40, 2: 15}, size)
        agencies = dice.several(self.agencies, {0: 67, 1: 33}, size)
        chosen_areas = dice.several(self.areas, {1: 55, 2: 30, 3: 15}, size)
        types, statuses = dice.skewed(AGREEMENT_TYPES, size), dice.weighted(STATUSES, size)
        bases, events = dice.weighted(BASES, size), dice.skewed(self.events, size)
        numbers = []
        for number in range(size):
            partners = list(dict.fromkeys([next(owners), *next(others)]))
            # The first agreement of an organization is the one that makes it a partner.
            is_published = number < self.size or not dice.maybe(DRAFTS)
            is_public = is_published and any(published[partner] for partner in partners)
            title = self.invent_title()
            pk = table.add(
                slug=self.slug(title),
                title_en=title,
                agreement_type=types[number],
                basis=bases[number],
                status=statuses[number],
                summary_en=self.invent_summary(title),
                announcement_id=None if dice.maybe(0.3) else events[number],
                is_public=is_public,
                **self.invent_dates(),
                **self.invent_publication(is_published),
            )
            numbers.append(pk)
            for role, those in (
                ("partner", partners),
                ("agency", next(agencies)),
                ("laboratory", next(laboratories)),
            ):
                for organization in those:
                    parties.add(
                        agreement_id=pk,
                        organization_id=organization,
                        role=role,
                        is_public=is_public and published.get(organization, True),
                    )
            for area in next(chosen_areas):
                areas.add(agreement_id=pk, missionarea_id=area)
        for each in (table, parties, areas):
            each.write()
        return numbers

    def invent_title(self) -> str:
        pick = self.dice.random.choice
        return f"{pick(ADJECTIVES).capitalize()} {pick(THINGS)} for {pick(AIMS)} with {pick(SECOND).lower()}"

    def invent_dates(self) -> dict:
        if self.dice.maybe(0.15):
            return {}
        day = f"{self.dice.random.randint(1, 28):02}"
        month = self.dice.random.randint(1, 12)
        dates = {"announced_date": f"{self.dice.random.choice((2025, 2026))}-{month:02}-{day}"}
        if self.dice.maybe(0.3):
            dates |= {"effective_date": f"2026-{month:02}-{day}", "expiration_date": f"2029-{month:02}-{day}"}
        return dates

    # Sources

    def write_citations(self, organizations: list[int], agreements: list[int]) -> None:
        """One citation for each agreement, two for each organization."""
        from partners.models import Citation, Source

        sources, citations = Table(Source), Table(Citation)
        self.slugs = set(Source.objects.values_list("slug", flat=True))
        kinds = self.dice.skewed(("news", "press-release", "company-announcement", "analysis"), self.size)
        stances = self.dice.skewed(("reporting", "official", "partner", "critical"), self.size)
        numbers = []
        for kind, stance in zip(kinds, stances, strict=True):
            title = self.invent_title()
            slug = self.slug(title)
            numbers.append(
                sources.add(
                    slug=slug,
                    title=title,
                    publisher=f"{self.dice.random.choice(FIRST)} Post",
                    url=f"https://news.example/{slug}",
                    kind=kind,
                    stance=stance,
                    published_date=self.invent_dates().get("announced_date"),
                )
            )
        pick = self.dice.random.choice
        for pk in organizations:
            citations.add(source_id=pick(numbers), organization_id=pk)
            citations.add(source_id=pick(numbers), organization_id=pk, field=pick(("established", "sectors")))
        for pk in agreements:
            citations.add(source_id=pick(numbers), agreement_id=pk)
        sources.write()
        citations.write()


def base32(number: int) -> str:
    """Six letters and digits as a ROR id has them."""
    letters = "0123456789abcdefghjkmnpqrstvwxyz"
    return "".join(letters[number >> shift & 31] for shift in (25, 20, 15, 10, 5, 0))


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or not arguments[0].isdecimal():
        print(__doc__)
        return 2
    start = time.monotonic()
    build(int(arguments[0]))
    print(f"{int(arguments[0]):,} organizations more, in {time.monotonic() - start:.0f} seconds")
    return 0


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genesis.settings")
    django.setup()
    sys.exit(main(sys.argv[1:]))
