"""Odoo: leaves (hr.leave) over JSON-RPC, of every version that has it.

Odoo has no personnel number of its own: employees are known by the field of hr.employee that *employee_field* names, an
address in lower case. Codes are the names of leave types, in the language of the account that reads.

Version 19 calls JSON-RPC deprecated, and 22 (autumn 2028) is to be without:
https://www.odoo.com/documentation/19.0/developer/reference/external_rpc_api.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from marshmallow import RAISE, fields, validate

from services.timesync.domain.records import AbsenceRecord
from services.timesync.systems.base import Codes, Held, Kind, Parts, Reading, SystemHttp
from services.timesync.systems.leave import (
    RefusedError,
    behind,
    employee_key,
    in_records,
    rows_of,
    whole_reading,
    window,
)
from services.timesync.systems.odoo_leaves import WANTED, OdooLeave, parse_leave, pieces_of, state_of
from shared.clock import Clock
from shared.contracts import Contract
from shared.errors import Invalid, Permanent

_TEXT = validate.Length(min=1)
_PAGE = 500
_CLASS = re.compile(r"[\w.]{1,80}")


@dataclass(frozen=True, kw_only=True)
class OdooOptions(Contract):
    """`[timesync.systems.<name>]` of Odoo. *api_key* is the name of the setting that holds the key of *login*."""

    UNKNOWN = RAISE
    base_url: Annotated[str, fields.String(validate=validate.URL(schemes={"https", "http"}, require_tld=False))]
    database: Annotated[str, fields.String(validate=_TEXT)]
    login: Annotated[str, fields.String(validate=_TEXT)]
    api_key: Annotated[str, fields.String(validate=_TEXT)] = "HUB_TIMESYNC_ODOO_KEY"
    employee_field: Annotated[str, fields.String(validate=validate.Regexp(r"^[a-z][a-z0-9_]{0,62}$"))] = "work_email"


@dataclass(frozen=True)
class Odoo:
    """Reads one database of Odoo, whole every time: what was deleted there is nowhere told."""

    name: str
    options: OdooOptions
    key: str = field(repr=False)
    http: SystemHttp
    clock: Clock
    codes: Codes

    def read(self, cursor: str | None) -> Reading:  # noqa: ARG002 - there is no delta to go on from
        first, last = window(self.clock)
        user = self._log_in()
        overlapping = [["request_date_from", "<=", str(last)], ["request_date_to", ">=", str(first)]]
        rows = self._rows(user, "hr.leave", overlapping, self._known_fields(user))
        people = self._people(user, {_id(row.get("employee_id")) for row in rows})
        return whole_reading(
            (each for row in rows for each in self._understood(row, people)), first, last, overlapping=True
        )

    def _log_in(self) -> int:
        """Return our user's number. https://www.odoo.com/documentation/18.0/developer/reference/external_api.html"""
        user = self._call("common", "authenticate", [self.options.database, self.options.login, self.key, {}])
        if not isinstance(user, int) or isinstance(user, bool):
            expected = f"login '{self.options.login}' to be known with the key in {self.options.api_key}"
            raise Permanent("source_refused", f"{self.name}: expected {expected}")
        return user

    def _known_fields(self, user: int) -> list[str]:
        """Return the fields of a leave that this version has: asking for another one is an error."""
        known = self._ask(user, "hr.leave", "fields_get", [list(WANTED)], {"attributes": ["type"]})
        if not isinstance(known, dict):
            raise Invalid("unexpected_answer", f"{self.name}: expected an object with the fields of hr.leave")
        return [field for field in WANTED if field in known]

    def _people(self, user: int, ids: set[int]) -> dict[int, str | None]:
        """Return how each employee is known, also those who left since."""
        chosen = self.options.employee_field
        rows = self._rows(user, "hr.employee", [["id", "in", sorted(ids)], ["active", "in", [True, False]]], [chosen])
        return {row["id"]: employee_key(row.get(chosen)) for row in rows}

    def _rows(self, user: int, model: str, domain: list[Any], wanted: list[str]) -> list[Mapping[str, Any]]:
        """Return all rows. Each page begins after the last id: a row that is deleted meanwhile moves none along."""
        found: list[Mapping[str, Any]] = []
        while True:
            after = [["id", ">", found[-1]["id"]]] if found else []
            how = {"fields": wanted, "order": "id asc", "limit": _PAGE}
            answer = {"result": self._ask(user, model, "search_read", [domain + after], how)}
            page = rows_of(answer, "result", self.name)
            if not page:  # a short one is not the end: a server may give less than was asked
                return found
            found += behind(found, page, self.name)

    def _ask(self, user: int, model: str, method: str, args: list[Any], how: Mapping[str, Any]) -> Any:
        return self._call(
            "object", "execute_kw", [self.options.database, user, self.key, model, method, args, dict(how)]
        )

    def _call(self, service: str, method: str, args: list[Any]) -> Any:
        """Return the result. An error comes with status 200; of it the class is told, for its text may be about people.

        https://www.odoo.com/documentation/18.0/developer/howtos/web_services.html
        """
        question = {
            "jsonrpc": "2.0",
            "method": "call",
            "id": 1,
            "params": {"service": service, "method": method, "args": args},
        }
        answer = self.http.ask_json(f"{self.options.base_url}/jsonrpc", question)
        if not isinstance(answer, dict) or not ("result" in answer or "error" in answer):
            raise Invalid("unexpected_answer", f"{self.name}: expected an answer with a 'result' or an 'error'")
        if "error" in answer:
            raise Permanent("source_refused", f"{self.name}: {service}.{method} failed ({_class_of(answer['error'])})")
        return answer["result"]

    def _understood(self, row: Mapping[str, Any], people: Mapping[int, str | None]) -> Iterator[AbsenceRecord | Held]:
        source_id = str(row["id"])
        place, employee = f"hr.leave/{source_id}", people.get(_id(row.get("employee_id")))
        try:
            leave = parse_leave(row)
            yield from in_records(self._request(leave, employee, place), pieces_of(leave))
        except RefusedError as refused:
            yield Held(place, refused.reason, employee, source_id)

    def _request(self, leave: OdooLeave, employee: str | None, place: str) -> AbsenceRecord:
        state = state_of(leave)
        profile = self.codes.profile_of(leave.type, state)
        if employee is None or profile is None:
            raise RefusedError("unknown_person" if employee is None else "unknown_code")
        return AbsenceRecord(
            source=self.name,
            source_id=str(leave.id),
            employee=employee,
            first=leave.first,
            last=None,
            state=state,
            profile=profile,
            version=leave.version,
            place=place,
        )


def _id(reference: Any) -> int:
    """Return the number in `[104, "its name"]`, 0 when there is none."""
    number = reference[0] if isinstance(reference, list) and reference else 0
    return number if isinstance(number, int) else 0


def _class_of(error: Any) -> str:
    data = error.get("data") if isinstance(error, dict) else None
    found = _CLASS.fullmatch(str(data.get("name", ""))) if isinstance(data, dict) else None
    return found[0] if found else "an error without a class"


def _build(name: str, options: OdooOptions, parts: Parts) -> Odoo:
    return Odoo(name, options, parts.secret(options.api_key), parts.http, parts.clock, parts.codes)


ODOO = Kind("odoo", OdooOptions, _build)
