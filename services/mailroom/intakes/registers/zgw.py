"""A register with the ZGW Documenten API, which tells by a notification that holds no more than an address."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any
from urllib.parse import urlsplit, urlunsplit

import jmespath
import jwt
from jmespath.exceptions import JMESPathError
from marshmallow import ValidationError, fields, validate

from services.mailroom.domain.letter import Letter
from services.mailroom.intakes.base import Delivery, Heard, Kind, Parts
from services.mailroom.intakes.limits import LimitOptions, Limits
from services.mailroom.intakes.registers.addresses import BASE_URL
from services.mailroom.intakes.registers.fetching import Web
from services.mailroom.intakes.registers.kept import KeptLetters
from services.mailroom.intakes.registers.spool import reference_of
from services.mailroom.intakes.registers.zgw_record import (
    LEVELS,
    OURS,
    Mapped,
    TypePolicy,
    claimed_hash,
    file_of,
    kenmerk_of,
)
from shared.clock import Clock
from shared.contracts import nested
from shared.errors import Invalid
from shared.events import LetterReported

SECRET = "HUB_MAILROOM_ZGW_SECRET"  # noqa: S105 - the name of a setting, not what it holds


def _path(text: str) -> None:
    try:
        jmespath.compile(text)
    except JMESPathError as error:
        raise ValidationError("expected a JMESPath on the informatieobject") from error


@dataclass(frozen=True, kw_only=True)
class ZgwOptions(LimitOptions):
    """`[mailroom.intakes.<name>]` of a ZGW register; *name* is that of its source. *secret* is the name of a setting.

    *types* is by the address of the informatieobjecttype; *levels* changes what LEVELS says.
    """

    base_url: Annotated[str, fields.String(validate=BASE_URL)]
    client_id: Annotated[str, fields.String(validate=validate.Length(min=1))]
    secret: Annotated[str, fields.String(validate=validate.Length(min=1))] = SECRET
    types: Annotated[dict[str, TypePolicy], fields.Dict(fields.String(), nested(TypePolicy))]
    levels: Annotated[
        dict[str, str],
        fields.Dict(fields.String(validate=validate.OneOf(LEVELS)), fields.String(validate=validate.OneOf(OURS))),
    ] = field(default_factory=dict)
    project_from: Annotated[str | None, fields.String(validate=_path, allow_none=True)] = None


class ZgwRegister:
    """The informatieobjecten that one register tells of, each a letter with one file."""

    def __init__(self, name: str, web: Web, mapped: Mapped, limits: Limits, parts: Parts) -> None:
        self._name, self._web, self._mapped, self._limits = name, web, mapped, limits
        self._letters, self._records = KeptLetters(name, web, limits, parts), parts.records

    def hear(self, event: LetterReported) -> Heard:
        """Ask the register for the object at the event's link, and keep what it says. Safe to repeat.

        Its kenmerk and version are the object's own: a notification knows neither. Both are kept under the object's
        uuid, for once it is destroyed there is nobody to ask.
        """
        if event.link is None:
            raise Invalid("record_gone", f"letter {event.kenmerk}: expected the rule to give `link`")
        found = self._web.read(event.link)
        kenmerk, version = kenmerk_of(found), found.get("versie")
        if type(version) is not int or version < 1:
            wrong = {"versie": ["Expected a number from 1."]}
            raise Invalid("invalid_letter", "informatieobject: versie: expected a number from 1", wrong)
        reference = reference_of(_uuid(event.link), version)
        record = self._mapped.record(found)
        record["bestanden"] = [self._file(found, _content(event.link, version), reference)]
        self._letters.keep(reference, record)
        self._records.put(self._name, _uuid(event.link), json.dumps({"kenmerk": kenmerk, "versie": version}))
        return Heard(reference, kenmerk, version)

    def named(self, event: LetterReported) -> LetterReported:
        """Return *event* with the kenmerk of its letter, and as what came after the version that is known of it.

        Of an object that was never heard of it stays as it is.
        """
        known = self._records.get(self._name, _uuid(event.link)) if event.link else None
        if known is None:
            return event
        letter = json.loads(known)
        return replace(event, kenmerk=letter["kenmerk"], version=letter["versie"] + 1)

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

    def _file(self, found: Mapping[str, Any], place: str, reference: str) -> dict[str, Any]:
        """Return what is known of the file. Where nothing is claimed, what comes is what it is proven against."""
        size, sha256 = found.get("bestandsomvang"), claimed_hash(found)
        if sha256 is None or type(size) is not int:
            most = size if type(size) is int else self._limits.max_bytes
            came = self._letters.spool.measure(reference, place, self._web, most)
            size, sha256 = came[0] if size is None else size, sha256 or came[1]
        return file_of(found, place, size, sha256)


def _uuid(link: str) -> str:
    return urlsplit(link).path.rstrip("/").rpartition("/")[2]


def _content(link: str, version: int) -> str:
    """Return where the content of one version stands, and goes on standing when a next one comes."""
    parts = urlsplit(link)
    return urlunsplit((parts.scheme, parts.netloc, f"{parts.path.rstrip('/')}/download", f"versie={version}", ""))


def _proof(client_id: str, secret: str, clock: Clock) -> Callable[[], Mapping[str, str]]:
    """Return what makes the headers of a request: a token of its own moment, for `iat` tells a register how old it is.

    https://github.com/open-zaak/open-zaak/blob/main/docs/client-development/authentication.rst
    """

    def headers() -> Mapping[str, str]:
        now = int(clock.now().timestamp())
        claims = {"iss": client_id, "iat": now, "client_id": client_id}
        who = {"user_id": client_id, "user_representation": "integration hub"}  # for the register's audit trail
        return {"Authorization": f"Bearer {jwt.encode(claims | who, secret, algorithm='HS256')}"}

    return headers


def _project(path: str | None) -> Callable[[Mapping[str, Any]], str | None]:
    if path is None:
        return lambda _: None
    expression = jmespath.compile(path)

    def find(found: Mapping[str, Any]) -> str | None:
        try:
            code = expression.search(found)
        except (JMESPathError, ValueError, TypeError, LookupError, AttributeError):  # nothing that it can be taken of
            return None
        return code if isinstance(code, str) else None

    return find


def _build(name: str, options: ZgwOptions, parts: Parts) -> ZgwRegister:
    proof = _proof(options.client_id, parts.secret(options.secret), parts.clock)
    web = Web(options.base_url, parts.http, proof)
    mapped = Mapped(options.types, {**LEVELS, **options.levels}, _project(options.project_from))
    return ZgwRegister(name, web, mapped, options.limits(), parts)


ZGW = Kind("zgw", ZgwOptions, _build)
