"""What one address may cost: seconds of computing, of which it has some at once and gets some back each second.

A page that is kept costs next to nothing, so a whole university behind one address reads on; who has ever new pages and
files made costs what they cost, and is asked to wait once that is more than his share. Each process counts for itself.
Curation is left out: it is for people who signed in, and signing in has limits of its own.
"""

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.http import FileResponse
from django.utils.translation import ngettext

from partners.requests import is_of_desk, net_of
from partners.responses import retry_later

# Seconds of computing that an address gets back each second.
BACK_EACH_SECOND = 0.25
# What is taken before it is known how much it will be.
BEFOREHAND = 0.05
# Of so many addresses it is known what they have left; the others have everything.
MOST_ADDRESSES = 20_000


class Shares:
    """What each address has left. Safe to use from several threads."""

    def __init__(self):
        self.lock = threading.Lock()
        # By address, the one that asked last at the end: what it had left, and when that was so.
        self.left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str, seconds: float) -> float:
        """Take so much from an address, however little it has left; gives what it had before."""
        now, most = time.monotonic(), settings.VISITOR_SECONDS
        with self.lock:
            left, at = self.left.pop(address, (most, now))
            before = min(most, left + (now - at) * BACK_EACH_SECOND)
            # Whoever goes on asking waits no longer for it than from nothing to all.
            self.left[address] = max(-most, before - seconds), now
            if len(self.left) > MOST_ADDRESSES:
                self.left.popitem(last=False)
        return before


shares = Shares()


class ShareOfAddress:
    """Asks whoever has used up his share to wait."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        address = limited(request)
        if not address:
            return self.get_response(request)
        left = shares.take(address, BEFOREHAND)
        if left <= 0:
            shares.take(address, -BEFOREHAND)
            return wait(request, math.ceil((1 - left) / BACK_EACH_SECOND))
        start = time.perf_counter()
        response = self.get_response(request)
        shares.take(address, time.perf_counter() - start - BEFOREHAND)
        if response.streaming and not isinstance(response, FileResponse):
            response.streaming_content = counted_pieces(response.streaming_content, address)
        return response


def limited(request) -> str:
    """Whose share a request is taken from; empty where nobody's is."""
    if not settings.VISITOR_SECONDS or is_of_desk(request):
        return ""
    address = net_of(request)
    # Programs of this machine; and everybody, where a proxy in front is not counted (PROXIES).
    return "" if not address or ipaddress.ip_network(address).is_loopback else address


def counted_pieces(pieces: Iterable[bytes], address: str) -> Iterator[bytes]:
    """The pieces of a file that is made while it is sent, each of which costs what making it took."""
    pieces, start = iter(pieces), time.perf_counter()
    for piece in pieces:
        shares.take(address, time.perf_counter() - start)
        yield piece
        start = time.perf_counter()


def wait(request, seconds: int):
    message = ngettext(
        "From this address more was asked for than one address may cost. Ask again in %d second.",
        "From this address more was asked for than one address may cost. Ask again in %d seconds.",
        seconds,
    )
    return retry_later(request, message % seconds, 429, seconds)
