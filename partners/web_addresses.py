"""Addresses in the web as people copy them: the site and the page that each leads to."""

from urllib.parse import unquote, urlsplit

from partners.tracking import without_tracking


def host_of(url: str) -> str:
    """The name of the site of an address, without `www`; empty where there is none."""
    host = (split_address(url).hostname or "").rstrip(".")
    return host.removeprefix("www.")


def plain_address(url: str) -> str:
    """An address without the parts that distinguish no pages: scheme, `www`, port, final slash, place, tracking."""
    parts = split_address(url)
    query = "&".join(sorted(filter(None, without_tracking(parts.query).split("&"))))
    return f"{host_of(url)}{unquote(parts.path).rstrip('/')}{'?' if query else ''}{query}"


def split_address(url: str):
    try:
        return urlsplit(url.strip())
    except ValueError:
        return urlsplit("")
