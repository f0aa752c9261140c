"""Every controlled term of the directory, with what it means and the standard it comes from.

The stored values are stable and appear in addresses and files; labels and definitions are for people.
"""

import functools

from django.conf import settings
from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy as _

# The value of a term that stands for what no source says.
UNKNOWN = "unknown"


class Vocabulary(models.TextChoices):
    """A list of terms. A member is written `NAME = value, definition, label`."""

    def __new__(cls, value, definition=""):
        term = str.__new__(cls, value)
        term._value_ = value
        term.definition = definition
        return term

    @classmethod
    def label_of(cls, value: str) -> str:
        """The label people read for a stored value; "" for an empty one."""
        return str(cls(value).label) if value else ""


class PublicationState(Vocabulary):
    """How far a record has come. Only `published` ones are ever shown to the public."""

    DRAFT = "draft", _("Being written; nobody outside curation sees it."), _("Draft")
    IN_REVIEW = "in_review", _("Complete enough to be judged by another curator."), _("In review")
    PUBLISHED = "published", _("Public, with at least one source."), _("Published")
    WITHHELD = "withheld", _("Was public or could be, and is kept back on purpose."), _("Withheld")


DRAFT, IN_REVIEW, PUBLISHED, WITHHELD = PublicationState


class OrganizationType(Vocabulary):
    """The `types` of the Research Organization Registry, schema 2.1; we keep the main one."""

    COMPANY = (
        "company",
        _("A business that sells goods or services, privately or publicly owned."),
        _("Company"),
    )
    NONPROFIT = "nonprofit", _("An organization that works for a purpose other than profit."), _("Nonprofit")
    GOVERNMENT = "government", _("A part of a national, regional or local government."), _("Government")
    FACILITY = "facility", _("A place built for research, such as a national laboratory."), _("Facility")
    EDUCATION = "education", _("A university or another institution that teaches."), _("Education")
    FUNDER = "funder", _("An organization that mainly pays for research."), _("Funder")
    HEALTHCARE = "healthcare", _("A hospital or another provider of medical care."), _("Healthcare")
    ARCHIVE = "archive", _("A library, museum or another keeper of records."), _("Archive")
    OTHER = "other", _("None of the other types."), _("Other")


class Ownership(Vocabulary):
    """Who owns an organization. Our own list."""

    PUBLIC_COMPANY = "public-company", _("Its shares are traded on a stock exchange."), _("Public company")
    PRIVATE_COMPANY = (
        "private-company",
        _("A company whose shares are not traded on an exchange."),
        _("Private company"),
    )
    STARTUP = "startup", _("A young private company funded by venture capital."), _("Start-up")
    SUBSIDIARY = "subsidiary", _("A company controlled by another one, its parent."), _("Subsidiary")
    NONPROFIT = "nonprofit", _("No owner takes a profit."), _("Nonprofit")
    GOVERNMENT = "government", _("Owned by the state, whoever operates it."), _("Government")


class NameType(Vocabulary):
    """Types of other names: those of ROR schema 2.1, and `former`."""

    ALIAS = "alias", _("Another name in use."), _("Alias")
    ACRONYM = "acronym", _("A name made of first letters."), _("Acronym")
    FORMER = "former", _("A name it had before."), _("Former name")
    LABEL = "label", _("Its name in another language."), _("Label")


class MissionAreaLevel(Vocabulary):
    """Three depths of the work of a programme, from broad to narrow."""

    PILLAR = "pillar", _("One of the broad aims of the program."), _("Pillar")
    DOMAIN = "domain", _("A field of science or technology the program names."), _("Domain")
    CHALLENGE = "challenge", _("A published question the program asks teams to solve."), _("Challenge")


class AgreementType(Vocabulary):
    """The DOE guide to partnering with its laboratories, and the wider forms that announcements use."""

    MOU = (
        "mou",
        _("States a shared interest; commits no funds and no work."),
        _("Memorandum of understanding"),
    )
    CRADA = (
        "crada",
        _("Joint research of a laboratory and a participant, each bringing its own part."),
        _("Cooperative research and development agreement (CRADA)"),
    )
    SPP = (
        "spp",
        _("Work by a laboratory that a sponsor outside the agency pays in full."),
        _("Strategic partnership project"),
    )
    ACT = (
        "act",
        _("Work negotiated by the contractor of a laboratory on its own terms."),
        _("Agreement for commercializing technology"),
    )
    USER = "user", _("Gives a user access to a facility."), _("User agreement")
    TECHNICAL_ASSISTANCE = (
        "technical-assistance",
        _("Short-term help from a laboratory's experts."),
        _("Technical assistance agreement"),
    )
    LICENSE = (
        "license",
        _("Gives the right to use a laboratory's invention."),
        _("Technology licensing agreement"),
    )
    MATERIAL_TRANSFER = (
        "material-transfer",
        _("Lets a material be used in somebody else's research."),
        _("Material transfer agreement"),
    )
    CONTRACT = "contract", _("Goods or services bought for money."), _("Contract")
    CONSORTIUM = "consortium", _("Several organizations work together under common rules."), _("Consortium")
    COMMITMENT = "commitment", _("A pledge one side has made in public."), _("Commitment")
    PARTNERSHIP = "partnership", _("Announced work together whose legal form is not known."), _("Partnership")
    OTHER = "other", _("None of the other types."), _("Other")


class AgreementBasis(Vocabulary):
    """Why an organization came to an agreement, in the words of the announcement."""

    RFI_RESPONSE = (
        "rfi-response",
        _("It answered a request for information."),
        _("Answer to a request for information"),
    )
    ACTIVE_PROJECT = "active-project", _("It already had a project running."), _("Active project")
    UNKNOWN = "unknown", _("No source says which."), _("Not known")


class AgreementStatus(Vocabulary):
    """What sources say of the course of an agreement."""

    ANNOUNCED = "announced", _("Made public; no source reports work under it yet."), _("Announced")
    ACTIVE = "active", _("Work under it has been reported."), _("Active")
    COMPLETED = "completed", _("What was agreed has been done."), _("Completed")
    TERMINATED = "terminated", _("Ended before it was completed."), _("Terminated")


class Binding(Vocabulary):
    """Whether an agreement binds its parties in law."""

    YES = "yes", _("A source says that it is legally binding."), _("Binding")
    NO = "no", _("A source says that it is not legally binding."), _("Not binding")
    UNKNOWN = "unknown", _("No source says."), _("Not known")


class AmountKind(Vocabulary):
    """What a sum named in an agreement is. Our own list; sums of different kinds are never added up."""

    CONTRACT_VALUE = (
        "contract-value",
        _("What the agreed goods or work cost or are worth."),
        _("Contract value"),
    )
    CEILING = "ceiling", _("The most that may be spent under it; less may be ordered."), _("Ceiling")
    PLEDGE = "pledge", _("Promised by one side; not necessarily spent."), _("Pledge")
    CREDITS = "credits", _("A right to use services up to this price."), _("Credits")
    AWARD = "award", _("Money granted by one side to another."), _("Award")
    IN_KIND = "in-kind", _("The stated worth of work or things given instead of money."), _("In kind")


class Exactness(Vocabulary):
    """How a source qualifies a sum."""

    EXACT = "exact", _("The source names this sum."), _("Exact")
    ABOUT = "about", _("The source rounds it."), _("About")
    AT_LEAST = "at-least", _("The source says that it is this much or more."), _("At least")
    UP_TO = "up-to", _("The source says that it is this much or less."), _("Up to")


class PartyRole(Vocabulary):
    """The part an organization has in an agreement."""

    PARTNER = (
        "partner",
        _("The organization that enters the agreement from outside government."),
        _("Partner"),
    )
    AGENCY = "agency", _("The government body on the other side."), _("Agency")
    LABORATORY = "laboratory", _("The laboratory where the work is done."), _("Laboratory")


class EventKind(Vocabulary):
    """What kind of line of the timeline an event is."""

    POLICY = "policy", _("A decision of government, such as an executive order."), _("Policy")
    ANNOUNCEMENT = "announcement", _("Something made known by an agency or a partner."), _("Announcement")
    PROGRAM = (
        "program",
        _("A funding call, prize, consortium or another piece of the program."),
        _("Program"),
    )
    MILESTONE = "milestone", _("A date by which something was or is due, or was reached."), _("Milestone")
    COMPANY_NEWS = "company-news", _("Something that happened to a partner itself."), _("Company news")


class SourceKind(Vocabulary):
    """What kind of document a source is."""

    PRESS_RELEASE = "press-release", _("A release of a government body or laboratory."), _("Press release")
    EXECUTIVE_ORDER = "executive-order", _("An order of the president."), _("Executive order")
    COMPANY_ANNOUNCEMENT = (
        "company-announcement",
        _("A release or page of a company."),
        _("Company announcement"),
    )
    NEWS = "news", _("An article of a news organization."), _("News")
    ANALYSIS = "analysis", _("A text that explains or judges."), _("Analysis")
    REFERENCE = "reference", _("A registry, encyclopedia or database."), _("Reference")
    OTHER = "other", _("None of the other kinds."), _("Other")


class SourceStance(Vocabulary):
    """From which side a source speaks."""

    OFFICIAL = "official", _("The government body that runs the program."), _("Official")
    PARTNER = "partner", _("A partner speaking of itself."), _("The partner itself")
    REPORTING = "reporting", _("Somebody from outside who reports."), _("Press or reference")
    CRITICAL = "critical", _("Somebody from outside who criticizes."), _("Critical")


class Reading(Vocabulary):
    """How what a source supports is known."""

    QUOTED = "quoted", _("Somebody read the source, and the words that say it are given."), _("Quoted")
    READ = "read", _("Somebody read the source on the day that is given."), _("Read")
    UNREAD = "unread", _("The source is known by address or title only; it was not read."), _("Not read")


class Preference(Vocabulary):
    """Why one source is followed where others say otherwise. Our own list."""

    OFFICIAL = (
        "official",
        _("The source that is followed is official, or the organization speaks of itself."),
        _("Official"),
    )
    NEWER = "newer", _("The source that is followed is newer."), _("Newer")
    MORE_EXACT = "more-exact", _("The source that is followed is more exact."), _("More exact")
    CLOSER = "closer", _("The source that is followed is closer to the matter."), _("Closer to the matter")
    MORE_SOURCES = "more-sources", _("More sources say so."), _("Said by more sources")


class Standing(Vocabulary):
    """Whether a citation supports the value that a record has now."""

    YES = "yes", _("The value is the one that was cited."), _("Yes")
    NO = "no", _("The value has changed since it was cited."), _("No")


# What else people call a term, in any language: a search for these words finds what stands under it. A plural, another
# case and a hyphen need no line of their own. By vocabulary, as two of them may have a term in common.
SYNONYMS: dict[type[Vocabulary], dict[Vocabulary, tuple[str, ...]]] = {
    AgreementType: {
        AgreementType.MOU: ("MOU", "memorandum", "memoranda"),
        AgreementType.CRADA: ("CRADA", "cooperative R&D agreement"),
        AgreementType.SPP: ("SPP", "Work for Others", "WFO"),
        AgreementType.ACT: ("ACT", "FedACT"),
        AgreementType.USER: ("user facility agreement",),
        AgreementType.LICENSE: ("licence", "license"),
        AgreementType.MATERIAL_TRANSFER: ("MTA",),
        AgreementType.CONTRACT: ("procurement",),
        AgreementType.COMMITMENT: ("pledge", "promise"),
        AgreementType.PARTNERSHIP: ("collaboration", "cooperation"),
    },
    OrganizationType: {
        OrganizationType.COMPANY: ("firm", "business", "corporation"),
        OrganizationType.NONPROFIT: ("non-profit", "not-for-profit", "charity", "NGO"),
        OrganizationType.GOVERNMENT: ("agency",),
        OrganizationType.EDUCATION: ("university", "college"),
        OrganizationType.HEALTHCARE: ("hospital",),
    },
    Ownership: {
        Ownership.PUBLIC_COMPANY: ("publicly traded", "listed company", "stock exchange"),
        Ownership.PRIVATE_COMPANY: ("privately held",),
        Ownership.STARTUP: ("startup", "venture capital"),
        Ownership.SUBSIDIARY: ("daughter company",),
        Ownership.NONPROFIT: ("non-profit", "not-for-profit", "charity"),
        Ownership.GOVERNMENT: ("state-owned",),
    },
    SourceStance: {
        SourceStance.CRITICAL: (
            *("criticism", "critic", "critique", "criticized", "criticised"),
            *("kritiek", "critici", "criticus", "bekritiseerd"),
        ),
    },
}


@functools.lru_cache(maxsize=None, typed=True)
def words_for(term: Vocabulary) -> tuple[tuple[str, str], ...]:
    """What a term is called: its label in each language, with the language, and its synonyms, with "" for it."""
    labels = []
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            labels.append((str(term.label), language))
    return (*labels, *((synonym, "") for synonym in SYNONYMS.get(type(term), {}).get(term, ())))
