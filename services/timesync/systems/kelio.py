"""Kelio (Bodet): absence files over SOAP. They are approved absences; requests are in another service and not read.

Employees are known by their identification number, with its leading zeros. Codes are abbreviations of absence types.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Annotated

from marshmallow import RAISE, fields, validate

from services.timesync.domain.records import AbsenceRecord, Part
from services.timesync.systems.base import LONGEST_EMPLOYEE, Codes, Held, Kind, Parts, Reading, SystemHttp
from services.timesync.systems.leave import (
    BACK,
    UNKNOWN_HOURS,
    Piece,
    RefusedError,
    between,
    hours,
    in_records,
    whole_reading,
    window,
)
from shared.clock import Clock
from shared.contracts import Contract
from shared.errors import Invalid, Transient

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_TEXT = validate.Length(min=1)
_AHEAD = timedelta(days=90)  # a large question slows Kelio down for everybody, and it may be cut off for that
_TRUE, _FALSE = frozenset({"true", "1"}), frozenset({"false", "0"})
_NS = "http://echange.service.open.bodet.com"
# populationMode 0: everybody; dateMode 1: days before and after today; what overlaps them is given.
# https://kelio.help.kelio.io/V5.1P5/EN/webservices/absences.html
_QUESTION = f"""<?xml version="1.0" encoding="utf-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:ech="{_NS}">
<soapenv:Body><ech:exportAbsenceFilesList><ech:exportFilter><ech:AskedAbsence>
<ech:populationMode>0</ech:populationMode>
<ech:limitedToAPeriod>false</ech:limitedToAPeriod>
<ech:dateMode>1</ech:dateMode>
<ech:startOffset>{-BACK.days}</ech:startOffset>
<ech:endOffset>{_AHEAD.days}</ech:endOffset>
</ech:AskedAbsence></ech:exportFilter></ech:exportAbsenceFilesList></soapenv:Body></soapenv:Envelope>""".encode()


@dataclass(frozen=True, kw_only=True)
class KelioOptions(Contract):
    """`[timesync.systems.<name>]` of Kelio. *password* is the name of the setting that holds it."""

    UNKNOWN = RAISE
    base_url: Annotated[str, fields.String(validate=validate.URL(schemes={"https", "http"}, require_tld=False))]
    user: Annotated[str, fields.String(validate=_TEXT)]
    password: Annotated[str, fields.String(validate=_TEXT)] = "HUB_TIMESYNC_KELIO_PASSWORD"  # noqa: S105 - the name of a setting


@dataclass(frozen=True)
class _File:
    """One absence file. *fault* is the slug of why it cannot be used; then it has no *pieces*.

    *natural* is its id, for Kelio makes a new key at every edit: with the key, each edit would take an absence away and
    make another one, and an extension is the same one (R16).
    """

    key: str
    natural: str
    employee: str
    profile: str | None
    pieces: tuple[Piece, ...] = ()
    fault: str = ""

    @property
    def order(self) -> tuple[str, str]:
        """Return by what files with the same *natural* are told apart; not by the key, which comes and goes."""
        return (str(self.pieces[0].starts), str(self.pieces[-1].last)) if self.pieces else ("", "")


@dataclass(frozen=True)
class Kelio:
    """Reads one Kelio, whole every time."""

    name: str
    options: KelioOptions
    password: str = field(repr=False)
    http: SystemHttp
    clock: Clock
    codes: Codes

    def read(self, cursor: str | None) -> Reading:  # noqa: ARG002 - there is no delta to go on from
        first, last = window(self.clock, BACK, _AHEAD)
        files = sorted((self._parsed(element) for element in self._ask()), key=lambda file: file.order)
        return whole_reading(self._numbered(files), first, last, overlapping=True)

    def _ask(self) -> list[Element]:
        answer = self.http.ask_bytes(
            f"{self.options.base_url}/open/services/AbsenceFileService",
            _QUESTION,
            # Without SOAPAction the portal answers with a page.
            headers={"Content-Type": "text/xml; charset=utf-8", "SOAPAction": "urn:exportAbsenceFilesList"},
            auth=(self.options.user, self.password),
        )
        return _files_in(answer.content, self.name)

    def _parsed(self, element: Element) -> _File:
        employee = _text(element, "employeeIdentificationNumber")
        profile = self.codes.profile(_text(element, "absenceTypeAbbreviation"))
        file = _File(_text(element, "absenceFileKey")[:20], _natural(element), employee[:LONGEST_EMPLOYEE], profile)
        if not employee or len(employee) > LONGEST_EMPLOYEE:
            return replace(file, fault="unknown_person")
        try:
            pieces = _pieces(element)
        except RefusedError as refused:
            return replace(file, fault=refused.reason)
        return replace(file, pieces=tuple(pieces), fault="" if profile else "unknown_code")

    def _numbered(self, files: list[_File]) -> Iterator[AbsenceRecord | Held]:
        """Yield each file; a second one of the same person, day and part has a number behind its id."""
        seen = Counter[str]()
        for file in files:
            seen[file.natural] += 1
            number = f"#{seen[file.natural]}" if seen[file.natural] > 1 else ""
            place, source_id = f"absence-files/{file.key}", file.natural + number
            if file.fault or file.profile is None:
                yield Held(place, file.fault, file.employee or None, source_id)
                continue
            request = AbsenceRecord(
                source=self.name,
                source_id=source_id,
                employee=file.employee,
                first=file.pieces[0].first,
                last=None,
                profile=file.profile,
                place=place,
            )
            yield from in_records(request, file.pieces)


def _files_in(content: bytes, name: str) -> list[Element]:
    """Return the absence files of an answer.

    Raises: Transient on a fault: calls are refused in certain hours, and what is refused then is good later.
    https://kelio.help.kelio.io/V5.1P5/EN/webservices/index.html
    """
    from xml.etree.ElementTree import ParseError  # noqa: PLC0415 - XML is loaded where Kelio is read

    from defusedxml import DefusedXmlException  # noqa: PLC0415 - as above
    from defusedxml.ElementTree import fromstring  # noqa: PLC0415 - as above

    expected = f"{name}: expected a SOAP answer with 'exportedAbsenceFiles'"
    try:
        root = fromstring(content)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise Invalid("unexpected_answer", f"{expected} ({type(error).__name__})") from error
    if root.find(".//{*}Fault") is not None:
        raise Transient("source_barred", f"{name}: Kelio answered with a SOAP fault")
    if root.find(".//{*}exportAbsenceFilesListResponse") is None:
        raise Invalid("unexpected_answer", expected)
    return root.findall(".//{*}AbsenceFile")


def _text(element: Element, name: str) -> str:
    return (element.findtext(f"{{*}}{name}") or "").strip()


def _natural(element: Element) -> str:
    """Return person, first day and part, as they are written."""
    first, last = (_text(element, name)[:10] for name in ("startDate", "endDate"))
    if _text(element, "firstStartTime"):
        part = Part.INTERVAL
    elif _text(element, "startInTheMorning") in _FALSE:
        part = Part.AFTERNOON
    else:
        part = Part.MORNING if first == last and _text(element, "endingTheAfternoon") in _FALSE else Part.WHOLE
    return f"{_text(element, 'employeeIdentificationNumber')[:LONGEST_EMPLOYEE]}|{first}|{part}"


def _pieces(element: Element) -> list[Piece]:
    """Return the days or hours of a file, each written in one of four ways.

    Raises: RefusedError.
    """
    first, last = _day(element, "startDate"), _day(element, "endDate")
    if _text(element, "firstStartTime"):
        if first != last:
            raise RefusedError("impossible_date")
        return hours(first, _clock(element, "firstStartTime"), _clock(element, "firstEndTime"))
    if _text(element, "offset") not in ("", "0"):  # minutes of one day, without their hour
        return [Piece(first, last, fault=UNKNOWN_HOURS)]
    late, early = not _truth(element, "startInTheMorning"), not _truth(element, "endingTheAfternoon")
    return between(first, last, late=late, early=early)


def _day(element: Element, name: str) -> date:
    try:
        return date.fromisoformat(_text(element, name)[:10])  # XML lets a zone come behind a date
    except ValueError as error:
        raise RefusedError("impossible_date") from error


def _clock(element: Element, name: str) -> time:
    try:
        return time.fromisoformat(_text(element, name)[:5])
    except ValueError as error:
        raise RefusedError("impossible_date") from error


def _truth(element: Element, name: str) -> bool:
    text = _text(element, name)
    if text not in _TRUE | _FALSE:
        raise RefusedError("incomplete_row")
    return text in _TRUE


def _build(name: str, options: KelioOptions, parts: Parts) -> Kelio:
    return Kelio(name, options, parts.secret(options.password), parts.http, parts.clock, parts.codes)


KELIO = Kind("kelio", KelioOptions, _build)
