"""No address that is let through leads away from the register, whoever reads it."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests import PreparedRequest
from requests.exceptions import RequestException
from urllib3.util import parse_url

from services.mailroom.intakes.registers.addresses import below
from shared.errors import Invalid

BASE = "https://post.example.org/api"


@pytest.mark.parametrize(
    "url",
    [
        f"{BASE}/1",
        f"{BASE}/a/b.pdf?versie=2",
        "https://POST.example.org/api/1",
        "https://post.example.org:443/api/1",
        f"{BASE}/naam%20met%20blanco.pdf",
        f"{BASE}/a..b",
    ],
)
def test_an_address_below_the_base_is_let_through(url: str) -> None:
    assert below(BASE, url) == below(f"{BASE}/", url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        BASE,
        f"{BASE}/",
        f"{BASE}x/1",
        f"{BASE}%2f1",
        "https://post.example.org/1",
        f"{BASE}/../1",
        f"{BASE}/%2e%2e/1",
        f"{BASE}/%252e%252e/1",
        f"{BASE}/..%2f..%2f1",
        f"{BASE}/..%5c1",
        f"{BASE}/./1",
        f"{BASE}/a b",
        f"{BASE}/a\n",
        f"{BASE}/é",
        "https://post.example.org\\@evil.example.org/api/1",
        "https://post.example.org@evil.example.org/api/1",
        "https://a:b@post.example.org/api/1",
        "https://post.example.org.evil.example.org/api/1",
        "https://post.example.org:444/api/1",
        "https://post.example.org:x/api/1",
        "http://post.example.org/api/1",
        "//post.example.org/api/1",
        "/api/1",
        "javascript:1",
        "https://[::1/api/1",
        f"{BASE}/{'a' * 2000}",
    ],
)
def test_any_other_address_is_refused_and_not_told(url: str) -> None:
    with pytest.raises(Invalid) as refusal:
        below(BASE, url)

    assert refusal.value.reason == "outside_register"
    assert "evil" not in str(refusal.value)


PIECES = st.sampled_from(
    ["https:", "//", "/", "\\", "@", "post.example.org", "evil.org", ":443", ":80", "/api", "api/", "..", ".", "%2e", "%2f", "?", "#", "1", "[", "]"]
)  # fmt: skip


@given(
    tail=st.lists(PIECES, max_size=8).map("".join),
    head=st.sampled_from(["", "https://post.example.org", BASE, f"{BASE}/"]),
)
def test_what_is_let_through_is_asked_of_the_register_by_the_library_that_asks(head: str, tail: str) -> None:
    try:
        url = below(BASE, head + tail)
    except Invalid:
        return

    prepared = PreparedRequest()
    try:
        prepared.prepare_url(url, None)
    except RequestException:
        return  # it asks nothing
    asked = parse_url(prepared.url or "")
    assert (asked.scheme, asked.host, asked.port or 443) == ("https", "post.example.org", 443)
    assert asked.auth is None
    assert urlsplit(prepared.url or "").path.startswith("/api/")
