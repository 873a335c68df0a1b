"""Whom an address stands for: one IPv4 address, or the /64 that an IPv6 subscriber has whole."""

import ipaddress
from collections.abc import Sequence

_UNKNOWN = "unknown"


def subscriber(client: Sequence[object] | None) -> str:
    """Who is at the other end, as the server sees it; all that have no address count as one."""
    try:
        address = ipaddress.ip_address(str(client[0]) if client else "")
    except ValueError:
        return _UNKNOWN
    if address.version == 4:
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False))
