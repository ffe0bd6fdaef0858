"""The rules as they stand now: HR changes hub.toml and the people file, and the hub follows without a restart.

What cannot be used is refused with its line, and what held before stays in force.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from services.timesync.domain.rules import Rules
from services.timesync.handlers.world import Renewal, Scheduled
from services.timesync.people import read_people
from services.timesync.policy import KINDS_BY_NAME, SystemPolicy, TimesyncPolicy, options_of
from services.timesync.systems.base import Codes, Parts
from shared.config import Policy, line_of
from shared.errors import Invalid
from shared.events.absences import RuleFault


@dataclass(frozen=True)
class _Edition:
    """The rules as one state of the files gave them."""

    rules: Rules
    systems: Mapping[str, Scheduled]
    codes: str
    fingerprint: str


class LiveRulebook:
    """Reads the files again when they change. *parts* are what systems are built from, but for the codes."""

    def __init__(self, policy: Policy, parts: Parts) -> None:
        self._path = policy.path
        self._parts = parts
        self._edition = _edition(policy, parts)
        self._seen = self._state()

    @property
    def rules(self) -> Rules:
        return self._edition.rules

    @property
    def systems(self) -> Mapping[str, Scheduled]:
        return self._edition.systems

    @property
    def fingerprint(self) -> str:
        return self._edition.fingerprint

    def renew(self) -> Sequence[Renewal]:
        """Read what was changed since the last time, and say what became of it."""
        state = self._state()
        if state == self._seen:
            return ()
        self._seen = state
        policy: Policy | None = None
        try:
            policy = Policy.read(self._path)
            edition = _edition(policy, self._parts)
        except Invalid as error:
            return (Renewal(self._path.name, _faults(policy, error)),)
        before, self._edition = self._edition, edition
        if edition.fingerprint == before.fingerprint:
            return ()
        return (Renewal(self._path.name, reread=edition.codes != before.codes),)

    def _state(self) -> tuple[object, ...]:
        return tuple(_state(path) for path in (self._path, self._path.parent / self._people()))

    def _people(self) -> str:
        try:
            return str(Policy.read(self._path).tables.get("timesync", {}).get("people", ""))
        except Invalid:
            return ""


def _edition(policy: Policy, parts: Parts) -> _Edition:
    section = policy.section("timesync", TimesyncPolicy)
    codes = Codes(section.codes)
    built = Parts(parts.http, parts.clock, codes, parts.folder, parts.secret)
    people = policy.path.parent / section.people
    rules = section.rules(read_people(people))
    systems = {name: build_system(name, table, built) for name, table in section.systems.items()}
    table = json.dumps(policy.tables.get("timesync"), sort_keys=True, default=str).encode()
    return _Edition(rules, systems, codes.fingerprint, sha256(table + people.read_bytes()).hexdigest()[:16])


def build_system(name: str, table: Mapping[str, Any], parts: Parts) -> Scheduled:
    """Build the system *name* of a *table* that was checked."""
    policy = SystemPolicy.load(table)
    kind = KINDS_BY_NAME[policy.kind]
    system = kind.build(name, kind.options.load(options_of(table)), parts)
    return Scheduled(system, timedelta(minutes=policy.every_minutes))


def _faults(policy: Policy | None, error: Invalid) -> tuple[RuleFault, ...]:
    if policy is None or not error.fields:
        return (RuleFault(file="hub.toml", line=0, expected=str(error)[:500]),)
    return tuple(
        RuleFault(file=policy.path.name, line=line_of(policy.text, place), expected=" ".join(wrong)[:500])
        for place, wrong in error.fields.items()
    )


def _state(path: Path) -> tuple[object, ...]:
    try:
        found = path.stat()
    except OSError:
        return ()
    return (found.st_mtime_ns, found.st_size, found.st_ino)
