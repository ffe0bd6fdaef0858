"""What every source promises: it takes what is proven, refuses the rest, and says what was expected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.webhooks.sources import SCHEMES, USES
from services.webhooks.sources.base import Malformed, NotAuthentic
from services.webhooks.sources.graph import hashed
from tests.contract.sources.kit import (
    KNOCKS,
    NOW,
    OLD_SECRET,
    OTHER_SECRET,
    SECRET,
    SIGNINGS,
    STATE,
    Knock,
    Signing,
)

WITH_A_WINDOW = [name for name, one in SIGNINGS.items() if one.has_window]
THAT_SIGN = [name for name, one in SIGNINGS.items() if one.signs_body]


def test_every_scheme_is_held_to_these_promises() -> None:
    assert set(SIGNINGS) == set(SCHEMES) == set(KNOCKS) - {"graph"}
    assert set(USES) <= set(SCHEMES)


# -- every source -----------------------------------------------------------------------------------------------


@pytest.fixture(params=list(KNOCKS))
def knock(request: pytest.FixtureRequest) -> Knock:
    return KNOCKS[request.param]()


def test_its_own_sample_is_accepted(knock: Knock) -> None:
    told = knock.source.read(knock.sign(knock.sample))

    assert len(told) == 1


def test_what_is_not_proven_is_refused(knock: Knock) -> None:
    with pytest.raises(NotAuthentic):
        knock.source.read(knock.forge(knock.sample))


def test_its_own_repeat_is_recognised(knock: Knock) -> None:
    first, again = (knock.source.read(knock.sign(knock.sample)) for _ in range(2))

    assert first == again
    assert first[0].repeat_key is not None


@pytest.mark.parametrize("body", [b"{", b"", b"\xff\xfe", b"[" * 5000], ids=["cut", "empty", "no UTF-8", "deep"])
def test_proven_junk_is_refused_with_the_fields_expected(knock: Knock, body: bytes) -> None:
    with pytest.raises(Malformed) as failure:
        knock.source.read(knock.sign(body))

    assert failure.value.fields


def test_a_refusal_never_tells_a_secret(knock: Knock) -> None:
    with pytest.raises(NotAuthentic) as failure:
        knock.source.read(knock.forge(knock.sample))

    told = f"{failure.value!r} {failure.value.__cause__!r}"
    assert not any(
        secret in told for secret in (SECRET, OLD_SECRET, OTHER_SECRET, SECRET[6:], STATE, hashed(STATE), "guessed")
    )


# -- every scheme -----------------------------------------------------------------------------------------------


@pytest.fixture(params=list(SIGNINGS))
def signing(request: pytest.FixtureRequest) -> Signing:
    return SIGNINGS[request.param]


@pytest.mark.parametrize("secret", [SECRET, OLD_SECRET], ids=["new", "old"])
def test_during_a_rotation_both_secrets_are_good(signing: Signing, secret: str) -> None:
    assert signing.build(SECRET, OLD_SECRET).open(signing.deliver(signing.sample, secret))


def test_after_a_rotation_the_old_secret_is_good_no_more(signing: Signing) -> None:
    with pytest.raises(NotAuthentic):
        signing.build(SECRET).open(signing.deliver(signing.sample, OLD_SECRET))


def test_what_is_not_proven_is_not_looked_at(signing: Signing) -> None:
    with pytest.raises(NotAuthentic):
        signing.build(SECRET).open(signing.deliver(b"{", OTHER_SECRET))


def test_each_header_of_the_proof_is_needed(signing: Signing) -> None:
    good = signing.deliver(signing.sample)

    for name in signing.proof:
        for headers in ({**good.headers, name: ""}, {key: good.headers[key] for key in good.headers if key != name}):
            with pytest.raises(NotAuthentic):
                signing.build(SECRET).open(replace(good, headers=headers))


def test_it_signs_as_its_system_does(signing: Signing) -> None:
    scheme = signing.build(SECRET, OLD_SECRET)
    headers = {"content-type": "application/json", **scheme.sign(signing.sample, NOW)}

    (payload,) = scheme.open(replace(signing.deliver(signing.sample), headers=headers))

    assert payload.document
    assert set(signing.proof) <= set(headers)


@given(data=st.data())
def test_whatever_the_headers_hold_a_forgery_is_refused_as_one(data: st.DataObject) -> None:
    """No other exception: that would be an answer of 500, and a trace in the log."""
    signing = SIGNINGS[data.draw(st.sampled_from(list(SIGNINGS)))]
    good = signing.deliver(signing.sample, OTHER_SECRET)
    values = st.one_of(
        st.text(alphabet=st.characters(max_codepoint=255)),
        st.text(),
        st.sampled_from(
            ["v1,", "v1a,é", "v1a," + "A" * 88, "sha256=", "Bearer", "nan", "1e400", "2026-11-18", "9" * 400]
        ),
    )
    changes = data.draw(st.dictionaries(st.sampled_from([*signing.proof, "content-type"]), values))

    with pytest.raises(NotAuthentic):
        signing.build(SECRET, OLD_SECRET).open(replace(good, headers={**good.headers, **changes}))


@pytest.mark.parametrize("name", THAT_SIGN)
@pytest.mark.parametrize(
    "change", [lambda body: body + b" ", lambda _: b"", lambda _: b"\xff"], ids=["more", "none", "no UTF-8"]
)
def test_a_body_that_was_touched_is_refused(name: str, change: Callable[[bytes], bytes]) -> None:
    good = SIGNINGS[name].deliver(SIGNINGS[name].sample)

    with pytest.raises(NotAuthentic):
        SIGNINGS[name].build(SECRET).open(replace(good, body=change(good.body)))


# -- schemes that sign the time ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WITH_A_WINDOW)
@pytest.mark.parametrize(
    ("tolerance", "seconds", "good"),
    [
        (300, 300, True),
        (300, -300, True),
        (300, 301, False),
        (300, -301, False),
        (30, 31, False),
        (3600, 3600, True),
        (3600, -3601, False),
    ],
)
def test_a_delivery_counts_within_the_tolerance_of_hub_toml(
    name: str, tolerance: int, seconds: int, good: bool
) -> None:
    scheme = SIGNINGS[name].build(SECRET, tolerance=timedelta(seconds=tolerance))
    late = SIGNINGS[name].deliver(SIGNINGS[name].sample, at=NOW + timedelta(seconds=seconds))

    if good:
        assert scheme.open(late)
        return
    with pytest.raises(NotAuthentic) as failure:
        scheme.open(late)
    assert failure.value.reason == "late_or_early"


@pytest.mark.parametrize("name", WITH_A_WINDOW)
def test_a_timestamp_that_was_touched_is_refused(name: str) -> None:
    good = SIGNINGS[name].deliver(SIGNINGS[name].sample)
    (header,) = [header for header in SIGNINGS[name].proof if header.endswith("timestamp")]

    with pytest.raises(NotAuthentic):
        SIGNINGS[name].build(SECRET).open(
            replace(good, headers={**good.headers, header: str(int(NOW.timestamp()) + 1)})
        )
