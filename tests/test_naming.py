"""The address of a record is made from its name, in whatever script that is; where it cannot be made, that is said."""

import pytest

from partners.models import AgreementAmount, Organization, Source
from partners.models.naming import free_slug, slug_after
from tests.curation import add_form, errors, save
from tests.records import make_agreement, make_organization

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "name, slug",
    [
        ("NVIDIA™ Corp.", "nvidia-corp"),
        ("Łódź Straße O’Reilly", "lodz-strasse-oreilly"),
        ("Яндекс", "yandeks"),
        ("חברת החשמל", "hvrt-hhsml"),
        ("شركة أرامكو", "shrkh-rmkw"),
        ("東京 Lab", "dongjing-lab"),
        ("서울대학교", "seouldaehaggyo"),
        ("AI 🚀", "ai"),
        ("🚀 🚀", ""),
    ],
)
def test_a_name_becomes_an_address_in_latin_letters(name, slug):
    assert slug_after(name) == slug


def test_an_address_is_numbered_where_it_is_taken_however_long_it_is():
    long = "x" * 150
    taken = [make_organization(long, slug=free_slug(Organization, long)) for _each in range(3)]
    assert [each.slug for each in taken] == ["x" * 100, "x" * 98 + "-2", "x" * 98 + "-3"]
    assert free_slug(Organization, "None") == "none-2"


def test_an_amount_is_numbered_as_all_else_is():
    agreement = make_agreement("A pact", slug="a" * 100)
    facts = {"amount": 1, "currency": "USD", "kind": "award", "exactness": "exact"}
    made = [AgreementAmount.objects.create(agreement=agreement, **facts).slug for _each in range(2)]
    assert made == ["a" * 100 + "-amount", "a" * 100 + "-amount-2"]


def test_a_form_says_where_no_address_can_be_made(admin_client):
    form = add_form(admin_client, "organization")
    form["name"] = "🚀"

    page = form.send()

    assert "Write one yourself" in errors(page)["slug"][0]
    assert not Organization.objects.exists()
    form["slug"] = "rocket"
    save(form)
    assert Organization.objects.get().slug == "rocket"


def test_a_source_without_a_name_of_letters_is_called_after_its_site():
    assert free_slug(Source, "📄", "news.example") == "news-example"
