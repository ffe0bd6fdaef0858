"""Nobody gets in who may not. `make faults` tries far oftener."""

from __future__ import annotations

from tests.faults.hostile import hostile


def test_no_touched_unsigned_late_or_repeated_delivery_is_let_in() -> None:
    result = hostile(3000, seed=20261123)

    assert result.is_well, result
    assert len(result.kinds) >= 15
