"""Which network a request comes from: what is counted together, so that changing the address alone gains nothing."""

from __future__ import annotations

import ipaddress

# What a provider gives to one customer: its single addresses cost nothing.
_PREFIX = 64


def network_of(address: str) -> str:
    """An address of IPv4 itself, of IPv6 its network; anything else as it is.

    Args:
        address: of whoever asks, as the server or the outermost of our proxies saw it; maybe with its port, or in
            the brackets that Sanic puts around one of IPv6.
    """
    host = address.partition("%")[0]
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return address[:64]
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(found), _PREFIX), strict=False))
