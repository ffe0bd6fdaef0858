"""Whatever happens on the way, a letter stands in its project once, whole, with its columns."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.rabbitmq import private_rabbitmq
from sandbox.stage import Stage
from tests.faults.post import (
    DISTURBANCES,
    MEGABYTE,
    disturb,
    judged,
    mailroom_of,
    play,
    post,
    post_town,
    standing,
    wait_until_settled,
)
from tests.faults.test_kills import unreached
from tests.waiting import eventually

LETTERS, KILLS, SEED = 120, 4, 20261123  # `make faults ONLY=post` plays 500 and more
STEPS = (
    "mailroom.after_folder:1",
    "graph.after_fragment:3",
    "graph.after_fragment:9",
    "mailroom.after_upload:1",
    "mailroom.after_columns:1",
    "mailroom.after_remember:1",
    "mailroom.after_settle:1",
)

pytestmark = pytest.mark.timeout(400)  # seconds; a machine that runs other tests beside is slow


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with private_rabbitmq(tmp_path / "rabbitmq") as node, post_town(tmp_path / "stage", node) as made:
        yield made


def test_a_mornings_letters_stand_there_once_while_the_mailroom_is_killed_and_graph_throttles(stage: Stage) -> None:
    disturb(stage, *DISTURBANCES)
    with mailroom_of(stage) as hub:
        result = play(stage, hub, LETTERS, KILLS, SEED, lambda _: None)

    assert result.is_well, result
    assert (result.effects, result.kills) == (LETTERS, KILLS)


def test_a_letter_of_300_mb_survives_a_kill_at_every_step(stage: Stage, tmp_path: Path) -> None:
    plan = ";".join(f"{label}:{tmp_path / label}" for label in STEPS)
    posted = [post(stage, 1, padding=300 * MEGABYTE)]

    with mailroom_of(stage, HUB_CRASH=plan):
        began = time.monotonic()
        wait_until_settled(stage, posted)
        result = judged(stage, posted, len(STEPS), time.monotonic() - began)

    assert unreached(plan) == []
    assert result.is_well, result
    assert result.effects == 1


def test_a_letter_of_300_mb_survives_cuts_and_throttling_and_is_not_sent_from_the_start_again(stage: Stage) -> None:
    posted = [post(stage, 1, padding=300 * MEGABYTE)]
    disturb(
        stage,
        {"path": "^/upload/", "method": "PUT", "drop": "before", "times": 2},
        {"path": "^/upload/", "method": "PUT", "drop": "after", "times": 2},
        {"path": "^/upload/", "method": "PUT", "status": 503, "retry_after": 1, "times": 2},
        {"path": "^/upload/", "method": "PUT", "status": 429, "retry_after": 1, "times": 1},
    )

    with mailroom_of(stage):
        eventually(lambda: standing(stage), 120, "the letter")
        wait_until_settled(stage, posted)
        result = judged(stage, posted, 0, 0.0)

    sent = [call for call in stage.ask("/_sandbox/requests") if call["path"].startswith("/upload/")]
    assert result.is_well, result
    assert sum(call["method"] == "PUT" for call in sent) <= 61 + 7  # fragments of 5 MiB, and those that were disturbed
