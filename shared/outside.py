"""HTTP to addresses that people give and nobody vouches for: it never leads to what stands inside the network.

Covered: a name is resolved once for each request, every address that it has must be a public one, and the connection
goes to the one that was looked at, so a name that changes its mind in between (DNS rebinding) changes nothing.
Not covered: behind an HTTP proxy the proxy resolves the name again; there its own rules are the guard.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy
from urllib3.connectionpool import ConnectionPool

from shared.errors import Permanent, Transient
from shared.http import ANSWER_SECONDS, Http

Resolve = Callable[[str], Sequence[str]]  # the addresses of a name

# https://learn.microsoft.com/en-us/azure/virtual-network/what-is-ip-address-168-63-129-16: public by its number only
_AZURE_PLATFORM = ip_address("168.63.129.16")
_NAT64 = ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address


def addresses_of(name: str) -> Sequence[str]:
    """Return every address that *name* has now. Raises: Transient when it has none."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    except (OSError, UnicodeError) as error:  # UnicodeError: no label of a name is that long, or empty
        raise Transient("http_unreachable", f"{name}: {type(error).__name__}") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_inside(address: str) -> bool:
    """Tell whether *address* is private, of this machine or link, of a cloud's metadata, or no unicast at all."""
    ip = _meant(ip_address(address.partition("%")[0]))
    return not ip.is_global or ip.is_multicast or ip == _AZURE_PLATFORM


def check_outside(name: str, resolve: Resolve = addresses_of) -> Sequence[str]:
    """Return the addresses of *name*.

    Raises: Permanent("private_address") when one of them stands inside; Transient when it has none.
    """
    found = resolve(name)
    if any(is_inside(one) for one in found):
        raise Permanent(
            "private_address",
            f"{name} leads inside the network: expected a public address; if it is meant, say allow_private = true",
        )
    return found


class OutsideHttp(Http):
    """Http that never leads inside, whatever a name resolves to."""

    def __init__(self, answer_seconds: float = ANSWER_SECONDS, *, resolve: Resolve = addresses_of) -> None:
        super().__init__(answer_seconds)
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, _Pinned(resolve))


class _Pinned(HTTPAdapter):
    """Connects to the address that was looked at, and speaks to it under its name."""

    def __init__(self, resolve: Resolve) -> None:
        super().__init__()
        self._resolve = resolve

    # https://requests.readthedocs.io/en/latest/api/#requests.adapters.HTTPAdapter.get_connection_with_tls_context
    def get_connection_with_tls_context(
        self,
        request: requests.PreparedRequest,
        verify: bool | str | None,  # noqa: FBT001 - as requests has it
        proxies: Mapping[str, str] | None = None,
        cert: Any = None,
    ) -> ConnectionPool:
        url = urlsplit(request.url or "")
        name = url.hostname or ""
        if select_proxy(request.url or "", proxies):
            return super().get_connection_with_tls_context(request, verify, proxies, cert)
        where, tls = self.build_connection_pool_key_attributes(request, True if verify is None else verify, cert)
        where["host"] = check_outside(name, self._resolve)[0]
        # https://urllib3.readthedocs.io/en/stable/advanced-usage.html#custom-sni-hostname
        named = {"server_hostname": name, "assert_hostname": name} if url.scheme == "https" else {}
        request.headers["Host"] = url.netloc.rpartition("@")[2]
        pool: ConnectionPool = self.poolmanager.connection_from_host(**where, pool_kwargs={**tls, **named})
        return pool


def _meant(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that an IPv6 one stands for, if it does."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip
