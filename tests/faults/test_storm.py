"""What was answered 202 is done once, whoever is killed meanwhile. `make faults` runs the same for longer."""

from __future__ import annotations

from pathlib import Path

from tests.faults.storm import storm


def test_every_accepted_delivery_is_handled_once_while_everything_is_killed_at_random(tmp_path: Path) -> None:
    result = storm(tmp_path, deliveries=1000, kills=6, seed=20261123)

    assert result.is_well, result
    assert result.effects == 1000
    assert sum(result.kills.values()) == 6
