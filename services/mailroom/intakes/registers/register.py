"""A mail register that tells of its letters by the front door, in the shape of record.py."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from marshmallow import fields, validate

from services.mailroom.domain.letter import Letter
from services.mailroom.intakes.base import Delivery, Heard, Kind, Parts
from services.mailroom.intakes.limits import LimitOptions
from services.mailroom.intakes.registers.addresses import BASE_URL
from services.mailroom.intakes.registers.fetching import Web
from services.mailroom.intakes.registers.kept import KeptLetters
from services.mailroom.intakes.registers.spool import reference_of
from shared.errors import Invalid
from shared.events import LetterReported

TOKEN = "HUB_MAILROOM_REGISTER_TOKEN"  # noqa: S105 - the name of a setting, not what it holds


@dataclass(frozen=True, kw_only=True)
class RegisterOptions(LimitOptions):
    """`[mailroom.intakes.<name>]` of a register; *name* is that of its source. *token* is the name of a setting."""

    base_url: Annotated[str, fields.String(validate=BASE_URL)]
    token: Annotated[str, fields.String(validate=validate.Length(min=1))] = TOKEN


class MailRegister:
    """The letters that one register tells of. Nothing is looked for: what it does not tell, nobody hears."""

    def __init__(self, letters: KeptLetters, web: Web, unseal: Callable[[str], str]) -> None:
        self._letters, self._web, self._unseal = letters, web, unseal

    def hear(self, event: LetterReported) -> Heard:
        """Keep the record that came along, or else the one at the event's link. Safe to repeat."""
        said = {name: value for name, value in self._record(event).items() if value not in (None, "")}
        if not _agree(said, event):
            raise Invalid(
                "contradicting_record", f"letter {event.kenmerk} version {event.version}: its record is of another one"
            )
        reference = reference_of(event.kenmerk, event.version)
        self._letters.keep(reference, {"kenmerk": event.kenmerk, "versie": event.version, **said})
        return Heard(reference, event.kenmerk, event.version)

    def named(self, event: LetterReported) -> LetterReported:
        return event

    def scan(self) -> list[str]:
        return []  # it is told

    def read(self, reference: str) -> Letter:
        return self._letters.read(reference)

    def open(self, reference: str) -> Delivery | None:
        return self._letters.open(reference)

    def settle(self, reference: str) -> None:
        self._letters.drop(reference)

    def refuse(self, reference: str, reason: str) -> None:  # noqa: ARG002 - the register is not told: who holds it is
        self._letters.drop(reference)

    def _record(self, event: LetterReported) -> Mapping[str, Any]:
        if event.record is not None:
            record: Mapping[str, Any] = json.loads(self._unseal(event.record))
            return record
        if event.link is None:
            raise Invalid("record_gone", f"letter {event.kenmerk}: the rule gives neither `record` nor `link`")
        return self._web.read(event.link)


def bearer(parts: Parts, setting: str) -> Callable[[], Mapping[str, str]]:
    """Return what makes the headers that show the token in *setting*. Raises: Invalid when it is not set."""
    headers = {"Authorization": f"Bearer {parts.secret(setting)}"}
    return lambda: headers


def _agree(record: Mapping[str, Any], event: LetterReported) -> bool:
    """Tell whether *record* is of the letter that was told of; what it does not say, the event does."""
    kenmerk, version = record.get("kenmerk", event.kenmerk), record.get("versie", event.version)
    return str(kenmerk).strip() == event.kenmerk and str(version).strip() == str(event.version)


def _build(name: str, options: RegisterOptions, parts: Parts) -> MailRegister:
    web = Web(options.base_url, parts.http, bearer(parts, options.token))
    return MailRegister(KeptLetters(name, web, options.limits(), parts), web, parts.unseal)


REGISTER = Kind("register", RegisterOptions, _build)
