"""A morning's post in a hot folder, while the mailroom is killed and Graph misbehaves.

The judge is the tenant: every letter stands in its project once, whole, with its columns, and nothing else does.
"""

from __future__ import annotations

import hashlib
import json
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pikepdf

from deploy.local.broker import RunningBroker
from deploy.local.processes import HubProcesses
from deploy.local.rabbitmq import PrivateRabbitMQ, private_rabbitmq
from sandbox.stage import Stage, sandbox_process
from tests.waiting import eventually

MEGABYTE = 1024 * 1024
TAKES_PART = ("console", "mailroom", "clock")  # the clock waits until the console hears it
FOLDER = "A40201 - Moderne digitale werkplaats/Post/Inkomend/2026"
DEADLINE = 300.0  # seconds until the last letter must stand there
_LARGEST = 400  # megabytes that this hot folder takes
VAULT_KEY = "a key for the mailroom of the tests"
DISTURBANCES = (
    {"path": ":/content", "method": "PUT", "drop": "after", "times": 10},
    {"path": ":/content", "method": "PUT", "status": 503, "retry_after": 1, "times": 10},
    {"path": "listItem/fields", "method": "PATCH", "drop": "after", "times": 10},
    {"path": "/v1.0/", "status": 429, "retry_after": 1, "times": 20},
)


@dataclass(frozen=True)
class Posted:
    """One letter as it was put in the hot folder."""

    kenmerk: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Result:
    """What stands in the tenant afterwards. *wrong* names the letters whose content or columns are not theirs."""

    sent: int
    effects: int
    duplicates: int
    lost: int
    parked: int
    wrong: tuple[str, ...]
    left: tuple[str, ...]
    kills: int
    recovery_s: float

    @property
    def is_well(self) -> bool:
        return not (self.duplicates or self.lost or self.parked or self.wrong or self.left)


@contextmanager
def post_town(folder: Path, node: PrivateRabbitMQ | RunningBroker) -> Iterator[Stage]:
    """Lay out a stage with its tenant, whose mailroom takes large letters; the hub is started by the test."""
    stage = Stage(folder, node.url, node.management_url)
    stage.prepare(date(2026, 11, 23))
    policy = (folder / "hub.toml").read_text(encoding="utf-8")
    roomy = policy.replace("stable_seconds = 1", f"stable_seconds = 1\nmax_megabytes = {_LARGEST}")
    (folder / "hub.toml").write_text(roomy, encoding="utf-8")
    with (folder / "hub.log").open("wb") as log, sandbox_process(stage, log):
        yield stage


@contextmanager
def mailroom_of(stage: Stage, **environment: str) -> Iterator[HubProcesses]:
    """Run the services that take part; who dies is started again."""
    with (stage.folder / "hub.log").open("ab") as log:
        hub = HubProcesses({**stage.environment(), "HUB_VAULT_KEY": VAULT_KEY}, stage.settings(), log)
        try:
            with hub.watched():
                for name in TAKES_PART:
                    hub.launch(name, **(environment if name == "mailroom" else {}))
                yield hub
        finally:
            hub.stop_all()


def post(stage: Stage, number: int, padding: int = 0) -> Posted:
    """Put letter *number* in the hot folder, *padding* bytes larger than it needs to be; the sidecar comes last."""
    kenmerk = f"2026/IN/{number:06d}"
    path = stage.scans / f"scan{number}.pdf"
    _write_pdf(path, kenmerk, padding)
    with path.open("rb") as file:
        posted = Posted(kenmerk, hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size)
    unfinished = stage.scans / f"{path.name}.tmp"
    unfinished.write_text(json.dumps(_record(posted, path.name)), encoding="utf-8")
    unfinished.rename(stage.scans / f"{path.name}.metadata.json")
    return posted


def play(
    stage: Stage, hub: HubProcesses, letters: int, kills: int, seed: int, progress: Callable[[int], None]
) -> Result:
    """Post *letters*, kill the mailroom *kills* times meanwhile, and judge once all of them stand there."""
    posted = [post(stage, number) for number in range(1, letters + 1)]
    chance = random.Random(seed)
    for kill in range(1, kills + 1):
        wanted = letters * kill // (kills + 2)
        eventually(lambda wanted=wanted: len(standing(stage)) >= wanted, DEADLINE, f"{wanted} letters in the tenant")  # type: ignore[misc]
        time.sleep(chance.random() / 5)  # where in its work it dies is the point
        hub.kill("mailroom")
        hub.launch("mailroom")
        progress(wanted)
    began = time.monotonic()
    wait_until_settled(stage, posted)
    return judged(stage, posted, kills, time.monotonic() - began)


def morning(folder: Path, letters: int, kills: int, seed: int, progress: Callable[[int], None]) -> Result:
    """Lay out a broker, a tenant and a mailroom, and play; Graph is throttled and loses answers on the way."""
    with private_rabbitmq(folder / "rabbitmq") as node, post_town(folder / "stage", node) as stage:
        disturb(stage, *DISTURBANCES)
        with mailroom_of(stage) as hub:
            return play(stage, hub, letters, kills, seed, progress)


def wait_until_settled(stage: Stage, posted: Sequence[Posted]) -> None:
    """Wait until every set left the hot folder by the right door."""

    def settled() -> bool:
        return len(list((stage.scans / "verwerkt").glob("*/*"))) >= len(posted)

    eventually(settled, DEADLINE, f"{len(posted)} settled sets")


def judged(stage: Stage, posted: Sequence[Posted], kills: int, recovery: float) -> Result:
    """Compare what stands in the tenant with what was posted."""
    found = standing(stage)
    counted = Counter(each["columns"].get("PostKenmerk") for each in found)
    by_kenmerk = {each["columns"].get("PostKenmerk"): each for each in found}
    return Result(
        sent=len(posted),
        effects=len(found),
        duplicates=sum(count - 1 for count in counted.values()) + len(_made_twice(stage)),
        lost=sum(each.kenmerk not in by_kenmerk for each in posted),
        parked=_parked(stage),
        wrong=tuple(each.kenmerk for each in posted if not _is_right(each, by_kenmerk.get(each.kenmerk))),
        left=tuple(path.name for shelf in ("bezig", "fout") for path in (stage.scans / shelf).glob("*")),
        kills=kills,
        recovery_s=round(recovery, 1),
    )


def standing(stage: Stage) -> list[dict[str, Any]]:
    """Return the files in the project's folder of the year."""
    state = stage.ask("/_sandbox/state")
    return [
        file
        for drive in state["drives"]
        for file in _files(drive["items"])
        if file["path"].startswith(FOLDER) and "items" not in file
    ]


def disturb(stage: Stage, *faults: Mapping[str, Any]) -> None:
    """Have Graph misbehave, each in its way, until it did so often enough."""
    stage.tell("/_sandbox/faults", list(faults))


def _files(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        if "items" in item:
            yield from _files(item["items"])
        else:
            yield item


def _is_right(posted: Posted, file: Mapping[str, Any] | None) -> bool:
    if file is None:
        return False
    columns = file["columns"]
    told = (columns.get("Sha256"), columns.get("Projectcode"), columns.get("Serie"), columns.get("HubVersie"))
    return told == (posted.sha256, "A40201", "ALG.POST", "1") and file["size"] == posted.size


def _made_twice(stage: Stage) -> list[str]:
    """Return the files that were made more than once, also those that were deleted again."""
    made = Counter(effect["key"] for effect in stage.ask("/_sandbox/ledger?kind=file") if effect["action"] == "created")
    return [name for name, count in made.items() if count > 1]


def _parked(stage: Stage) -> int:
    database = Path(stage.settings().database("mailroom").removeprefix("sqlite:///"))
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return int(connection.execute("SELECT count(*) FROM inbox WHERE state = 'parked'").fetchone()[0])
    finally:
        connection.close()


def _write_pdf(path: Path, text: str, padding: int) -> None:
    with pikepdf.Pdf.new() as pdf:
        page = pdf.add_blank_page()
        page.Contents = pdf.make_stream(b"% " + text.encode() + b"\n")
        if padding:
            pdf.Root.Padding = pdf.make_indirect(pikepdf.Stream(pdf, bytes(padding)))
        pdf.save(path, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)


def _record(posted: Posted, name: str) -> dict[str, Any]:
    return {
        "kenmerk": posted.kenmerk,
        "versie": 1,
        "richting": "inkomend",
        "onderwerp": "Proefbrief",
        "documenttype": "brief",
        "documentdatum": "2026-11-20",
        "ontvangstdatum": "2026-11-20",
        "registratiedatum": "2026-11-20T09:00:00+01:00",
        "projectcode": "A40201",
        "serie": "ALG.POST",
        "vertrouwelijkheid": "intern",
        "bestanden": [{"rol": "hoofddocument", "naam": name, "bytes": posted.size, "sha256": posted.sha256}],
    }
