"""The rules as they stand now: HR changes hub.toml and the people file, and the hub follows without a restart.

What cannot be used is refused with its line, and what held before stays in force.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from services.timesync.domain.rules import Rules
from services.timesync.handlers.world import Scheduled
from services.timesync.people_checks import Known
from services.timesync.people_file import content_of, people_in
from services.timesync.policy import KINDS_BY_NAME, SystemPolicy, TimesyncPolicy, options_of
from services.timesync.systems.base import Codes, Parts, System
from shared.config import Policy
from shared.errors import Invalid
from shared.events.absences import RuleFault
from shared.faults import Fault, Unusable

_LONGEST = 500  # characters of what is told of one fault


@dataclass(frozen=True)
class _Edition:
    """The rules as one state of the files gave them. *readings*: see Rulebook."""

    rules: Rules
    systems: Mapping[str, Scheduled]
    readings: Mapping[str, str]
    fingerprint: str


@dataclass(frozen=True)
class _Look:
    """What stood in the two files, None: not to be read."""

    policy: bytes | None
    people: bytes | None


class LiveRulebook:
    """Reads the files again when they change. *parts* are what systems are built from, but for the codes."""

    def __init__(self, policy: Policy, parts: Parts) -> None:
        self._path = policy.path
        self._parts = parts
        self._people = _people(policy)
        self._edition = _edition(policy, content_of(self._people), parts, {}, {})
        self._faults: tuple[RuleFault, ...] = ()
        self._seen = self._judged = self._look()

    @property
    def file(self) -> str:
        return self._path.name

    @property
    def rules(self) -> Rules:
        return self._edition.rules

    @property
    def systems(self) -> Mapping[str, Scheduled]:
        return self._edition.systems

    @property
    def readings(self) -> Mapping[str, str]:
        return self._edition.readings

    @property
    def fingerprint(self) -> str:
        return self._edition.fingerprint

    @property
    def faults(self) -> tuple[RuleFault, ...]:
        return self._faults

    def renew(self) -> None:
        """Judge the files when they changed and two looks in a row saw the same: who is still saving, is waited for.

        Contents are compared, not times: half a file would be believed, and take away what is not in it.
        """
        before, self._seen = self._seen, self._look()
        if self._seen != before or self._seen == self._judged:
            return
        self._judged = self._seen
        try:
            self._edition = self._edited(self._seen)
        except Invalid as error:
            found = error.faults if isinstance(error, Unusable) else (Fault(self.file, 0, "", str(error)),)
            self._faults = tuple(_told(fault) for fault in found)
        else:
            self._faults = ()

    def _look(self) -> _Look:
        content = content_of(self._path)
        with suppress(Invalid):  # else the people file is where it was
            self._people = _people(Policy.of(self._path, content or b""))
        return _Look(content, content_of(self._people))

    def _edited(self, look: _Look) -> _Edition:
        if look.policy is None:
            raise Unusable("missing_policy", self.file, [Fault(self.file, 0, "", "expected a file that can be read")])
        policy = Policy.of(self._path, look.policy)
        return _edition(policy, look.people, self._parts, self.systems, self.readings)


def _people(policy: Policy) -> Path:
    """Return where the people file is.

    Raises: Invalid when [timesync] does not say so.
    """
    named = _table(policy.tables, "timesync").get("people")
    return policy.path.parent / (named if isinstance(named, str) else policy.section("timesync", TimesyncPolicy).people)


def _table(tables: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the table *name*, an empty one when something else stands there: somebody else will say so."""
    found = tables.get(name)
    return found if isinstance(found, Mapping) else {}


def _edition(
    policy: Policy,
    content: bytes | None,
    parts: Parts,
    systems: Mapping[str, Scheduled],
    readings: Mapping[str, str],
) -> _Edition:
    """Return what the files say; what is read as before stays what it was in *systems*, with the tokens that it has."""
    section = policy.section("timesync", TimesyncPolicy)
    # What other services are told by is named by people too: an absence may be reported, not read.
    hooks = _table(_table(policy.tables, "webhooks"), "sources")
    known = Known([*section.systems, *(name for name in hooks if name not in section.systems)], section.services)
    people = people_in(section.people, content, known)
    faults = policy.faults({place: [expected] for place, expected in section.contradictions(people)})
    if faults:
        raise Unusable("invalid_policy", "[timesync]", faults)
    built = Parts(parts.http, parts.clock, Codes(section.codes), parts.folder, parts.secret)
    now = {name: _reading(table, built.codes) for name, table in section.systems.items()}
    kept = {name: systems[name].system for name in now if name in systems and readings[name] == now[name]}
    table = json.dumps(policy.tables.get("timesync"), sort_keys=True, default=str)
    return _Edition(
        section.rules(people),
        {name: _scheduled(name, table, built, kept.get(name), policy) for name, table in section.systems.items()},
        now,
        _digest(f"{table}{people}"),
    )


def _scheduled(name: str, table: Mapping[str, Any], parts: Parts, kept: System | None, policy: Policy) -> Scheduled:
    try:
        return build_system(name, table, parts, kept)
    except Unusable:
        raise
    except Invalid as error:
        raise policy.refusal("timesync", {f"timesync.systems.{name}": [str(error)]}) from error


def build_system(name: str, table: Mapping[str, Any], parts: Parts, kept: System | None = None) -> Scheduled:
    """Build the system *name* of a *table* that was checked, around *kept* when there is one already."""
    policy = SystemPolicy.load(table)
    kind = KINDS_BY_NAME[policy.kind]
    system = kept or kind.build(name, kind.options.load(options_of(table)), parts)
    return Scheduled(system, timedelta(minutes=policy.every_minutes))


def _reading(table: Mapping[str, Any], codes: Codes) -> str:
    """Return what changes when the system of *table* would be read or understood otherwise."""
    told = json.dumps({"kind": table["kind"], **options_of(table)}, sort_keys=True, default=str)
    return _digest(told + codes.fingerprint)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


def _told(fault: Fault) -> RuleFault:
    expected = f"{fault.place}: {fault.expected}" if fault.place else fault.expected
    return RuleFault(file=fault.file, line=fault.line, expected=expected[:_LONGEST])
