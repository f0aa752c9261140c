"""Which machines may be asked: those that anybody on the internet can reach, and never one beside this server.

An address of a source is typed by people, and pages elsewhere lead on to any address they like. Both are a way to make
this server ask machines that only it can reach (server-side request forgery; OWASP's cheat sheet of that name). So a
name is looked up once, every address that it leads to is judged, and the connection goes to the very one that passed.
"""

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# The number of a machine and the port, as sockets take them.
SocketAddress = tuple[str, int]
# Gives the addresses to which a name and port lead. Raises Forbidden or OSError.
Resolver = Callable[[str, int], list[SocketAddress]]

# Where web sites are served.
PORTS = {80, 443, 8080, 8443}
# An IPv4 address at the end of one of IPv6, which a gateway on the way unpacks (RFC 6052; RFC 4291, 2.5.5.1).
TRANSLATED = (ip_network("64:ff9b::/96"), ip_network("::/96"))
# All that is given out of IPv6 to the internet (RFC 4291, 2.4); the rest is for networks of one's own, or for nobody.
GIVEN_OUT = (ip_network("2000::/3"), TRANSLATED[0])
# Within what is given out, what Python may not know to be special: IANA's registries, and what clouds keep to themselves.
KEPT_BACK = (
    ip_network("192.0.0.0/24"),
    ip_network("192.88.99.0/24"),
    ip_network("168.63.129.16/32"),
    ip_network("3fff::/20"),
)


class Forbidden(Exception):
    """This is not asked, whatever stands there; the message says why."""


def public_addresses(host: str, port: int) -> list[SocketAddress]:
    """The addresses to which a name leads. Raises Forbidden where one of them is not public, OSError where there is none."""
    if port not in PORTS:
        raise Forbidden(f"port {port} is not one of the web: {', '.join(map(str, sorted(PORTS)))}")
    found = [where[:2] for *_kind, where in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for number, _port in found:
        if not is_public(number):
            raise Forbidden(f"{host} leads to {number}, which is not on the public internet")
    return list(dict.fromkeys(found))


def is_public(number: str) -> bool:
    """Whether anybody on the internet can reach a machine by this number (IANA's registries of special addresses)."""
    address = ip_address(number.partition("%")[0])
    within = [address, *carried_in(address)]
    return all(is_ordinary(each) for each in within)


def is_ordinary(address: IPv4Address | IPv6Address) -> bool:
    if address.version == 6 and not any(address in network for network in GIVEN_OUT):
        return False
    is_kept = any(address in network for network in KEPT_BACK)
    return address.is_global and not address.is_multicast and not is_kept


def carried_in(address: IPv4Address | IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses that one of IPv6 leads to by a gateway."""
    if isinstance(address, IPv4Address):
        return []
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if any(address in network for network in TRANSLATED):
        found.append(IPv4Address(address.packed[-4:]))
    return [each for each in found if each is not None]
