"""Takes over rules that were changed while the hub ran or stood still.

What has to be said of them is remembered as said with the message that says it: an attempt that dies says it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

import orjson

from services.timesync.handlers.sources import removed
from services.timesync.handlers.world import Timesync
from services.timesync.store.marks import READINGS, REFUSED, RULES
from services.timesync.store.records import Source
from shared.events import AbsenceRulesRefused, AbsenceRulesTaken, ComparisonWanted, Event, RereadWanted
from shared.events.absences import RuleFault


def follow_rules(world: Timesync) -> Iterator[Event]:
    """Look at the files, say what became of them, and ask for what follows from it."""
    world.rulebook.renew()
    yield from _withdrawn(world)
    yield from _verdict(world)
    yield from _compared(world)
    yield from _reread(world)


def _verdict(world: Timesync) -> Iterator[Event]:
    """Say of each file once that it is refused, and that it is mended when all of them are."""
    told: dict[str, str] = orjson.loads(world.store.marks.get(REFUSED) or "{}")
    found: dict[str, list[RuleFault]] = {}
    for fault in world.rulebook.faults:
        found.setdefault(fault.file, []).append(fault)
    now = {file: _digest(faults) for file, faults in found.items()}
    for file, faults in found.items():
        if told.get(file) != now[file]:
            yield AbsenceRulesRefused(file=file, faults=faults)
    if not now:
        is_new = world.store.marks.get(RULES) not in (None, world.rulebook.fingerprint)
        taken = {*told, world.rulebook.file} if is_new else {*told}
        yield from (AbsenceRulesTaken(file=file) for file in sorted(taken))
    after = {**told, **now} if now else {}
    if after != told:
        world.store.marks.put_with_outcome(REFUSED, orjson.dumps(after).decode())


def _compared(world: Timesync) -> Iterator[Event]:
    if world.store.marks.get(RULES) != world.rulebook.fingerprint:
        world.store.marks.put_with_outcome(RULES, world.rulebook.fingerprint)
        yield ComparisonWanted(run=f"rules-{world.rulebook.fingerprint}")


def _reread(world: Timesync) -> Iterator[Event]:
    """Ask for all of each source that means something else by now; a new one is read because it is due."""
    known: dict[str, str] = orjson.loads(world.store.marks.get(READINGS) or "{}")
    now = dict(world.rulebook.readings)
    after = known | now  # what is taken out may come back before it is withdrawn
    if after != known:
        world.store.marks.put_with_outcome(READINGS, orjson.dumps(after).decode())
    yield from (RereadWanted(source=name) for name in now if name in known and known[name] != now[name])


def _withdrawn(world: Timesync) -> Iterator[Event]:
    """Ask to withdraw what a system told that hub.toml names no longer.

    Not before these rules held for a turn, for a hub that starts may find a file that is being saved; and not before
    each of the others was read: of a system that only got another name, nobody should notice anything.
    """
    if world.store.marks.get(RULES) != world.rulebook.fingerprint:
        return
    gone, known = removed(world), world.store.records.sources()
    if gone and all(known.get(name, Source()).read_at for name in world.systems):
        yield from (RereadWanted(source=name) for name in gone)


def _digest(faults: list[RuleFault]) -> str:
    return sha256(repr(faults).encode()).hexdigest()[:16]
