"""The one fetcher: what stands at an address elsewhere, within limits of time, size and redirects."""

import http.client
import socket
import ssl
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from threading import Timer
from time import monotonic
from urllib.parse import SplitResult, urljoin, urlsplit

from django.conf import settings
from django.utils.encoding import iri_to_uri

from partners.links.addresses import Forbidden, Resolver, SocketAddress, public_addresses

SCHEMES = {"http": 80, "https": 443}
MOVED_FOR_GOOD = {301, 308}
MOVED = MOVED_FOR_GOOD | {302, 303, 307}
# Of an address; what a check keeps of one holds as many.
LONGEST_URL = 2000
READ_AT_ONCE = 64 * 1024
TRUSTED = ssl.create_default_context()


@dataclass(frozen=True)
class Limits:
    """How much one address may cost."""

    seconds: float = 20  # for all of it, redirects included
    size: int = 5_000_000  # bytes of the body after unpacking; what follows is not read
    redirects: int = 8


@dataclass(frozen=True)
class Fetched:
    """What an address answered."""

    url: str  # where it was found in the end
    status: int
    headers: http.client.HTTPMessage
    body: bytes
    is_whole: bool  # False where the body is longer than the limit
    moved_for_good: bool  # every redirect on the way said so


class NoAnswer(Exception):
    """Nothing could be read there this time; the message says why."""


def fetch(url: str, resolve: Resolver = public_addresses, limits: Limits = Limits()) -> Fetched:  # noqa: B008 (frozen)
    """What stands at an address, redirects followed, each of them judged anew.

    Raises Forbidden where it must not be asked, NoAnswer where it does not answer as a web site does.
    """
    with Deadline(limits.seconds) as deadline:
        for_good = True
        for _each in range(limits.redirects + 1):
            fetched = ask(parsed(url), resolve, deadline, limits.size, for_good)
            if fetched.status not in MOVED or not (onward := fetched.headers.get("Location")):
                return fetched
            for_good = for_good and fetched.status in MOVED_FOR_GOOD
            url = led_on(url, onward)
    raise NoAnswer(f"it leads on more than {limits.redirects} times")


def led_on(url: str, onward: str) -> str:
    """Where a redirect leads to, with what no address may hold written in percent. Raises NoAnswer where that is none."""
    try:
        found = iri_to_uri(urljoin(url, onward))
    except ValueError as error:
        raise NoAnswer(f"it leads on to what is no address: {error}") from error
    if len(found) > LONGEST_URL:
        raise NoAnswer(f"it leads on to an address of more than {LONGEST_URL} characters")
    return found


def parsed(url: str) -> SplitResult:
    """The parts of an address. Raises Forbidden where it is none of the web."""
    try:
        parts = urlsplit(url.strip())
        host, _port = ascii_name(parts.hostname or ""), parts.port
    except ValueError as error:
        raise Forbidden(f"this is not an address of the web: {error}") from error
    if parts.scheme not in SCHEMES or not host:
        raise Forbidden("only addresses that begin with http:// or https:// are asked")
    if parts.username is not None or parts.password is not None:
        raise Forbidden("it holds a name or a password, which would be sent to that site")
    return parts


def ascii_name(host: str) -> str:
    """The name of a machine as the network has it. Raises UnicodeError, a ValueError, where it can be none."""
    return host if host.isascii() else host.encode("idna").decode()


def ask(parts: SplitResult, resolve: Resolver, deadline: "Deadline", size: int, for_good: bool) -> Fetched:
    try:
        with closing(connected(parts, resolve, deadline)) as connection:
            connection.request("GET", target_of(parts), headers=request_headers())
            response = connection.getresponse()
            body, is_whole = body_of(response, size)
    except (OSError, http.client.HTTPException, zlib.error, UnicodeError) as error:
        raise NoAnswer(deadline.passed or why_no_answer(error)) from error
    if deadline.passed:
        raise NoAnswer(deadline.passed)
    return Fetched(parts.geturl(), response.status, response.headers, body, is_whole, for_good)


def request_headers() -> dict[str, str]:
    """Who asks, so that the other site's people can find us, and what is understood."""
    return {
        "User-Agent": f"partner-directory (+{settings.SITE_URL})",
        "Accept": "text/html,text/plain;q=0.9,*/*;q=0.5",
        "Accept-Encoding": "gzip",
        "Connection": "close",
    }


def target_of(parts: SplitResult) -> str:
    return iri_to_uri((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def connected(parts: SplitResult, resolve: Resolver, deadline: "Deadline") -> http.client.HTTPConnection:
    """A connection to the first of the judged addresses that answers."""
    host = ascii_name(parts.hostname)
    port = parts.port or SCHEMES[parts.scheme]
    connection = http.client.HTTPConnection(host, port)
    # The header `Host` names no port that goes without saying.
    connection.default_port = SCHEMES[parts.scheme]
    connection.sock = socket_to(resolve(host, port), deadline)
    if parts.scheme == "https":
        connection.sock = secured(connection.sock, host, deadline)
    return connection


def secured(plain: socket.socket, host: str, deadline: "Deadline") -> socket.socket:
    connection = TRUSTED.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
    deadline.watch(connection).do_handshake()
    return connection


def socket_to(addresses: list[SocketAddress], deadline: "Deadline") -> socket.socket:
    failure: OSError = OSError("the name leads to no address")
    for address in addresses:
        try:
            return deadline.watch(socket.create_connection(address, timeout=deadline.left()))
        except OSError as error:
            failure = error
    raise failure


def body_of(response: http.client.HTTPResponse, size: int) -> tuple[bytes, bool]:
    """The body, unpacked, and whether it is all of it."""
    body = bytearray()
    for piece in unpacked(response, size):
        body += piece
        if len(body) > size:
            return bytes(body[:size]), False
    return bytes(body), True


def unpacked(response: http.client.HTTPResponse, size: int) -> Iterator[bytes]:
    """Pieces of the body. A small one can unpack to a huge one, so no piece becomes larger than the limit."""
    packed = response.headers.get("Content-Encoding", "").lower() in {"gzip", "x-gzip", "deflate"}
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 32)
    while piece := response.read(READ_AT_ONCE):
        yield unpack.decompress(piece, size + 1) if packed else piece
        if unpack.eof:
            # What follows the end is not read: it would be kept, and there may be no end of it.
            return


def why_no_answer(error: Exception) -> str:
    """Why nothing came, in words for a person."""
    match error:
        case socket.gaierror():
            return "no machine has this name"
        case TimeoutError():
            return "it did not answer in time"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted: {error.verify_message}"
        case ConnectionRefusedError():
            return "it refuses connections"
        case _:
            return f"it does not answer as a web site does ({type(error).__name__})"


class Deadline:
    """Ends whatever is connected when the time is up: a site that sends a byte now and then is never waited for longer."""

    def __init__(self, seconds: float):
        self.seconds = seconds
        self.passed = ""
        self.watched: socket.socket | None = None
        self.ends_at = monotonic() + seconds
        self.timer = Timer(seconds, self.end)
        self.timer.daemon = True

    def __enter__(self):
        self.timer.start()
        return self

    def __exit__(self, *exception):
        self.timer.cancel()

    def left(self) -> float:
        """Seconds. Raises TimeoutError when there are none."""
        left = self.ends_at - monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def watch(self, connected_socket: socket.socket) -> socket.socket:
        self.watched = connected_socket
        if self.passed:
            # The time was up while it was being connected.
            self.end()
        return connected_socket

    def end(self) -> None:
        self.passed = f"it did not answer whole within {self.seconds:g} seconds"
        if self.watched is not None:
            with suppress(OSError):
                self.watched.shutdown(socket.SHUT_RDWR)
