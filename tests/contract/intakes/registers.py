"""Registers that tell of their letters: a real HTTP server, a real view, and letters of invented people."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import NullPool, create_engine, text

from services.mailroom.intakes.base import Intake, Kind, Parts, Register, Scanner
from services.mailroom.intakes.registers.register import REGISTER
from services.mailroom.intakes.registers.sql import SQL
from services.mailroom.intakes.registers.zgw import ZGW
from services.mailroom.store.sealed import RegisterRecords
from services.mailroom.store.tables import metadata
from shared.clock import FixedClock
from shared.events import LetterReported
from shared.http import Http
from shared.persistence.database import Database
from shared.vault import Vault
from tests.unit.mailroom.builders import NOW, SAMPLES
from tests.unit.shared.server import Asked, Reply, Stub

POST, ZAKEN = "https://post.example.org/api/", "https://zgw.example.org/documenten/api/v1"
SECRETS = {
    "HUB_MAILROOM_REGISTER_TOKEN": "token-1",
    "HUB_MAILROOM_ZGW_SECRET": "a secret that the register gave us, of some length",
    "HUB_VAULT_KEY": "a key for the tests of registers",
}
VAULT = Vault([SECRETS["HUB_VAULT_KEY"]])
CONTENT = b"From: piet.proefburger@burger.example.org\r\nSubject: melding\r\n\r\nEen tegel ligt los.\r\n"
EVENTS: list[dict[str, Any]] = json.loads((SAMPLES / "post_events.json").read_text(encoding="utf-8"))["events"]
NOTIFICATION: dict[str, Any] = json.loads((SAMPLES / "zgw_notificatie.json").read_text(encoding="utf-8"))
TYPE = "https://zgw.example.org/catalogi/api/v1/informatieobjecttypen/1"
UUID = "7f1f2f2c-0000-4000-8000-000000000001"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def record(content: bytes = CONTENT, **changes: Any) -> dict[str, Any]:
    """Return the record of the sample event, of a file that is *content*."""
    made: dict[str, Any] = deepcopy(EVENTS[0]["data"]) | changes
    made["bestanden"][0] |= {"bytes": len(content), "sha256": sha256(content)}
    return made


def informatieobject(content: bytes = CONTENT, **changes: Any) -> dict[str, Any]:
    """Return the object that the sample notification tells of, as the Documenten API gives it."""
    return {
        "url": NOTIFICATION["resourceUrl"],
        "identificatie": "2026/IN/001235",
        "bronorganisatie": "000000000",
        "creatiedatum": "2026-11-17",
        "titel": "Melding losliggende stoeptegel",
        "vertrouwelijkheidaanduiding": "intern",
        "auteur": "Piet Proefburger",
        "status": "definitief",
        "formaat": "message/rfc822",
        "taal": "nld",
        "versie": 1,
        "beginRegistratie": "2026-11-18T09:05:00.000000Z",
        "bestandsnaam": "melding.eml",
        "inhoud": f"{NOTIFICATION['resourceUrl']}/download?versie=1",
        "bestandsomvang": len(content),
        "ontvangstdatum": "2026-11-18",
        "verzenddatum": None,
        "integriteit": {"algoritme": "sha_256", "waarde": sha256(content), "datum": "2026-11-18"},
        "informatieobjecttype": TYPE,
        "trefwoorden": ["A40003"],
    } | changes


class Rerouted(Http):
    """Asks the stub what is asked of a register. Of anybody else nothing may be asked."""

    def __init__(self, stub: Stub) -> None:
        super().__init__(answer_seconds=5.0)
        self._stub = stub

    def _exchange(self, method: str, url: str, what: dict[str, Any]) -> Any:
        host = next(
            (each for each in ("https://post.example.org", "https://zgw.example.org") if url.startswith(each)), ""
        )
        assert host, "a request left the register"
        return super()._exchange(method, url.replace(host, self._stub.url, 1), what)


@dataclass
class Place:
    """Where an intake finds everything. *answers* is what the register says, by path with its query."""

    folder: Path
    stub: Stub
    scanner: Scanner | None = None
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    secrets: dict[str, str] = field(default_factory=lambda: dict(SECRETS))
    answers: dict[str, Reply] = field(default_factory=dict)
    mails: dict[str, bytes] = field(default_factory=dict)  # what the shared mailboxes hold, by digest

    def __post_init__(self) -> None:
        self.database = Database(f"sqlite:///{self.folder}/mailroom.db", "mailroom")
        metadata.create_all(self.database.engine)
        self.records = RegisterRecords(self.database, self.clock, VAULT)
        self.stub.answers(self._answer)

    @property
    def spool(self) -> Path:
        return self.folder / "spool"

    @property
    def asked(self) -> list[str]:
        return [asked.path for asked in self.stub.asked]

    def built(self, kind: Kind, name: str, **table: Any) -> Any:
        parts = Parts(
            clock=self.clock,
            folder=self.folder,
            spool=self.spool,
            secret=self.secrets.__getitem__,
            unseal=VAULT.open,
            http=Rerouted(self.stub),
            records=self.records,
            scanner=self.scanner,
            original=self._original,
        )
        return kind.build(name, kind.options.load(table), parts)

    def _original(self, sha256: str, target: Path) -> bool:
        if sha256 in self.mails:
            target.write_bytes(self.mails[sha256])
        return sha256 in self.mails

    def _answer(self, asked: Asked) -> Reply:
        return self.answers.get(asked.path, Reply(404))


@dataclass(frozen=True)
class Case:
    """An intake of registers. *offer* puts its sample there, changed; *tell* has it told of and returns the reference.

    *content* is where the register has the file, as the stub is asked for it.
    """

    intake: Intake
    place: Place
    content: str
    offer: Callable[[bytes, dict[str, Any]], None]
    tell: Callable[[], str]


def reported(**changes: Any) -> LetterReported:
    """Return what the front door says of the sample event."""
    said: dict[str, Any] = {
        "source": "postregister",
        "rule": "poststuk",
        "kenmerk": "2026/IN/001235",
        "version": 1,
        "change": "registered",
        "privacy": "intern",
    }
    return LetterReported(**(said | changes))


def sealed(record: Mapping[str, Any]) -> str:
    return VAULT.seal(json.dumps(record))


def register(place: Place) -> Case:
    """A register whose record came along with the event."""
    intake: Register = place.built(REGISTER, "postregister", base_url=POST)
    path = "/api/bestanden/88001"
    said: dict[str, Any] = {}

    def offer(content: bytes, changes: dict[str, Any]) -> None:
        said.update(record(content) | changes)
        place.answers[path] = Reply(body=content)

    def tell() -> str:
        return intake.hear(reported(record=sealed(said))).reference

    return Case(intake, place, path, offer, tell)


def linked_register(place: Place) -> Case:
    """A register that is asked for its record."""
    intake: Register = place.built(REGISTER, "postregister", base_url=POST)
    path = "/api/bestanden/88001"

    def offer(content: bytes, changes: dict[str, Any]) -> None:
        place.answers["/api/poststukken/2026-IN-001235"] = Reply(body=record(content) | changes)
        place.answers[path] = Reply(body=content)

    def tell() -> str:
        return intake.hear(reported(link=f"{POST}poststukken/2026-IN-001235")).reference

    return Case(intake, place, path, offer, tell)


def zgw(place: Place) -> Case:
    """A register with the Documenten API, here with the sample's own words for what the record says otherwise."""
    types = {TYPE: {"serie": "ALG.MELDING", "documenttype": "melding"}}
    intake: Register = place.built(
        ZGW, "zgw", base_url=ZAKEN, client_id="hub", types=types, project_from="trefwoorden[0]"
    )
    path = f"/documenten/api/v1/enkelvoudiginformatieobjecten/{UUID}"
    theirs = {"onderwerp": "titel", "registratiedatum": "beginRegistratie", "projectcode": "trefwoorden"}

    def offer(content: bytes, changes: dict[str, Any]) -> None:
        told = {theirs.get(name, name): value for name, value in changes.items()}
        place.answers[path] = Reply(body=informatieobject(content) | told)
        place.answers[f"{path}/download?versie=1"] = Reply(body=content)

    def tell() -> str:
        event = reported(source="zgw", kenmerk=UUID, link=NOTIFICATION["resourceUrl"])
        return intake.hear(event).reference

    return Case(intake, place, f"{path}/download?versie=1", offer, tell)


def sql_by_address(place: Place) -> Case:
    """A view of which the files have an address."""
    path = "/api/bestanden/88001"

    def offer(content: bytes, changes: dict[str, Any]) -> None:
        fill(place, row(content, bestand_url=f"{POST}bestanden/88001") | changes)
        place.answers[path] = Reply(body=content)

    intake = view(place, base_url=POST, token="HUB_MAILROOM_REGISTER_TOKEN")
    return Case(intake, place, path, offer, lambda: only(intake.scan()))


def sql_by_folder(place: Place) -> Case:
    """A view of which the files stand in a folder."""
    (place.folder / "archief" / "2026").mkdir(parents=True, exist_ok=True)

    def offer(content: bytes, changes: dict[str, Any]) -> None:
        (place.folder / "archief" / "2026" / "88001.eml").write_bytes(content)
        fill(place, row(content, bestand_pad="2026/88001.eml") | changes)

    intake = view(place, files="archief")
    return Case(intake, place, "", offer, lambda: only(intake.scan()))


def only(references: Any) -> str:
    (reference,) = references
    assert isinstance(reference, str)
    return reference


def row(content: bytes = CONTENT, **changes: Any) -> dict[str, Any]:
    """Return the sample event as a row of a view."""
    return {
        "kenmerk": "2026/IN/001235",
        "versie": 1,
        "richting": "inkomend",
        "kanaal": "e-mail",
        "onderwerp": "Melding losliggende stoeptegel",
        "documenttype": "melding",
        "documentdatum": "2026-11-18",
        "ontvangstdatum": "2026-11-18 00:00:00",
        "registratiedatum": "2026-11-18 10:05:00",
        "afzender_soort": "burger",
        "afzender_naam": "Piet Proefburger",
        "afzender_email": "piet.proefburger@burger.example.org",
        "dienst_code": "TD",
        "dienst_naam": "Technische dienst",
        "dossierbehandelaar_upn": "stan.staalkaart@example.org",
        "projectcode": "A40003",
        "serie": "ALG.MELDING  ",
        "vertrouwelijkheid": "intern",
        "bevat_persoonsgegevens": 1,
        "antwoord_vereist": 1,
        "antwoordtermijn": "2026-12-02",
        "in_antwoord_op": None,
        "status": "geregistreerd",
        "bestand_rol": "hoofddocument",
        "bestand_naam": "melding.eml",
        "bestand_mediatype": "message/rfc822",
        "bestand_bytes": len(content),
        "bestand_sha256": sha256(content),
        "bestand_pad": None,
        "bestand_url": None,
    } | changes


def fill(place: Place, *rows: Mapping[str, Any]) -> None:
    """Let the view show *rows* and nothing else."""
    names = list(rows[0])
    engine = create_engine(address(place), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS poststukken"))
        connection.execute(text(f"CREATE TABLE poststukken ({', '.join(names)})"))
        cells = ", ".join(f":{name}" for name in names)
        connection.execute(text(f"INSERT INTO poststukken VALUES ({cells})"), list(rows))  # noqa: S608 - our own names


def address(place: Place) -> str:
    return f"sqlite:///{place.folder}/register.db"


def view(place: Place, url: str | None = None, **table: Any) -> Any:
    place.secrets["HUB_MAILROOM_VIEW_URL"] = url or address(place)
    table = {"query": "SELECT * FROM poststukken", "url": "HUB_MAILROOM_VIEW_URL", **table}
    return place.built(SQL, "postview", **table)
