"""The form of a record on one page, without scripts: sources written down with it, evidence beside values, previews."""

from email.message import Message
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from partners.admin import lookups
from partners.links.fetching import Fetched
from partners.models import Agreement, Citation, Organization, Revision, Source
from tests.curation import add_form, change_form, errors, messages, save
from tests.records import cite, make_agreement, make_curator, make_organization, make_source

pytestmark = pytest.mark.django_db
ADDRESS = "https://new.example/page"


def text_of(page) -> str:
    """The words of a page, as they are read."""
    return " ".join(unescape(strip_tags(page.content.decode())).split())


@pytest.fixture
def client(admin_client):
    return admin_client


def evidence_of(form, value: str) -> str:
    """The prefix of the first row that stands beside a value."""
    found = [name for name, beside in form.data.items() if name.endswith("-beside") and beside == value]
    return found[0].removesuffix("-beside")


def partner_typed(client, **values):
    form = add_form(client, "organization")
    typed = {"name": "Arcee AI", "type": "company", "summary_en": "It trains models."} | values
    for name, value in typed.items():
        form[name] = value
    return form


def test_a_source_is_looked_up_by_its_address_however_it_is_written(client):
    known = make_source("Release", url="https://www.energy.example/a/")
    form = partner_typed(client)

    page = form.send("_use", _source="http://energy.example/a?utm_source=mail")

    bar = page.context["source_bar"]
    assert [each.title for each in bar.sources] == ["Release"]
    assert bar.current == str(known.pk)
    # Nothing was saved, and nothing typed is lost.
    assert not Organization.objects.exists()
    assert page.context["adminform"].form["name"].value() == "Arcee AI"
    assert not errors(page)


def test_a_new_address_brings_what_is_known_of_its_site(client):
    make_source(
        "Earlier", url="https://new.example/other", publisher="The New", kind="analysis", stance="critical"
    )

    bar = partner_typed(client).send("_use", _source=ADDRESS).context["source_bar"]

    (new,) = bar.sources
    assert (new.token, bar.current) == ("new-0", "new-0")
    written = {field.name: field.value() for field in new.form}
    assert (written["url"], written["publisher"]) == (ADDRESS, "The New")
    assert (written["kind"], written["stance"]) == ("analysis", "critical")


def test_words_of_a_title_offer_sources(client):
    make_source("Annual report of the laboratory")
    form = partner_typed(client)

    found = form.send("_use", _source="report laboratory").context["source_bar"]
    nothing = form.send("_use", _source="no such words").context["source_bar"]

    assert [each.title for each in found.offered] == ["Annual report of the laboratory"]
    assert "No source has “no such words”" in nothing.problem


def with_new_source(form, **written):
    facts = {"title": "The page", "kind": "news", "stance": "reporting", "url": ADDRESS} | written
    return form.data.update({f"sources-0-{name}": value for name, value in facts.items()}) or form


def cited_from_new(form, value: str, **fields):
    row = evidence_of(form, value)
    form["sources-TOTAL_FORMS"], form["sources-INITIAL_FORMS"] = 1, 0
    for name, each in ({"source": "new-0", "retrieved_date": "2026-11-26"} | fields).items():
        form[f"{row}-{name}"] = each
    return form


def test_a_source_is_written_down_with_what_it_says_in_one_revision(client):
    before = Revision.newest()
    form = with_new_source(cited_from_new(partner_typed(client), "name", quote="Arcee AI"))
    cited_from_new(form, "type")

    save(form)

    partner, source = Organization.objects.get(), Source.objects.get()
    assert (source.title, source.slug, source.url) == ("The page", "the-page", ADDRESS)
    assert set(partner.citations.values_list("field", "source", "quote")) == {
        ("name", source.pk, "Arcee AI"),
        ("type", source.pk, ""),
    }
    # A row that says no more than beside which value it stands is nothing.
    assert Citation.objects.count() == 2
    assert partner.slug == "arcee-ai"
    assert Revision.newest() == before + 1


@pytest.mark.parametrize("lacking", ["title", "kind", "stance"])
def test_a_cited_source_is_written_down_whole(client, lacking):
    page = with_new_source(cited_from_new(partner_typed(client), "name"), **{lacking: ""}).send()

    assert page.context["source_bar"].new[0].errors.keys() == {lacking}
    assert "not written down whole" in str(errors(page))
    assert not Source.objects.exists()
    assert not Organization.objects.exists()


def test_a_known_address_is_not_written_down_again(client):
    make_source("Known", url=ADDRESS)

    page = with_new_source(cited_from_new(partner_typed(client), "name")).send()

    assert "Use that source" in str(page.context["source_bar"].new[0].errors)
    assert not Organization.objects.exists()


@pytest.mark.parametrize("second", [ADDRESS, ADDRESS + "/", ADDRESS.replace("https", "http")])
def test_one_page_is_written_down_once(client, second):
    form = cited_from_new(with_new_source(partner_typed(client)), "name")
    for name, value in {"title": "Again", "kind": "news", "stance": "reporting", "url": second}.items():
        form[f"sources-1-{name}"] = value
    form["sources-TOTAL_FORMS"] = 2

    page = form.send()

    assert "Another new source above has this address" in text_of(page)
    assert not Source.objects.exists()


def test_a_source_keeps_the_number_that_was_seen(client):
    known = make_source("Known", url="https://known.example/")
    form = with_new_source(partner_typed(client))
    form["sources-TOTAL_FORMS"], form["sources-INITIAL_FORMS"] = 1, 0
    form[f"_known-{known.pk}"] = "yes"

    page = form.send("_use", _source="")

    assert [each.title for each in page.context["source_bar"].sources] == ["The page", "Known"]


def test_nothing_is_cited_for_a_value_that_is_empty(client):
    page = cited_from_new(with_new_source(partner_typed(client)), "city").send()

    assert "Nothing stands here to be cited" in text_of(page)
    assert not Organization.objects.exists()


def test_what_was_only_looked_up_is_not_saved(client):
    form = partner_typed(client)
    form["sources-TOTAL_FORMS"], form["sources-INITIAL_FORMS"], form["sources-0-url"] = 1, 0, ADDRESS

    save(form)

    assert not Source.objects.exists()


@pytest.mark.parametrize("token", ["new-7", "new-x", "999999", "abc", "new-", "-1"])
def test_a_source_that_is_not_there_is_refused_beside_its_value(client, token):
    page = cited_from_new(partner_typed(client), "name", source=token).send()

    assert page.status_code == 200
    assert errors(page)["citations"]


def test_a_source_that_is_taken_off_no_longer_supports_the_value(client):
    organization = make_organization("Alpha", city="Delft")
    cite(organization, "city", quote="in Delft")
    form = change_form(client, organization)

    form[f"{evidence_of(form, 'city')}-source"] = ""
    save(form)

    assert not organization.citations.filter(field="city").exists()
    assert organization.citations.count() == 1


def test_each_value_that_can_be_cited_has_a_row_for_it(client):
    """Of every kind of record: what can be cited and is on the form has a row beside it; derived, not listed."""
    organization = make_organization()
    agreement = make_agreement(partners=[organization])
    for record in (organization, agreement, *agreement.mission_areas.all()):
        page = client.get(reverse(f"admin:partners_{record._meta.model_name}_change", args=[record.pk]))
        fields = page.context["adminform"].form.fields
        rows = {
            row.shown.field.name: row
            for section in page.context["sections"]
            for row in section.rows
            if not row.is_readonly
        }
        assert set(rows) == set(fields)
        with_evidence = {name for name, row in rows.items() if row.citations}
        assert with_evidence == set(record.citable_fields) & set(fields)


def test_a_preview_shows_the_page_and_leaves_nothing(client):
    form = with_new_source(cited_from_new(partner_typed(client, city="Delft"), "name"))
    before = Revision.newest()

    page = form.send("_preview")

    assert "Arcee AI" in text_of(page) and "Delft" in text_of(page)
    assert "Preview of the page" in text_of(page)
    assert (Revision.newest(), Organization.objects.count(), Source.objects.count()) == (before, 0, 0)
    assert not messages(client.get(reverse("admin:index")))


def test_a_preview_of_a_change_shows_it_and_leaves_the_record(client):
    organization = make_organization("Alpha", city="Delft")

    page = change_form(client, organization).send("_preview", city="Leiden")

    assert "Leiden" in text_of(page)
    organization.refresh_from_db()
    assert organization.city == "Delft"
    assert "Leiden" not in text_of(client.get(organization.get_absolute_url()))


def test_what_cannot_be_shown_yet_is_said(client):
    page = partner_typed(client, summary_en="").send("_preview")

    assert "successfully" not in text_of(page)
    assert "cannot be shown yet" in text_of(page)
    assert "summary" in text_of(page)
    assert not Organization.objects.exists()


# The agreement ----------------------------------------------------------------------------------------------------------


def with_agreement(form, *parties, **written):
    source = make_source("The release")
    facts = {
        "title_en": "The pact",
        "agreement_type": "mou",
        "summary_en": "What it says.",
        "source": source.pk,
    }
    form.data.update({f"agreement-{name}": value for name, value in (facts | written).items()})
    form["agreement-parties-TOTAL_FORMS"], form["agreement-parties-INITIAL_FORMS"] = len(parties), 0
    for number, party in enumerate(parties):
        form.data.update({f"agreement-parties-{number}-{name}": value for name, value in party.items()})
    return form


def party(name, role="agency", **more):
    return {"organization": name, "role": role} | more


def test_an_agreement_is_saved_with_its_partner(client):
    make_organization("Department of Energy", names=["DOE"])
    cited = cited_from_new(with_new_source(partner_typed(client)), "name")

    answer = with_agreement(cited, party("doe"), party("Brand New Lab", "laboratory", is_new="on")).send(
        "_publish"
    )

    assert answer.status_code == 302, errors(answer)
    agreement = Agreement.objects.get()
    assert agreement.publication_state == "published"
    assert set(agreement.parties.values_list("organization__name", "role")) == {
        ("Arcee AI", "partner"),
        ("Department of Energy", "agency"),
        ("Brand New Lab", "laboratory"),
    }
    assert Organization.objects.get(name="Brand New Lab").publication_state == "draft"
    assert agreement.citations.get().source.title == "The release"


@pytest.mark.parametrize(
    "parties, written, words",
    [
        ([party("Nobody")], {}, "No organization is called “Nobody”"),
        ([party("Twin")], {}, "Several are called so"),
        ([party("Alpha"), party("alpha")], {}, "This party stands here twice"),
        ([party("Alpha")], {"title_en": ""}, "An agreement has a title"),
        ([], {"title_en": "Known pact"}, "There is an agreement with this title"),
        ([], {"announced_date": "3/4/2026"}, "is not a day that can be read in one way"),
        ([party("x" * 201, is_new="on")], {}, "at most 200 characters"),
        ([party("x" * 401)], {}, "at most 400 characters"),
        ([party("Arcee AI", "partner", is_new="on")], {}, "This partner is a party by itself"),
        ([party("Newp X", is_new="on"), party("NEWP  x", is_new="on")], {}, "This party stands here twice"),
    ],
)
def test_what_is_wrong_with_an_agreement_is_said_and_nothing_saved(client, parties, written, words):
    make_agreement("Known pact", partners=[make_organization("Alpha")])
    make_organization("Twin")
    make_organization("Twin", slug="twin-2")

    page = with_agreement(partner_typed(client), *parties, **written).send()

    assert page.status_code == 200
    assert words in text_of(page)
    assert not Organization.objects.filter(name="Arcee AI").exists()


def test_a_partner_that_is_here_is_no_further_party_of_its_agreement(client):
    organization = make_organization("Alpha")
    form = with_agreement(change_form(client, organization), party("alpha", "agency"))

    for button in ("_save", "_preview"):
        assert "This partner is a party by itself" in text_of(form.send()), button
    assert not Agreement.objects.filter(title_en="The pact").exists()


def test_a_new_party_with_two_parts_is_one_organization(client):
    parties = [party("Brand New Lab", role, is_new="on") for role in ("agency", "laboratory")]

    save(with_agreement(partner_typed(client), *parties))

    assert Organization.objects.filter(name="Brand New Lab").count() == 1
    assert Agreement.objects.get().parties.count() == 3


def test_what_became_of_the_agreement_is_told(client):
    cited = cited_from_new(with_new_source(partner_typed(client)), "name")
    with_agreement(cited, summary_en="").send("_publish")

    told = " ".join(messages(client.get(reverse("admin:index"))))

    assert "“The pact” was saved: In review. Before it can be published it needs: summary (English)" in told


def test_who_may_not_add_agreements_is_not_offered_one(client):
    rights = ["add_organization", "change_organization", "view_organization", "view_source"]
    client.force_login(make_curator("grace", rights))

    page = client.get(reverse("admin:partners_organization_add"))

    assert page.context["new_agreement"] is None


@pytest.mark.parametrize("lacking", ["add_source", "add_organization"])
def test_nobody_writes_down_what_he_may_not_add(client, lacking):
    """A new source, or a new party, comes with the form of a record: with the right to add such records alone."""
    organization = make_organization("Alpha", publication_state="draft")
    kinds = ("organization", "agreement", "agreementparty", "citation", "source")
    rights = [f"{right}_{kind}" for kind in kinds for right in ("add", "change", "view")]
    client.force_login(make_curator("grace", [each for each in rights if each != lacking]))
    form = with_agreement(change_form(client, organization), party("Brand New Lab", is_new="on"))
    cited_from_new(with_new_source(form), "name")

    page = form.send()

    assert page.status_code == 200
    assert not Source.objects.filter(url=ADDRESS).exists()
    assert not Organization.objects.filter(name="Brand New Lab").exists()
    words = "may not add sources" if lacking == "add_source" else "No organization is called"
    assert words in text_of(page)


# What the page asks -----------------------------------------------------------------------------------------------------


def asked(client, address: str, *args, **query):
    return client.get(reverse(f"admin:{address}", args=args), query)


def test_records_like_what_is_typed_are_told(client):
    nvidia = make_organization("NVIDIA", website="https://www.nvidia.com/", wikidata_id="Q182477")
    for typed in (
        {"name": "nvidia"},
        {"website": "http://nvidia.com"},
        {"wikidata_id": "Q182477", "name": "Another"},
    ):
        (found,) = asked(client, "alike", "organization", **typed).json()["alike"]
        assert found["key"] == nvidia.pk
    assert asked(client, "alike", "organization", name="NVIDIA", but=nvidia.pk).json() == {"alike": []}
    assert asked(client, "alike", "organization", name="\0").json() == {"alike": []}


def test_what_the_page_asks_is_for_those_who_may_see_it(client):
    client.force_login(make_curator("grace", ["view_event"]))
    for name, args in [("known_sources", ()), ("alike", ("organization",)), ("named", ())]:
        assert asked(client, name, *args, q="a").status_code == 403
    assert client.post(reverse("admin:read_source"), {"url": ADDRESS}).status_code == 403
    assert asked(client, "read_source").status_code == 405
    assert asked(client, "alike", "nothing").status_code == 404


def test_organizations_are_named(client):
    make_organization("Argonne National Laboratory", type="facility", names=["ANL"])

    (found,) = asked(client, "named", q="anl").json()["named"]

    assert (found["name"], found["type"]) == ("Argonne National Laboratory", "facility")


def test_a_page_elsewhere_that_cannot_be_read_is_told(client):
    answer = client.post(reverse("admin:read_source"), {"url": "http://127.0.0.1/"})

    assert "could not be read" in answer.json()["problem"]


# What is said after a save ----------------------------------------------------------------------------------------------


def told_after(form) -> list[str]:
    """What the page after a save says."""
    save(form)
    return messages(form.client.get(reverse("admin:index")))


def test_a_quote_that_says_otherwise_is_told_by_the_message_of_the_save(client):
    organization = make_organization("Alpha", established=1993)
    form = change_form(client, organization)
    row = evidence_of(form, "established")
    source = make_source("The page")
    form.data.update({f"{row}-source": source.pk, f"{row}-quote": "It was founded in 1993."})
    form["established"] = 2003

    told = told_after(form)

    (said,) = [each for each in told if "The quote says 1993" in each]
    assert (
        f'href="{reverse("admin:partners_organization_change", args=[organization.pk])}#id_established"'
        in said
    )
    # What was not touched is not told again.
    again = change_form(client, organization)
    again["city"] = "Delft"
    assert not [each for each in told_after(again) if "The quote says" in each]


def test_a_source_may_say_otherwise_from_the_first(client):
    organization = make_organization("Alpha", established=1993)
    form = change_form(client, organization)
    row = evidence_of(form, "established")
    page = client.get(form.url)
    assert f'name="{row}-says"' in page.content.decode()
    reason = Citation._meta.get_field("reason").choices[0][0]
    said = {"source": make_source("The page").pk, "says": "1994", "reason": reason}

    form.data.update({f"{row}-{name}": value for name, value in said.items()})
    save(form)

    citation = organization.citations.get(field="established")
    assert (citation.says, citation.reason) == ("1994", reason)


def test_a_quote_is_held_against_the_text_that_was_read(client, monkeypatch):
    """By the server, for pages that were read in a form; saving stays possible."""
    source = make_source("The page", url=ADDRESS)
    reads_as(monkeypatch, "Alpha was founded in Delft.")
    client.post(reverse("admin:read_source"), {"url": ADDRESS + "/?utm_source=mail"})
    organization = make_organization("Alpha", city="Delft")
    words = "are not in the text of the source"
    for quote, is_told in [("founded in Leiden", True), ("founded … Delft", False)]:
        form = change_form(client, organization)
        row = evidence_of(form, "city")
        form.data.update({f"{row}-source": source.pk, f"{row}-quote": quote})

        said = [each for each in told_after(form) if words in each]

        assert bool(said) == is_told
        assert organization.citations.get(field="city").quote == quote
        # It stands at the value as long as it holds.
        assert (words in text_of(client.get(form.url))) == is_told


@pytest.mark.parametrize("address", [ADDRESS, "https://new.example/" + "x" * 600])
def test_every_page_can_be_read(client, monkeypatch, address):
    """Whatever stands in it, and however long its address is; reading it again replaces what was kept."""
    reads_as(monkeypatch, "A page\0 with a letter that databases refuse.")

    for _time in range(2):
        answer = client.post(reverse("admin:read_source"), {"url": address})
        assert "A page" in answer.json()["text"]


def reads_as(monkeypatch, text: str) -> None:
    """Every page elsewhere says this."""
    headers = Message()
    headers["Content-Type"] = "text/plain"
    answer = Fetched(ADDRESS, 200, headers, text.encode(), True, False)
    monkeypatch.setattr(lookups, "fetch", lambda url, limits: answer)


# Rows without scripts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["names", "citations", "agreement-parties"])
def test_one_more_row_can_be_had_without_scripts(client, prefix):
    form = with_agreement(partner_typed(client), party("Nobody"), title_en="")
    form["names-0-language"] = "en"
    count = int(form[f"{prefix}-TOTAL_FORMS"])
    assert f'name="_row" value="{prefix}"' in client.get(form.url).content.decode()

    page = client.post(form.url, form.data | {"_row": prefix})

    rows = [each.formset for each in page.context["inline_admin_formsets"]] + [
        page.context["new_agreement"].parties
    ]
    (shown,) = [each for each in rows if each.prefix == prefix]
    assert len(shown.forms) == count + 1
    # Nothing was saved, nothing is complained of, and nothing typed is lost.
    assert not errors(page)
    assert not any(each.errors for each in page.context["new_agreement"].parties)
    assert page.context["adminform"].form["name"].value() == "Arcee AI"
    assert not Organization.objects.exists()


# New parties ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", ["Argonne", "ARGONNE", "anl"])
def test_a_new_party_is_asked_about_as_a_new_record_is(client, named):
    known = make_organization("Argonne", names=["ANL"])
    form = with_agreement(partner_typed(client), party(named, "laboratory", is_new="on"))

    page = form.send()

    assert f"It is about the new party “{named}”" in text_of(page)
    assert not Agreement.objects.exists()
    # To be another one than Argonne is said of the party, not of the partner.
    form["_different"] = page.context["different"]
    assert page.context["different"] != str(known.pk)
    save(form)
    assert Organization.objects.filter(name__iexact=named).exclude(pk=known.pk).exists()


def test_a_party_that_is_here_is_taken_where_it_is_not_said_to_be_new(client):
    known = make_organization("Argonne", names=["ANL"])

    save(with_agreement(partner_typed(client), party("anl", "laboratory")))

    assert Agreement.objects.get().parties.get(role="laboratory").organization == known


# Many citations ---------------------------------------------------------------------------------------------------------


def test_a_form_asks_the_database_no_more_for_many_citations(client):
    """Neither to open it nor to save it: rows in which nothing was changed are not asked for one by one."""
    sources = [make_source(f"Report {number}") for number in range(20)]
    organization = make_organization("Alpha", city="Delft")
    asked, sizes = [], []
    for value in ("city", "name", "type"):
        for source in sources:
            cite(organization, value, source=source, quote="Alpha, in Delft")
        with CaptureQueriesContext(connection) as opening:
            form = change_form(client, organization)
        form["curator_note"] = f"Cited for its {value}."
        with CaptureQueriesContext(connection) as saving:
            save(form)
        asked.append((len(opening), len(saving)))
        sizes.append(len(client.get(form.url).content))

    # What is asked once in the life of a process is asked by then.
    assert asked[1] == asked[2]
    # A saved row does not bring the choice of all sources; an empty one does, and the script offers them in each.
    page = client.get(form.url)
    rows = {row["beside"].value(): row for row in forms_of_citations(page) if not row.instance.pk}
    assert str(rows["city"]["source"]).count("<option") == Source.objects.count() + 1
    saved = next(row for row in forms_of_citations(page) if row.instance.pk)
    assert str(saved["source"]).count("<option") == 2
    assert sizes[1] < 2 * sizes[0]


def forms_of_citations(page):
    (inline,) = [each for each in page.context["inline_admin_formsets"] if each.formset.model is Citation]
    return inline.formset.forms
