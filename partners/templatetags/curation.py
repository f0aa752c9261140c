"""What waits for the curators, on the first page of curation."""

from django import template
from django.contrib import admin
from django.db.models import Count, Q
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from partners.admin.base import changelist_url
from partners.admin.filters import WITHOUT_PUBLISHED_PARTNER, only_earlier
from partners.languages import DATA_LANGUAGES, language_of, translations_of
from partners.models import Agreement, Citation, Proposal, Publishable
from partners.models.sources import TARGETS
from partners.vocabularies import ProposalState, PublicationState

register = template.Library()

PUBLISHED_RECORDS = Q(publication_state=PublicationState.PUBLISHED)
IS_OPEN = Q(state=ProposalState.OPEN)
# Heading of a column, the condition it counts, and the query that lists the same records.
OVERVIEW_COLUMNS = [
    *(
        (state.label, Q(publication_state=state), f"publication_state__exact={state.value}")
        for state in PublicationState
    ),
    *(
        (
            format_lazy(_("Published without a {} summary"), DATA_LANGUAGES[language_of(column)]),
            PUBLISHED_RECORDS & Q(**{column: ""}),
            f"publication_state__exact=published&lacks={column}",
        )
        for column in translations_of("summary")
    ),
]


@register.inclusion_tag("admin/partners/_waiting.html", takes_context=True)
def waiting(context):
    """A row for each kind of record the curator may see, and a link behind every number."""
    request = context["request"]
    models = [
        model
        for model in TARGETS.values()
        if issubclass(model, Publishable) and admin.site.get_model_admin(model).has_view_permission(request)
    ]
    return {
        "proposals": open_proposals(request.user) if request.user.has_perm("partners.view_proposal") else {},
        "headings": [heading for heading, _condition, _query in OVERVIEW_COLUMNS],
        "rows": [(model._meta.verbose_name_plural, counts(model)) for model in models],
        "hidden": hidden_agreements() if Agreement in models else None,
        "earlier": cited_for_earlier(request),
    }


def open_proposals(user) -> dict[str, int]:
    """How many wait for a reviewer, and how many of them are somebody's own."""
    mine = Count("pk", filter=Q(who=user.pk))
    return Proposal.objects.filter(IS_OPEN).aggregate(open=Count("pk"), mine=mine)


def counts(model) -> list[tuple[int, str]]:
    numbers = model.objects.aggregate(
        **{
            str(place): Count("pk", filter=condition)
            for place, (_heading, condition, _query) in enumerate(OVERVIEW_COLUMNS)
        }
    )
    return [
        (numbers[str(place)], changelist_url(model, query))
        for place, (_heading, _condition, query) in enumerate(OVERVIEW_COLUMNS)
    ]


def cited_for_earlier(request) -> tuple[int, str] | None:
    """Citations that are all that published values have, and were for the value before; None for who may not see them."""
    if not admin.site.get_model_admin(Citation).has_view_permission(request):
        return None
    lapsed = Citation.objects.filter(supports_current=False)
    count = lapsed.filter(only_earlier()).count() if lapsed.exists() else 0
    return count, changelist_url(Citation, "holds=only_earlier")


def hidden_agreements() -> tuple[int, str]:
    """Published agreements that no reader sees, because none of their partners is published."""
    agreements = Agreement.objects.filter(PUBLISHED_RECORDS & WITHOUT_PUBLISHED_PARTNER)
    query = "publication_state__exact=published&lacks=published_partner"
    return agreements.count(), changelist_url(Agreement, query)
