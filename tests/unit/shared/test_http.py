"""Other systems may be slow, rude or gone: each of that is one of our failures, and no secret is told."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import HubError, Permanent, Transient, Unavailable
from shared.http import CHUNK, LONGEST_WAIT, USER_AGENT, Http, host, retry_after
from tests.unit.shared.server import CutShort, HangUp, Reply, Silence, Stub


@pytest.fixture
def http() -> Http:
    return Http(answer_seconds=5.0)


def test_json_is_asked_for_and_given(server: Stub, http: Http) -> None:
    server.answers(Reply(body={"a": 1}))

    answer = http.get_json(f"{server.url}/x", params={"q": "1"}, headers={"X-A": "b"}, auth=("hub", "pw"))

    (asked,) = server.asked
    assert answer == {"a": 1}
    assert (asked.method, asked.path) == ("GET", "/x?q=1")
    assert asked.headers["x-a"] == "b"
    assert asked.headers["user-agent"] == USER_AGENT
    assert asked.headers["authorization"].startswith("Basic ")


def test_json_is_posted(server: Stub, http: Http) -> None:
    server.answers(Reply(202))

    assert http.post_json(f"{server.url}/x", {"a": 1}) == 202

    assert server.asked[0].json == {"a": 1}


def test_a_form_is_posted(server: Stub, http: Http) -> None:
    server.answers(Reply(body={"access_token": "t"}))

    assert http.post_form(server.url, {"grant_type": "client_credentials"}) == {"access_token": "t"}

    assert server.asked[0].body == b"grant_type=client_credentials"


def test_a_status_may_be_part_of_the_answer(server: Stub, http: Http) -> None:
    server.answers(Reply(503, {"ready": False}))

    assert http.get_status_json(server.url) == (503, {"ready": False})


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Permanent),
        (401, Permanent),
        (404, Permanent),
        (408, Transient),
        (429, Unavailable),
        (500, Transient),
        (502, Transient),
        (503, Unavailable),
    ],
)
def test_a_status_decides_what_follows(server: Stub, http: Http, status: int, kind: type[HubError]) -> None:
    server.answers(Reply(status))

    with pytest.raises(HubError) as failure:
        http.get_json(server.url)

    assert type(failure.value) is kind
    assert failure.value.reason == f"http_{status}"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_the_wish_to_wait_is_passed_on(server: Stub, http: Http, status: int) -> None:
    server.answers(Reply(status, headers={"Retry-After": "17"}))

    with pytest.raises(Transient) as failure:
        http.post_json(server.url, {})

    assert failure.value.retry_after == timedelta(seconds=17)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(server: Stub, http: Http, status: int) -> None:
    server.answers(Reply(status, headers={"Location": f"{server.url}/elsewhere"}))

    with pytest.raises(Permanent) as failure:
        http.post_json(server.url, {})

    assert failure.value.reason == f"http_{status}"
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [302, 304], ids=["redirect without a place", "not modified"])
def test_only_a_2xx_is_a_success(server: Stub, http: Http, status: int) -> None:
    server.answers(Reply(status))

    with pytest.raises(Permanent):
        http.post_json(server.url, {})


def test_a_slow_answer_is_not_waited_for(server: Stub) -> None:
    server.answers(Silence())

    with pytest.raises(Transient) as failure:
        Http(answer_seconds=0.2).get_json(server.url)

    assert failure.value.reason == "http_unreachable"


def test_a_connection_that_breaks_is_transient(server: Stub, http: Http) -> None:
    server.answers(HangUp())

    with pytest.raises(Transient) as failure:
        http.get_json(server.url)

    assert failure.value.reason == "http_unreachable"


def test_an_answer_that_is_no_json_is_transient(server: Stub, http: Http) -> None:
    server.answers(Reply(body=b"<html>"))

    with pytest.raises(Transient) as failure:
        http.get_json(server.url)

    assert failure.value.reason == "http_no_json"


@pytest.mark.parametrize("reply", [Reply(404), Reply(body=b"x"), HangUp()], ids=["refused", "no JSON", "broken"])
def test_a_failure_tells_the_host_only(server: Stub, http: Http, reply: Reply) -> None:
    server.answers(reply)
    secret = server.url.replace("http://", "http://user:pass@") + "/secret-path?sig=secret"

    with pytest.raises(HubError) as failure:
        http.get_json(secret)

    assert server.url in str(failure.value)
    assert not any(word in str(failure.value) for word in ("secret", "user", "pass"))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("", None),
        ("0", timedelta(0)),
        (" 120 ", timedelta(minutes=2)),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("²", None),
        (format_datetime(datetime(2020, 1, 1, tzinfo=UTC), usegmt=True), timedelta(0)),
        ("Wed, 18 Nov 2026 09:00:00 -0000", None),
    ],
    ids=["absent", "empty", "zero", "seconds", "negative", "fraction", "word", "odd digit", "past date", "no zone"],
)
def test_retry_after_is_read(value: str | None, expected: timedelta | None) -> None:
    assert retry_after({} if value is None else {"Retry-After": value}) == expected


def test_retry_after_may_be_a_date() -> None:
    moment = datetime.now(UTC) + timedelta(hours=1)

    wait = retry_after({"Retry-After": format_datetime(moment, usegmt=True)})

    assert wait is not None
    assert timedelta(minutes=59) < wait <= timedelta(hours=1)


@given(st.text(max_size=40) | st.integers().map(str))
def test_no_retry_after_is_a_fault_of_ours(value: str) -> None:
    wait = retry_after({"Retry-After": value})

    assert wait is None or wait >= timedelta(0)


@pytest.mark.parametrize(
    "value",
    ["9" * 15, "9" * 30, "9" * 5000, "Fri, 31 Dec 9999 23:59:59 GMT"],
    ids=["long", "too long", "absurd", "the last day"],
)
def test_an_absurd_retry_after_is_the_longest_wait(value: str) -> None:
    assert retry_after({"Retry-After": value}) == LONGEST_WAIT


def test_only_the_host_of_an_address_is_told() -> None:
    assert host("https://user:pw@example.org:8443/path?sig=x") == "https://example.org:8443"


@pytest.mark.parametrize(
    ("reply", "status", "body"),
    [(Reply(202, {"a": 1}), 202, {"a": 1}), (Reply(401, {}), 401, {}), (Reply(502, b"<html>"), 502, None)],
    ids=["taken", "refused", "no JSON"],
)
def test_bytes_are_posted_as_they_are_and_the_answer_is_given_whatever_it_is(
    server: Stub, http: Http, reply: Reply, status: int, body: object
) -> None:
    server.answers(reply)

    answer = http.post_bytes(f"{server.url}/x", b'{"a":  1}\n', {"content-type": "application/json", "x-sign": "é"})

    (asked,) = server.asked
    assert (asked.body, asked.headers["content-type"]) == (b'{"a":  1}\n', "application/json")
    assert (answer.status, answer.body) == (status, body)


CONTENT = bytes(range(256)) * (CHUNK // 128)  # more than is in memory at once


def test_a_file_is_downloaded_as_it_is(server: Stub, http: Http, tmp_path: Path) -> None:
    server.answers(Reply(body=CONTENT))

    http.download(f"{server.url}/x", tmp_path / "0", headers={"Authorization": "Bearer t"}, most=len(CONTENT))

    assert (tmp_path / "0").read_bytes() == CONTENT
    assert server.asked[0].headers["authorization"] == "Bearer t"
    assert server.asked[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("reply", "kind", "reason"),
    [
        (CutShort(body=CONTENT), Transient, "http_unreachable"),
        (HangUp(), Transient, "http_unreachable"),
        (Reply(body=CONTENT + b"!"), Permanent, "http_too_large"),
        (Reply(body=b"\x1f\x8b" + bytes(50), headers={"Content-Encoding": "gzip"}), Transient, "http_unreachable"),
        (Reply(206, CONTENT), Permanent, "http_206"),
        (Reply(302, CONTENT, {"Location": "/elsewhere"}), Permanent, "http_302"),
        (Reply(404), Permanent, "http_404"),
        (Reply(503), Unavailable, "http_503"),
    ],
    ids=["cut short", "broken", "too long", "packed wrongly", "a part", "redirect", "gone", "busy"],
)
def test_a_download_that_fails_leaves_what_was_there(
    server: Stub, http: Http, tmp_path: Path, reply: Reply, kind: type[HubError], reason: str
) -> None:
    server.answers(reply)
    (tmp_path / "0").write_bytes(b"before")

    with pytest.raises(HubError) as failure:
        http.download(f"{server.url}/secret", tmp_path / "0", most=len(CONTENT))

    assert (type(failure.value), failure.value.reason) == (kind, reason)
    assert "secret" not in str(failure.value)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("0", b"before")]
    assert len(server.asked) == 1


def test_a_packed_answer_that_unpacks_into_too_much_is_given_up(server: Stub, http: Http, tmp_path: Path) -> None:
    server.answers(Reply(body=gzip.compress(bytes(10_000_000)), headers={"Content-Encoding": "gzip"}))

    with pytest.raises(Permanent) as failure:
        http.download(server.url, tmp_path / "0", most=1_000_000)

    assert failure.value.reason == "http_too_large"
