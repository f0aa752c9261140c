"""The columns `is_public` always say what the rule says, whatever is written and however."""

import random

import pytest
from django.db import connection

from partners import triggers
from partners.models import Agreement, AgreementParty, Organization
from partners.vocabularies import PartyRole, PublicationState
from tests.laws import seeds
from tests.worlds import build_world

pytestmark = pytest.mark.django_db


def assert_rule_holds():
    """The rule in plain Python, over everything stored."""
    published = set(Organization.objects.published().values_list("pk", flat=True))
    parties = list(AgreementParty.objects.all())
    partnered = {p.agreement_id for p in parties if p.role == "partner" and p.organization_id in published}
    agreements = {
        a.pk: a.publication_state == "published" and a.pk in partnered for a in Agreement.objects.all()
    }
    assert dict(Agreement.objects.values_list("pk", "is_public")) == agreements
    for party in parties:
        assert party.is_public == (agreements[party.agreement_id] and party.organization_id in published)


def write_something(dice: random.Random) -> None:
    organization, agreement = dice.choice(Organization.objects.all()), dice.choice(Agreement.objects.all())
    party, state = dice.choice(AgreementParty.objects.all()), dice.choice(PublicationState.values)
    role = dice.choice(PartyRole.values)
    free = not AgreementParty.objects.filter(agreement=agreement, organization=organization).exists()
    match dice.randrange(9):
        case 0:
            Organization.objects.filter(pk=organization.pk).update(publication_state=state)
        case 1:
            Agreement.objects.filter(pk=agreement.pk).update(publication_state=state)
        case 2:
            agreement.publication_state = state
            agreement.is_public = not agreement.is_public
            agreement.save()
        case 3:
            party.delete()
        case 4 if free:
            AgreementParty.objects.create(agreement=agreement, organization=organization, role=role)
        case 5 if free:
            AgreementParty.objects.bulk_create(
                [AgreementParty(agreement=agreement, organization=organization, role=role, is_public=True)]
            )
        case 6 if free:
            AgreementParty.objects.filter(pk=party.pk).update(agreement=agreement, organization=organization)
        case 7:
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE partners_organization SET publication_state = %s WHERE id % 7 = 0".replace(
                        "% 7", "%% 7"
                    ),
                    [state],
                )
        case 8:
            Agreement.objects.filter(pk=agreement.pk).update(is_public=True)
            AgreementParty.objects.update(is_public=False)


@pytest.mark.parametrize("seed", seeds(2))
def test_public_means_public_after_every_write(seed):
    build_world(seed, organizations=15, agreements=20)
    dice = random.Random(seed)
    assert_rule_holds()

    for _ in range(80):
        write_something(dice)
        assert_rule_holds()


def test_rows_written_without_triggers_are_put_right_by_the_next_migrate():
    build_world(1, organizations=10, agreements=10)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER partners_agreement_update_visibility")
        else:
            cursor.execute("DROP TRIGGER partners_agreement_update_visibility ON partners_agreement")
    Agreement.objects.update(publication_state="draft")
    assert Agreement.objects.published().exists()

    triggers.install()

    assert_rule_holds()
    assert not Agreement.objects.published().exists()
