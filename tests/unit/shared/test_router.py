"""A handler hears its event alone, or several of it together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pytest

from shared.errors import Permanent
from shared.events import AbsencesChanged, AbsencesHinted, Event
from shared.messaging.router import Result, Router
from tests.unit.shared.builders import shown

ONE, OTHER = AbsencesChanged(employee="000101"), AbsencesChanged(employee="000102")


@pytest.fixture
def router() -> Router[list[Event]]:
    """Remembers in its world what each handler heard; the employee 000102 fails."""
    made: Router[list[Event]] = Router("timesync")

    @made.together(AbsencesChanged)
    def show(events: Sequence[AbsencesChanged], heard: list[Event]) -> Mapping[AbsencesChanged, Result]:
        heard.extend(events)
        return {each: Permanent("graph_403", "no") if each == OTHER else [shown(each.employee)] for each in events}

    @made.on(AbsencesHinted)
    def read(event: AbsencesHinted, heard: list[Event]) -> Iterator[Event]:
        heard.append(event)
        yield ONE

    return made


def test_several_events_are_handled_at_once_and_each_has_its_result(router: Router[list[Event]]) -> None:
    heard: list[Event] = []

    results = router.handle_together([ONE, OTHER], heard)

    assert heard == [ONE, OTHER]
    assert results[ONE] == [shown("000101")]
    assert isinstance(results[OTHER], Permanent)


def test_an_event_that_comes_alone_says_what_it_would_say_in_company(router: Router[list[Event]]) -> None:
    assert list(router.handle(ONE, [])) == [shown("000101")]


def test_an_event_that_comes_alone_fails_as_any_other(router: Router[list[Event]]) -> None:
    with pytest.raises(Permanent, match="no"):
        list(router.handle(OTHER, []))


def test_both_kinds_of_event_are_heard(router: Router[list[Event]]) -> None:
    assert {event.TYPE for event in router.hears} == {"absences.changed.v1", "absences.hinted.v1"}


def test_only_what_is_handled_together_is_taken_in_company(router: Router[list[Event]]) -> None:
    assert router.in_company == {"absences.changed.v1"}


def test_an_event_that_nobody_hears_says_nothing(router: Router[list[Event]]) -> None:
    assert list(router.handle(shown(), [])) == []
