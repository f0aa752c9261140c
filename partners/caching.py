"""Public answers by data version: an unchanged one costs one query, and nobody ever gets a stale one.

Every public view is wrapped in `versioned`, or in `cached_by` where something else than the data decides. Its ETag names
the data version, the release and what was asked (path, understood query, whole page or part), and the view sees no more
of a request than that (`requests.py`). A browser that has the answer gets a 304. Rendered pages are kept in the memory of
each process under the same name; a change of data makes a new version and with it new names, so that there is nothing
to invalidate and every process follows in its very next request.
"""

import functools
import gzip
import hashlib
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

from django.conf import settings
from django.db import Error
from django.http import FileResponse, HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django.views.decorators.csrf import csrf_exempt

from partners.engines.outage import is_busy, is_outage
from partners.kept import at_version
from partners.models import DataVersion
from partners.partial import in_part
from partners.release import release
from partners.replicas import read_anywhere, servers
from partners.requests import FRAGMENT_HEADERS, as_asked
from partners.responses import changing, moved, unavailable
from partners.selection.index import Unsettled
from partners.selection.parameters import Renamed, with_present_names
from partners.written import saves_noted

MEGABYTE = 2**20
# White space that stands between the lines of a page, and elements in which it means something.
INDENTATION = re.compile(rb"\n\s+")
AS_WRITTEN = re.compile(rb"(<(?:pre|textarea)\b.*?</(?:pre|textarea)>)", re.DOTALL)
# Pages of one process; a page takes about 10 kB compressed.
MOST_KEPT = 32 * MEGABYTE
# Headers that scripts of other sites may read.
EXPOSED = "ETag, Link, Content-Disposition, Content-Range, Repr-Digest, Retry-After"
# Headers that they may send beside those that any script may (Fetch Standard, CORS-safelisted request-header).
SENT_BY_SCRIPTS = "If-None-Match, If-Range, Range"
# Seconds for which a browser need not ask again whether it may.
MAY_SEND_FOR = 24 * 60 * 60
# An address longer than this is nobody's link.
LONGEST_KEPT_ADDRESS = 1000
# Seconds for which what was seen to be the present version may be taken for it while the database does not answer.
STANDS_IN = 30


class PageCache:
    """Compressed pages by name, the least recently used of which give way. Safe to use from several threads."""

    def __init__(self, most: int):
        self.most, self.size = most, 0
        self.pages: OrderedDict[Hashable, tuple[bytes | str, dict[str, str]]] = OrderedDict()
        self.lock = threading.Lock()

    def get(self, name: Hashable):
        with self.lock:
            if name in self.pages:
                self.pages.move_to_end(name)
            return self.pages.get(name)

    def put(self, name: Hashable, body: bytes | str, headers: dict[str, str]) -> None:
        with self.lock:
            if name in self.pages or len(body) > self.most:
                return
            self.pages[name] = (body, headers)
            self.size += len(body)
            while self.size > self.most:
                _name, (old, _headers) = self.pages.popitem(last=False)
                self.size -= len(old)

    def clear(self) -> None:
        with self.lock:
            self.pages.clear()
            self.size = 0


page_cache = PageCache(MOST_KEPT)


class LastSeen:
    """The data version that this process saw last, and when.

    While the database cannot be reached, nothing in it changes: the version seen a moment before is taken as the
    current one, so that cached pages are still served, unless somebody has saved something here since. The moment is
    short, because another server or a command may have changed something just before the outage. A database that is only
    locked is not an outage.
    """

    def __init__(self):
        # The version, when that was, and what had been saved until then: at once, for threads.
        self.seen = 0, float("-inf"), 0

    def current(self) -> int:
        saves = saves_noted()
        try:
            version = DataVersion.current()
        except Error as error:
            version, at, saves_then = self.seen
            is_fresh = time.monotonic() - at < STANDS_IN and saves == saves_then
            if is_fresh and is_outage(error) and not is_busy(error):
                return version
            raise
        self.seen = version, time.monotonic(), saves
        servers.note(version)
        return version


last_seen = LastSeen()


def versioned(view, also=lambda: ""):
    """Wrap a public view, whose answer depends on nothing but its address and the data.

    `also` gives a text that changes with whatever else the answer depends on.
    """
    return cached_by(view, lambda request, *args, **kwargs: etag_of_request(request, also()))


def cached_by(view, etag_of: Callable):
    """Wrap a public view, whose answer is another one whenever `etag_of`, given the same as the view, says another ETag.

    It changes nothing, so no token is asked for before another method is refused. Where `etag_of` says None, the answer
    has no ETag; nor does one that the view marks as `transient`, which may be another one in the next moment.
    """

    @csrf_exempt
    @functools.wraps(view)
    def answer(request, *args, **kwargs):
        asked = as_asked(request)
        if request.method not in ("GET", "HEAD"):
            return open_to_all(what_scripts_may_send(request) or view(asked, *args, **kwargs))
        try:
            response = read_anywhere(request, lambda: known(request, asked, *args, **kwargs))
        except Error as error:
            if not is_outage(error):
                raise
            response = as_wanted(request, unavailable(asked, error))
        return open_to_all(response)

    def known(request, asked, *args, **kwargs):
        try:
            etag = etag_of(asked, *args, **kwargs)
            if etag and is_known(request, etag):
                return label_with_etag(HttpResponseNotModified(), etag)
            if etag and (kept := page_cache.get(etag)):
                return without_body(request, label_with_etag(unpack_page(request, *kept), etag))
            with at_version(getattr(asked, "data_version", None)):
                response = view(asked, *args, **kwargs)
        except Unsettled:
            response = changing(asked)
        except Renamed as found:
            response = moved(f"{asked.path}?{with_present_names(asked.GET, found.names).urlencode()}")
        if response.status_code == 200 and etag and not getattr(response, "transient", False):
            # A view that knows its bytes names them itself: the data may have changed since it was asked.
            response = label_with_etag(keep_page(request, response, etag), response.get("ETag", etag))
        return as_wanted(request, response)

    return answer


def as_wanted(request, response: HttpResponse) -> HttpResponse:
    """As much of an answer as was asked for: a part of a file, or no body; what is compressed goes as it is."""
    if isinstance(response, FileResponse):
        response = in_part(request, response)
    if getattr(response, "is_compressed", False):
        # Sent with its length: what compresses later finds nobody who would read that.
        request.META.pop("HTTP_ACCEPT_ENCODING", None)
    return without_body(request, response)


def open_to_all(response: HttpResponse) -> HttpResponse:
    """Let scripts of any site read a public answer: nothing in it depends on who asks (Fetch Standard, CORS)."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = EXPOSED
    return response


def what_scripts_may_send(request) -> HttpResponse | None:
    """The answer to a browser that asks before it lets a script of another site send a header (Fetch Standard, CORS
    preflight); None where it does not ask."""
    if request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers:
        return None
    allowed = {
        "Access-Control-Allow-Methods": "GET, HEAD",
        "Access-Control-Allow-Headers": SENT_BY_SCRIPTS,
        "Access-Control-Max-Age": str(MAY_SEND_FOR),
    }
    return HttpResponse(status=204, headers=allowed)


def is_known(request, etag: str) -> bool:
    """Whether whoever asks has this answer already, compressed on its way or not (RFC 9110, 13.1.2)."""
    known = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in known or etag.removeprefix("W/") in {each.removeprefix("W/") for each in known}


def without_body(request, response: HttpResponse) -> HttpResponse:
    """A HEAD request gets the headers only; for a streamed file the database is not even asked for rows."""
    if request.method == "HEAD":
        if response.streaming:
            response.streaming_content = ()
        else:
            length = response.get("Content-Length", str(len(response.content)))
            response.content = b""
            response["Content-Length"] = length
    return response


def etag_of_request(asked, also: str = "") -> str:
    """The ETag of what was asked at the present version of the data. Costs one query.

    The request is told the version, and since when the data are what they are, so that a page can say so.
    """
    version = last_seen.current()
    asked.data_version, asked.data_since = version, DataVersion.moment(version)
    parts = [asked.get_full_path(), "part" if asked.htmx else "", also]
    address = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]
    return f'W/"{version}-{release()}-{address}"'


def label_with_etag(response: HttpResponse, etag: str) -> HttpResponse:
    """Tell caches to ask each time, and by what name."""
    response["ETag"] = etag
    response["Cache-Control"] = "public, no-cache"
    patch_vary_headers(response, [*FRAGMENT_HEADERS, "Accept-Encoding"])
    return response


def keep_page(request, response: HttpResponse, etag: str) -> HttpResponse:
    """Put a rendered page into the page cache, and give it as it comes from there.

    Files that are streamed, and pages while debugging, pass unchanged and are made anew each time.
    """
    if response.streaming or settings.DEBUG or len(request.get_full_path()) > LONGEST_KEPT_ADDRESS:
        return response
    if hasattr(response, "render"):
        response.render()
    content = response.content
    if response["Content-Type"].startswith("text/html"):
        content = without_indentation(content)
    # No time of compression in it: the same page is the same bytes.
    # Level 9 takes two to three times as long, for a hundredth less.
    body, headers = gzip.compress(content, compresslevel=6, mtime=0), dict(response.items())
    page_cache.put(etag, body, headers)
    return unpack_page(request, body, headers)


def without_indentation(page: bytes) -> bytes:
    """A page without what lays out its template for those who write it: a twentieth less to send."""
    pieces = AS_WRITTEN.split(page)
    # Every second piece is an element as it was written.
    pieces[::2] = [INDENTATION.sub(b"\n", piece) for piece in pieces[::2]]
    return b"".join(pieces)


def unpack_page(request, body: bytes, headers: dict[str, str]) -> HttpResponse:
    """A kept page as a response, compressed where the visitor can read that."""
    # The middleware has left the codings that can be read, and nothing else.
    accepts = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(body if accepts else gzip.decompress(body))
    for header, value in headers.items():
        response[header] = value
    if accepts:
        response["Content-Encoding"] = "gzip"
        response["Content-Length"] = str(len(body))
    return response
