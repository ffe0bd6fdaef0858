"""What the notifier tells over HTTP."""

from __future__ import annotations

import pytest

from services.notifier.app import create_app
from shared.errors import Transient
from tests.unit.notifier.builders import FILED, PARKED, FakeNotifier


def test_notices_are_listed_with_what_became_of_them(notifier: FakeNotifier) -> None:
    notifier.hear(PARKED)
    notifier.channels["werkplaats"].failure = Transient("http_502", "no answer")
    with pytest.raises(Transient):
        notifier.hear(FILED)

    listed = create_app(notifier.notices).test_client().get("/notices").get_json()["notices"]

    told = {(notice["channel"], notice["about"], notice["state"], notice["at"]) for notice in listed}
    at = "2026-11-18T09:00:00+00:00"
    assert told == {("ict", "m-1", "done", at), ("werkplaats", "2026/IN/001234", "started", at)}


def test_a_notice_is_listed_without_its_words(notifier: FakeNotifier) -> None:
    notifier.hear(FILED)

    told = create_app(notifier.notices).test_client().get("/notices").get_data(as_text=True)

    assert not any(word in told for word in ("headsets", "Tuur", "https://"))
