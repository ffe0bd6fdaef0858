"""What is plainly right by hand is right for marshmallow too, and what is not, marshmallow judges."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from shared.contracts import schema_of
from shared.errors import Invalid
from shared.events import BY_TYPE, AbsencesShown, Event, GraphResourceChanged
from shared.plain import texts

PLAIN = [event for event in BY_TYPE.values() if texts(schema_of(event).fields)]


def test_graphs_notifications_are_checked_by_hand() -> None:
    assert GraphResourceChanged in PLAIN


def test_a_contract_with_more_than_texts_is_marshmallows() -> None:
    assert texts(schema_of(AbsencesShown).fields) is None


@pytest.mark.parametrize("event", PLAIN, ids=lambda event: event.TYPE)
@given(given=some.data())
def test_hand_and_marshmallow_agree(event: type[Event], given: some.DataObject) -> None:
    checks = texts(schema_of(event).fields)
    assert checks is not None
    words = some.one_of(
        some.none(), some.text(max_size=3), some.integers(), some.sampled_from([w for one in checks for w in one.choices] or [""]),
        some.sampled_from([n for one in checks for n in (one.shortest, one.longest, one.longest + 1) if n < 2000]).map("x".__mul__),
    )  # fmt: skip
    raw = {one.name: given.draw(words) for one in checks}

    by_hand = all(one.admits(raw[one.name]) for one in checks)

    assert by_hand == (schema_of(event).validate(raw) == {})


def test_what_is_wrong_is_said_in_marshmallows_words() -> None:
    with pytest.raises(Invalid) as failure:
        GraphResourceChanged(subscription_id="", resource="users/u", change_type="moved")

    assert failure.value.fields == {
        "change_type": ["Must be one of: created, updated, deleted."],
        "subscription_id": ["Length must be between 1 and 128."],
    }


def test_the_json_shape_of_plain_texts_is_marshmallows() -> None:
    event = GraphResourceChanged(subscription_id="s", resource="users/u", change_type="updated")

    assert event.dump() == schema_of(GraphResourceChanged).dump(event)
