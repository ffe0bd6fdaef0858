"""Personio shows a token: the whole token, in one of two ways."""

from __future__ import annotations

import pytest

from services.webhooks.sources.base import NotAuthentic, SchemeOptions
from services.webhooks.sources.personio import Personio
from tests.contract.sources.kit import delivery, sample

TOKEN, BODY = "of-no-use", sample("personio_absence.json")


@pytest.mark.parametrize("shown", [TOKEN, f"Bearer {TOKEN}"])
def test_the_token_is_good_with_and_without_the_word_bearer(shown: str) -> None:
    assert Personio(SchemeOptions([TOKEN])).open(delivery(BODY, authorization=shown))


@pytest.mark.parametrize("shown", [TOKEN[:-1], f"{TOKEN}x", TOKEN.upper(), f"Basic {TOKEN}", "Bearer ", "é"])
def test_anything_else_is_refused(shown: str) -> None:
    with pytest.raises(NotAuthentic):
        Personio(SchemeOptions([TOKEN])).open(delivery(BODY, authorization=shown))
