"""Which addresses may be asked: those below the one that hub.toml names, however they are written.

A register tells where its files are; whoever can write in it must not send the hub, with its token, anywhere else.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, unquote, urlsplit

from marshmallow import ValidationError, validate

from shared.errors import Invalid

_MACHINE = ("localhost", "127.0.0.1", "::1")


def _keeps_the_token(url: str) -> None:
    if url.lower().startswith("http:") and urlsplit(url).hostname not in _MACHINE:
        raise ValidationError("Expected https, unless it is on this machine: the token goes along.")


BASE_URL = (validate.URL(schemes={"https", "http"}, require_tld=False), _keeps_the_token)

# Two programs read other signs (a backslash, a blank, a line feed) in two ways; a URL has none of them (RFC 3986).
_WRITTEN = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]{1,2000}")
_PORTS = {"http": 80, "https": 443}


def below(base_url: str, url: str) -> str:
    """Return *url* when it stands below *base_url*: same scheme, host and port, and the path goes on from there.

    Raises: Invalid("outside_register"), without telling the address.
    """
    try:
        is_below = _WRITTEN.fullmatch(url) is not None and _is_below(urlsplit(base_url), urlsplit(url))
    except ValueError:  # no port, no IPv6
        is_below = False
    if not is_below:
        raise Invalid("outside_register", "an address of the register is not below `base_url` of its intake")
    return url


def _is_below(base: SplitResult, asked: SplitResult) -> bool:
    if "@" in asked.netloc or _place(asked) != _place(base):
        return False
    root = base.path.rstrip("/") + "/"
    inner = asked.path.removeprefix(root)
    return inner not in ("", asked.path) and not {".", ".."} & set(re.split(r"[/\\]", _decoded(inner)))


def _place(url: SplitResult) -> tuple[str, str | None, int | None]:
    return url.scheme, url.hostname, url.port or _PORTS.get(url.scheme)


def _decoded(path: str) -> str:
    """Return *path* without percent signs: a proxy on the way may decode it once more than the register."""
    while (plain := unquote(path)) != path:
        path = plain
    return path
