"""Pictures of pages, for sites that show one beside a link."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from partners.context import site_name
from partners.head.pictures import Card, draw
from partners.head.typesetting import first_writable, typeset_text
from partners.languages import grouped
from partners.models import Agreement, AgreementParty, Organization, Programme, Source
from partners.nouns import LABORATORY, PARTNER
from partners.places import country_name, region_name


@require_safe
def organization_picture(request, slug: str):
    """The picture of an organization under the address of its page; another address leads there."""
    organization = get_object_or_404(Organization.objects.published().prefetch_related("names"), slug=slug)
    address = f"{organization.get_absolute_url()}picture.png"
    return (
        redirect(address, permanent=True) if request.path != address else png(organization_card(organization))
    )


@require_safe
def site_picture(request):
    """The picture of the pages that have none of their own."""
    return png(site_card())


def png(card: Card) -> HttpResponse:
    return HttpResponse(draw(card), content_type="image/png")


def organization_card(organization: Organization) -> Card:
    """What stands on the picture of an organization. A name that cannot be set gives way to another one of it."""
    parties = AgreementParty.objects.public().filter(organization=organization)
    agreements = parties.values("agreement").distinct().count()
    names = [organization.name, *(name.value for name in organization.names.all()), organization.legal_name]
    in_words = capfirst(organization.slug.replace("-", " "))
    noun = ngettext("agreement", "agreements", agreements)
    return Card(
        site=typeset_text(site_name(Programme.objects.first())) or gettext("Partner directory"),
        title=first_writable([*names, in_words]),
        facts=facts_of(organization),
        figures=((grouped(agreements), noun),),
    )


def facts_of(organization: Organization) -> str:
    """Such as "Public company, Santa Clara, California, United States"."""
    kind = organization.get_ownership_display() or organization.get_type_display()
    places = [
        organization.city,
        region_name(organization.region_code),
        country_name(organization.country_code),
    ]
    return ", ".join(filter(None, map(typeset_text, [str(kind), *dict.fromkeys(places)])))


def site_card() -> Card:
    """What stands on the picture of the site: the programme, and how much there is."""
    programme = Programme.objects.first()
    partners, laboratories = (noun.listing.everything().count() for noun in (PARTNER, LABORATORY))
    agreements, sources = Agreement.objects.published().count(), Source.objects.published().count()
    return Card(
        site=gettext("Partner directory"),
        title=(typeset_text(programme.name) if programme else "") or gettext("Partner directory"),
        facts=gettext("Who the partners are, what was agreed, and which source says so"),
        figures=(
            (grouped(partners), ngettext("partner", "partners", partners)),
            (grouped(agreements), ngettext("agreement", "agreements", agreements)),
            (grouped(laboratories), ngettext("laboratory", "laboratories", laboratories)),
            (grouped(sources), ngettext("source", "sources", sources)),
        ),
    )
