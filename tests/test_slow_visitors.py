"""Visitors who send or read slowly keep nobody else waiting, and get what they asked for."""

import contextlib
import re
import socket

import pytest

from tests.records import make_partner
from tests.serving import send, server_process
from tests.test_caching import database_url

LIST = "/partners/"
VISITORS = 50
# What the system takes of an answer before somebody reads it: less than a page.
BUFFERED = 2048
BEGUN = {
    "head": f"GET {LIST} HTTP/1.1\r\nHost: testserver\r\nX-Slow: ",
    "body": "POST /admin/login/ HTTP/1.1\r\nHost: testserver\r\nContent-Length: 9999\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\n\r\nlogin=",
}


def connected(port: int, sent: str) -> socket.socket:
    """A visitor who has sent so much, and reads nothing yet."""
    visitor = socket.socket()
    visitor.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFERED)
    visitor.settimeout(20)
    visitor.connect(("127.0.0.1", port))
    visitor.sendall(sent.encode())
    return visitor


def asked(port: int, address: str) -> socket.socket:
    return connected(port, f"GET {address} HTTP/1.1\r\nHost: testserver\r\nConnection: close\r\n\r\n")


def read(visitor: socket.socket) -> bytes:
    answer = b"".join(iter(lambda: visitor.recv(65536), b""))
    return answer.partition(b"\r\n\r\n")[2]


def is_listening(port: int) -> bool:
    with contextlib.suppress(ConnectionError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


@pytest.mark.django_db(transaction=True)
def test_slow_visitors_keep_nobody_waiting_and_are_served_to_the_end():
    for number in range(60):
        make_partner(f"Partner {number}")
    with contextlib.ExitStack() as stack:
        port, process = stack.enter_context(server_process(database_url(), buffered=BUFFERED))
        page = send(port, LIST)[2]
        script = re.search(r'src="(/static/[^"]*htmx[^"]*\.js)"', page.decode())[1]
        whole = {address: send(port, address)[2] for address in (LIST, "/partners.csv", script)}
        assert min(len(page), len(whole[script])) > 10 * BUFFERED

        for begun in BEGUN.values():
            for _number in range(VISITORS):
                stack.enter_context(connected(port, begun))
        readers = [
            (address, stack.enter_context(asked(port, address)))
            for address in whole
            for _number in range(VISITORS)
        ]

        for address, body in whole.items():
            assert send(port, address)[::2] == (200, body)
            status, head, nothing = send(port, address, method="HEAD")
            assert (status, nothing) == (200, b""), address

        process.terminate()
        while is_listening(port):
            pass
        assert [address for address, reader in readers if read(reader) != whole[address]] == []
        assert process.wait(timeout=30) == 0
