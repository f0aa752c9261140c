"""A partner on one page, as a curator enters it: counted in keys and clicks, and looked at."""

from email.message import Message

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from partners.admin import lookups
from partners.links.fetching import Fetched
from partners.models import Agreement, Organization, Source
from tests.curation import change_url
from tests.records import cite, make_organization, make_sector, make_source

from .faults import WITH_TARGETS, faults_of
from .hands import Hands

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = "https://energy.example/articles/arcee"
PAGE = (
    """<title>Arcee AI joins the initiative</title><meta property="article:published_time" content="2026-08-07T09:00:00Z">
<p>The Department names Arcee AI, founded in 2023 and at home in San Francisco, as the first industry partner.</p>
<p>The initiative is part of the mission, and its partners publish what they train with the laboratory.</p>"""
    * 2
)


@pytest.fixture(autouse=True)
def elsewhere_there_is_a_page(monkeypatch):
    """What the one fetcher brings of the address; the tests of links try the fetcher itself."""
    headers = Message()
    headers["Content-Type"] = "text/html; charset=utf-8"
    fetched = Fetched(ADDRESS, 200, headers, PAGE.encode(), True, True)
    monkeypatch.setattr(lookups, "fetch", lambda url, **limits: fetched)


@pytest.fixture
def others():
    """What is here before the partner comes."""
    make_sector("AI models")
    make_sector("Cloud infrastructure")
    make_sector("Data platforms")
    make_sector("Quantum computing")
    department = make_organization("Department of Energy", type="government")
    laboratory = make_organization("Argonne National Laboratory", type="facility")
    return department, laboratory


def assert_all_is_there() -> None:
    partner = Organization.objects.get(name="Arcee AI")
    source = Source.objects.get(url=ADDRESS)
    assert (partner.publication_state, partner.type, partner.established) == ("published", "company", 2023)
    assert (partner.city, partner.region_code, partner.country_code) == ("San Francisco", "US-CA", "US")
    assert (partner.summary_en, partner.summary_nl) == (
        "It trains small models.",
        "Het traint kleine modellen.",
    )
    assert sorted(partner.names.values_list("value", "type")) == [("AAI", "acronym"), ("Arcee", "alias")]
    assert sorted(map(str, partner.sectors.all())) == ["AI models", "Cloud infrastructure", "Data platforms"]
    assert (source.title, str(source.published_date)) == ("Arcee AI joins the initiative", "2026-08-07")
    assert (source.kind, source.stance) == ("press-release", "official")
    quotes = dict(partner.citations.exclude(quote="").values_list("field", "quote"))
    assert quotes == {"established": "founded in 2023", "city": "at home in San Francisco"}
    assert {each.source for each in partner.citations.all()} == {source}
    agreement = Agreement.objects.get(title_en="Arcee AI in the initiative")
    assert (agreement.publication_state, str(agreement.announced_date)) == ("published", "2026-08-07")
    assert {(str(each.organization), each.role) for each in agreement.parties.all()} == {
        ("Arcee AI", "partner"),
        ("Department of Energy", "agency"),
        ("Argonne National Laboratory", "laboratory"),
    }
    assert list(agreement.citations.values_list("source", "field")) == [(source.pk, "")]


@pytest.mark.parametrize(
    "mouse", [False, pytest.param(True, marks=pytest.mark.appearance)], ids=["keyboard alone", "both"]
)
def test_a_new_partner_by_keyboard(browser, live_server, others, mouse):
    """At most 100 keys beyond the values' own characters, no click, two pages: the form, and what was saved.

    With a mouse for what lies far off, at most 10 clicks.
    """
    hands = Hands(browser, live_server)
    page = hands.page

    def go_to(name: str) -> None:
        if mouse:
            hands.at(name).first.click()
        else:
            hands.tab_to(name)

    if mouse:
        page.locator("[data-new]").first.click()
    else:
        hands.press("n")
    expect(page.locator("#id_source_asked")).to_be_focused()
    # Where the script that reads sources is not there yet, Enter sends the form.
    page.wait_for_load_state()
    hands.type(ADDRESS)
    hands.press("Enter")
    expect(hands.at("sources-0-title")).to_have_value("Arcee AI joins the initiative")
    for name, letters in [("sources-0-kind", "Pr"), ("sources-0-stance", "Of")]:
        hands.tab_to(name)
        hands.choose(letters)
    hands.tab_to("name")
    hands.type("Arcee AI")
    hands.tab_to("type")
    hands.choose("Co")
    for name, words in [
        ("summary_en", "It trains small models."),
        ("summary_nl", "Het traint kleine modellen."),
    ]:
        hands.tab_to(name)
        hands.type(words)
    for name, words, quote in [
        ("established", "2023", "founded in 2023"),
        ("city", "San Francisco", "at home in San Francisco"),
    ]:
        hands.tab_to(name)
        hands.type(words)
        hands.tab_to(hands.name_of(name, "quote"))
        hands.type(quote)
    expect(page.locator("tr[data-value=city]")).to_contain_text("These words are in the text")
    for name, words in [("region_code", "US-CA"), ("country_code", "US")]:
        hands.tab_to(name)
        hands.type(words)
    if mouse:
        for sector in ("AI models", "Cloud infrastructure", "Data platforms"):
            page.get_by_label(sector).click()
    else:
        hands.tab_to("sectors")
        hands.press("Space", "c", "Space", "d", "Space")
    go_to("agreement-title_en")
    hands.type("Arcee AI in the initiative")
    hands.tab_to("agreement-agreement_type")
    hands.choose("Me")
    for name, words in [
        ("agreement-announced_date", "2026-08-07"),
        ("agreement-summary_en", "Arcee AI trains models with the laboratory."),
        ("agreement-parties-0-organization", "Department of Energy"),
        ("agreement-parties-1-organization", "Argonne National Laboratory"),
    ]:
        hands.tab_to(name)
        hands.type(words)
    expect(hands.at("agreement-parties-1-role")).to_have_value("laboratory")
    go_to("names-0-value")
    hands.type("Arcee")
    hands.press("Tab", "Tab", "Tab", "Tab", "Enter")
    expect(hands.at("names-1-value")).to_be_focused()
    hands.type("AAI")
    hands.tab_to("names-1-type")
    hands.choose("Ac")
    go_to("_publish")
    if not mouse:
        hands.press("Enter")

    expect(page.locator(".messagelist .success").first).to_be_visible()
    assert_all_is_there()
    job = f"a new partner, {'mouse for what lies far off' if mouse else 'keyboard alone'}"
    # Pasting is two keys.
    hands.done(job, keys=100, clicks=10 if mouse else 0, pages=2, beside=1)
    hands.context.close()


@pytest.mark.appearance
def test_a_new_partner_by_mouse(browser, live_server, others):
    """A click for each field that does not come by itself: at most 31."""
    hands = Hands(browser, live_server)
    page = hands.page

    def click_and_type(name: str, words: str) -> None:
        hands.at(name).click()
        hands.type(words)

    def click_and_choose(name: str, value: str) -> None:
        hands.at(name).click()
        hands.press("Escape")
        hands.at(name).select_option(value)

    page.locator("[data-new]").first.click()
    expect(page.locator("#id_source_asked")).to_be_focused()
    # Where the script that reads sources is not there yet, Enter sends the form.
    page.wait_for_load_state()
    hands.type(ADDRESS)
    page.get_by_role("button", name="Use", exact=True).click()
    expect(hands.at("sources-0-title")).to_have_value("Arcee AI joins the initiative")
    click_and_choose("sources-0-kind", "press-release")
    click_and_choose("sources-0-stance", "official")
    click_and_type("name", "Arcee AI")
    click_and_choose("type", "company")
    click_and_type("summary_en", "It trains small models.")
    click_and_type("summary_nl", "Het traint kleine modellen.")
    click_and_type("established", "2023")
    click_and_type(hands.name_of("established", "quote"), "founded in 2023")
    click_and_type("city", "San Francisco")
    click_and_type(hands.name_of("city", "quote"), "at home in San Francisco")
    click_and_type("region_code", "US-CA")
    click_and_type("country_code", "US")
    for sector in ("AI models", "Cloud infrastructure", "Data platforms"):
        page.get_by_label(sector).click()
    click_and_type("agreement-title_en", "Arcee AI in the initiative")
    click_and_choose("agreement-agreement_type", "mou")
    click_and_type("agreement-announced_date", "2026-08-07")
    click_and_type("agreement-summary_en", "Arcee AI trains models with the laboratory.")
    click_and_type("agreement-parties-0-organization", "Department of Energy")
    click_and_type("agreement-parties-1-organization", "Argonne National Laboratory")
    expect(hands.at("agreement-parties-1-role")).to_have_value("laboratory")
    click_and_type("names-0-value", "Arcee")
    page.get_by_role("button", name="Add another Other name").click()
    hands.type("AAI")
    click_and_choose("names-1-type", "acronym")
    page.get_by_role("button", name="Save and publish").click()

    expect(page.locator(".messagelist .success").first).to_be_visible()
    assert_all_is_there()
    hands.done("a new partner, mouse for every field", keys=10, clicks=31, pages=2)
    hands.context.close()


def test_words_of_the_text_become_the_quote_of_the_value_one_was_at(browser, live_server):
    hands = Hands(browser, live_server)
    page = hands.page
    page.goto(reverse("admin:partners_organization_add"))
    hands.type(ADDRESS)
    hands.press("Enter")
    expect(page.locator("[data-text]")).to_contain_text("founded in 2023")
    hands.at("established").fill("2023")
    hands.press("Tab")

    page.evaluate(
        """() => {
            const lines = [...document.querySelectorAll("[data-text] p")];
            const words = lines.find((line) => line.textContent.includes("founded in 2023")).firstChild;
            const at = words.data.indexOf("founded in 2023");
            getSelection().setBaseAndExtent(words, at, words, at + "founded in 2023".length);
        }"""
    )
    hands.press("Alt+q")

    expect(hands.evidence("established", "quote")).to_have_value("founded in 2023")
    expect(hands.evidence("established", "source")).to_have_value("new-0")
    assert hands.evidence("established", "retrieved_date").input_value()
    hands.evidence("established", "quote").fill("founded in 1993")
    expect(page.locator("tr[data-value=established]").first).to_contain_text("not in the text of the source")
    hands.context.close()


def test_a_record_like_it_is_told_while_typing_and_remembered_as_another(browser, live_server):
    make_organization("NVIDIA", website="https://www.nvidia.com/")
    hands = Hands(browser, live_server)
    page = hands.page
    page.goto(reverse("admin:partners_organization_add"))
    hands.at("name").fill("Nvidia")

    expect(page.locator("#alike-while-typing")).to_contain_text("NVIDIA (nvidia)")
    page.get_by_role("button", name="This is another one").click()
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.locator(".messagelist .success")).to_be_visible()
    assert Organization.objects.filter(name__iexact="nvidia").count() == 2
    hands.context.close()


def test_a_draft_comes_back_with_its_sources_evidence_and_agreement(browser, live_server, others):
    known = make_source("Known release", url="https://known.example/release")
    hands = Hands(browser, live_server)
    page = hands.page
    page.goto(reverse("admin:partners_organization_add"))
    for address in (known.url, ADDRESS):
        page.locator("#id_source_asked").fill(address)
        hands.press("Enter")
        expect(page.locator(f"#page-sources li[data-url='{address}']")).to_be_visible()
    hands.at("name").fill("Arcee AI")
    hands.press("Tab")
    hands.evidence("city", "source").select_option(str(known.pk))
    hands.at("city").fill("Delft")
    hands.at("agreement-title_en").fill("The pact")
    page.get_by_role("button", name="Another party").click()
    hands.at("agreement-parties-2-organization").fill("Department of Energy")
    page.wait_for_timeout(0)
    page.close()

    page = hands.page = hands.context.new_page()
    page.goto(reverse("admin:partners_organization_add"))
    page.get_by_role("button", name="Put it in again").click()

    expect(hands.at("sources-0-title")).to_have_value("Arcee AI joins the initiative")
    expect(hands.evidence("name", "source")).to_have_value("new-0")
    expect(hands.evidence("city", "source").locator("option:checked")).to_contain_text("Known release")
    expect(hands.at("agreement-parties-2-organization")).to_have_value("Department of Energy")
    hands.at("sources-0-kind").select_option("news")
    hands.at("sources-0-stance").select_option("reporting")
    hands.at("agreement-agreement_type").select_option("mou")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    partner = Organization.objects.get(name="Arcee AI")
    assert set(partner.citations.values_list("field", "source__title")) == {
        ("name", "Arcee AI joins the initiative"),
        ("city", "Known release"),
    }
    assert Agreement.objects.get().parties.count() == 2
    hands.context.close()


@pytest.mark.appearance
@pytest.mark.parametrize("scheme, width", [("light", 1366), ("dark", 390), ("light", 1920)])
def test_every_state_of_the_form_can_be_used_by_everyone(browser, live_server, others, scheme, width):
    alpha = make_organization("Alpha", names=["First"], established=1993, city="Delft")
    cite(alpha, "established", quote="founded in 1893")
    cite(alpha, "established", says="1994", reason="newer")
    size = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    hands = Hands(browser, live_server, **size)
    page = hands.page
    faults = {}

    page.goto(change_url(alpha))
    faults["of a record"] = faults_of(page, WITH_TARGETS)
    page.evaluate("for (const more of document.querySelectorAll('#content details')) more.open = true")
    faults["unfolded"] = faults_of(page, WITH_TARGETS)
    hands.at("established").fill("1995")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".evidence-question").first).to_be_visible()
    faults["asking what the source says"] = faults_of(page, WITH_TARGETS)

    page.goto(reverse("admin:partners_organization_add"))
    page.locator("#id_source_asked").fill(ADDRESS)
    hands.press("Enter")
    expect(page.locator("[data-text]")).to_contain_text("founded in 2023")
    hands.at("name").fill("alpha")
    hands.press("Tab")
    expect(page.locator("#alike-while-typing")).to_be_visible()
    hands.evidence("name", "quote").fill("Alpha Omega")
    faults["new, with a new source"] = faults_of(page, WITH_TARGETS)
    hands.at("agreement-title_en").fill("The pact")
    hands.at("agreement-parties-0-organization").fill("Nobody")
    page.get_by_role("button", name="Save and publish").click()
    expect(page.locator(".errornote")).to_be_visible()
    faults["refused"] = faults_of(page, WITH_TARGETS)

    assert faults == dict.fromkeys(faults, [])
    hands.context.close()


def test_a_draft_finds_its_rows_where_others_took_some_away(browser, live_server, others):
    """What was typed stands in its own rows, those that were added included, and nothing of what is gone comes back."""
    organization = make_organization("Alpha", city="Delft", names=["First", "Second", "Third"])
    cite(organization, "city", quote="in Delft")
    cite(organization, "established", quote="of 1993")
    hands = Hands(browser, live_server)
    page = hands.page
    page.goto(change_url(organization))
    hands.at("names-2-value").fill("Third, better")
    page.locator("#names-group .add-row a").click()
    hands.at("names-3-value").fill("Fourth")
    page.get_by_label("AI models").check()
    hands.evidence("city", "quote").fill("in Delft, says the page")
    page.close()
    organization.names.get(value="First").delete()
    organization.citations.get(field="established").delete()

    page = hands.page = hands.context.new_page()
    page.goto(change_url(organization))
    page.get_by_role("button", name="Put it in again").click()

    expect(page.locator(".meanwhile-summary")).to_contain_text("“First” was deleted meanwhile")
    assert [hands.at(f"names-{number}-value").input_value() for number in range(3)] == [
        "Second",
        "Third, better",
        "Fourth",
    ]
    expect(page.get_by_label("AI models")).to_be_checked()
    expect(page.get_by_label("Data platforms")).not_to_be_checked()
    expect(hands.evidence("city", "quote")).to_have_value("in Delft, says the page")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    assert [each.value for each in organization.names.order_by("pk")] == ["Second", "Third, better", "Fourth"]
    assert organization.citations.get(field="city").quote == "in Delft, says the page"
    assert not organization.citations.filter(field="established").exists()
    hands.context.close()


def test_a_record_that_is_made_in_another_window_is_chosen(browser, live_server, others):
    """The parent of a partner, in a window of its own, with a source that is new in that window."""
    organization = make_organization("Alpha", city="Delft")
    hands = Hands(browser, live_server)
    page = hands.page
    page.goto(change_url(organization))
    page.get_by_text("More: address, legal name").click()
    with hands.context.expect_page() as opening:
        page.locator("#add_id_parent").click()
    window = opening.value
    window.locator("#id_source_asked").fill(ADDRESS)
    window.locator("#id_source_asked").press("Enter")
    window.locator("[name='sources-0-kind']").select_option("news")
    window.locator("[name='sources-0-stance']").select_option("reporting")
    window.locator("[name=name]").fill("Mother of Alpha")
    window.locator("[name=name]").press("Tab")
    with window.expect_event("close"):
        window.get_by_role("button", name="Save", exact=True).click()

    expect(page.locator("#id_parent")).to_have_value(str(Organization.objects.get(name="Mother of Alpha").pk))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    organization.refresh_from_db()
    assert organization.parent.name == "Mother of Alpha"
    assert organization.parent.citations.get().source.url == ADDRESS
    hands.context.close()
