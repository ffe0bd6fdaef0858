"""What people give as an address leads outside, or nowhere."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask, Response, request
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.serving import make_server

from sandbox.certificates import make_certificates
from shared import outside
from shared.errors import HubError, Permanent, Transient
from shared.outside import OutsideHttp, addresses_of, check_outside, is_inside

INSIDE = {
    "loopback": "127.0.0.1",
    "whole loopback": "127.9.9.9",
    "RFC 1918 10": "10.1.2.3",
    "RFC 1918 172": "172.31.255.1",
    "RFC 1918 192": "192.168.1.1",
    "link-local": "169.254.1.1",
    "metadata": "169.254.169.254",
    "platform of Azure": "168.63.129.16",
    "carrier": "100.64.0.1",
    "nobody": "0.0.0.0",
    "multicast": "224.0.0.1",
    "broadcast": "255.255.255.255",
    "loopback 6": "::1",
    "unique local": "fd00::1",
    "metadata 6": "fd00:ec2::254",
    "link-local 6": "fe80::1%eth0",
    "nobody 6": "::",
    "multicast 6": "ff02::1",
}
OUTSIDE = ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "172.32.0.1", "11.0.0.1"]


@pytest.mark.parametrize("address", INSIDE.values(), ids=INSIDE.keys())
def test_an_address_within_the_network_is_inside(address: str) -> None:
    assert is_inside(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_a_public_address_is_outside(address: str) -> None:
    assert not is_inside(address)


@given(st.ip_addresses(v=4))
def test_an_address_is_what_it_is_however_it_is_dressed(address: IPv4Address) -> None:
    number = int(address)
    dresses = (f"::ffff:{address}", f"64:ff9b::{address}", f"2002:{number >> 16:x}:{number & 0xFFFF:x}::1")

    assert {is_inside(dress) for dress in dresses} == {is_inside(str(address))}


def test_a_name_with_one_address_inside_leads_inside() -> None:
    with pytest.raises(Permanent) as refused:
        check_outside("mixed.example.org", lambda _: ["93.184.215.14", "10.0.0.1"])

    assert refused.value.reason == "private_address"
    assert "allow_private = true" in str(refused.value)


@pytest.mark.parametrize("name", ["2130706433", "0x7f.1", "localhost", "127.1"])
def test_an_address_in_disguise_is_resolved_before_it_is_judged(name: str) -> None:
    with pytest.raises(Permanent):
        check_outside(name)


@pytest.mark.parametrize("name", ["nothing.invalid", "a" * 70 + ".example.org", ""])
def test_a_name_without_an_address_is_asked_again(name: str) -> None:
    with pytest.raises(Transient):
        addresses_of(name)


@pytest.fixture
def seen() -> list[str]:
    return []


@pytest.fixture
def port(seen: list[str]) -> Iterator[int]:
    app = Flask(__name__)

    def answer() -> Response:
        seen.append(request.host)
        return Response("{}", headers={"Location": "http://127.0.0.1/elsewhere"}, status=int(request.args["status"]))

    app.add_url_rule("/hook", view_func=answer, methods=["POST"])
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def post(port: int, resolve: outside.Resolve, status: int = 200) -> None:
    address = f"http://hooks.example.org:{port}/hook?status={status}"
    OutsideHttp(resolve=resolve).ask_bytes(address, b"{}", headers={})


def test_who_leads_inside_is_never_spoken_to(port: int, seen: list[str]) -> None:
    with pytest.raises(Permanent) as refused:
        post(port, lambda _: ["127.0.0.1"])

    assert refused.value.reason == "private_address"
    assert seen == []


def test_the_connection_goes_to_the_address_that_was_looked_at(
    port: int, seen: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside, "is_inside", lambda _: False)
    asked: list[str] = []

    def once(name: str) -> Sequence[str]:
        asked.append(name)
        return ["127.0.0.1"]

    post(port, once)  # hooks.example.org itself leads nowhere

    assert asked == ["hooks.example.org"]
    assert seen == [f"hooks.example.org:{port}"]


def test_a_redirect_is_not_followed(port: int, seen: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "is_inside", lambda _: False)

    with pytest.raises(Permanent) as refused:
        post(port, lambda _: ["127.0.0.1"], status=307)

    assert refused.value.reason == "http_307"
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("name", "reason"), [("localhost", "http_404"), ("hooks.example.org", "http_unreachable")], ids=["own", "another"]
)
def test_the_certificate_is_looked_at_under_the_name_and_not_the_address(
    name: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside, "is_inside", lambda _: False)
    made = make_certificates(tmp_path)  # of localhost
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(made.ca))
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_side.load_cert_chain(made.server)
    server = make_server("127.0.0.1", 0, Flask(__name__), ssl_context=server_side)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    with pytest.raises(HubError) as answered:
        OutsideHttp(resolve=lambda _: ["127.0.0.1"]).ask_bytes(f"https://{name}:{server.server_port}/", b"", headers={})
    server.shutdown()
    server.server_close()

    assert answered.value.reason == reason
