"""What a page tells machines: search engines, and sites that show a link with its picture."""

from html import unescape

from django import template
from django.conf import settings
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import mark_safe
from django.utils.translation import gettext

from partners.formats.atom import ATOM
from partners.head.page import Page
from partners.head.pages import describe
from partners.head.pictures import SIZE
from partners.head.structured_data import script_text
from partners.nouns import history_path, json_path
from partners.templatetags.directory import site_name
from partners.texts import without_isolates

register = template.Library()


@register.simple_tag(takes_context=True)
def sharing(context) -> str:
    """The canonical address and the tags of Open Graph, from the blocks of the page."""
    site = site_name(context)
    title = without_isolates(block_text(context, "title").removesuffix(site).rstrip(" –")) or site
    page = Page(context, site, title, block_text(context, "description"))
    context.render_context[sharing] = page
    # Each part is escaped where it is made, by hand: composing tags through formats takes several times as long.
    return mark_safe("\n".join([addresses(page), open_graph(page)]))  # noqa: S308


@register.simple_tag(takes_context=True)
def structured_data(context) -> str:
    """The description in JSON-LD of a page of which the head has `sharing`; nothing on others, such as one that says what
    was not understood. Nobody waits for it, so it comes after everything that is shown."""
    page = context.render_context.get(sharing)
    if page is None:
        return ""
    described = script_text(describe(page))
    return mark_safe(f'<script type="application/ld+json">{described}</script>')  # noqa: S308 (escaped by script_text)


def block_text(context, name: str) -> str:
    """What a block of this page says, as plain text on one line. The block stands elsewhere in the template too."""
    block = context.render_context[BLOCK_CONTEXT_KEY].get_block(name)
    return without_isolates(unescape(" ".join(block.render(context).split()))) if block else ""


def addresses(page: Page) -> str:
    robots = "" if page.may_be_listed else '<meta name="robots" content="noindex">'
    json = ""
    if page.noun and page.noun.has("record"):
        json = f'<link rel="alternate" type="application/json" href="{escape(json_path(page.request.path))}">'
    feed = ""
    if page.noun and page.noun.has_history:
        address = escape(history_path(page.request.path, ".atom"))
        feed = f'<link rel="alternate" type="{ATOM}" title="{escape(gettext("Changes"))}" href="{address}">'
    languages = alternates(page) if page.may_be_listed else ""
    return f'<link rel="canonical" href="{escape(page.address)}">{languages}{json}{feed}{robots}'


def alternates(page: Page) -> str:
    """The page in each language of the site, and in the one for everybody else."""
    codes = [code for code, _name in settings.LANGUAGES]
    named = [*((code, code) for code in codes), ("x-default", settings.LANGUAGE_CODE)]
    return "".join(
        f'<link rel="alternate" hreflang="{name}" href="{escape(page.address_in(code))}">'
        for name, code in named
    )


def open_graph(page: Page) -> str:
    """What a link to the page looks like where it is shared."""
    width, height = SIZE
    properties = [
        ("title", page.name),
        ("description", page.description),
        ("url", page.address),
        ("type", "article" if page.is_record else "website"),
        ("site_name", page.site.name),
        ("image", page.site.at(picture_address(page))),
        ("image:width", width),
        ("image:height", height),
        ("image:alt", page.name),
    ]
    tags = (
        f'<meta property="og:{name}" content="{escape(content)}">' for name, content in properties if content
    )
    return "".join(tags) + '<meta name="twitter:card" content="summary_large_image">'


def picture_address(page: Page) -> str:
    """The picture of the record of the page, or that of the site."""
    return f"{page.request.path}picture.png" if page.noun and page.noun.has_picture else reverse("picture")
