"""An export on an SFTP server: only the server that is meant, only a file that is finished."""

from __future__ import annotations

import io
import os
import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import paramiko
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from services.timesync.systems.base import Codes, Parts, Reading, System
from services.timesync.systems.flatfile import FLATFILE
from shared.clock import FixedClock
from shared.errors import Invalid, Permanent, Transient
from shared.http import Http

from .kit import NOW
from .recorded import CODES, SAMPLES
from .sftp_server import HOST_KEY, PASSWORD, USER, SftpServer, sftp_server

SAMPLE = (SAMPLES / "tijdsregistratie_export.csv").read_bytes()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SftpServer]:
    with sftp_server(tmp_path) as running:
        drop(running, "maandag.csv", timedelta(hours=5))
        yield running


def drop(server: SftpServer, name: str, age: timedelta, content: bytes = SAMPLE) -> None:
    (server.folder / name).write_bytes(content)
    moment = (NOW - age).timestamp()
    os.utime(server.folder / name, (moment, moment))


def system(server: SftpServer, secret: str = PASSWORD, path: str = "/", **table: object) -> System:
    proof = {} if "key" in table else {"password": "HUB_TIMESYNC_EXPORT_PASSWORD"}
    sftp = {"host": "127.0.0.1", "port": server.port, "user": USER, "host_key": server.host_line, **proof, **table}
    parts = Parts(Http(), FixedClock(NOW), Codes(CODES), Path("/nowhere"), lambda _: secret)
    return FLATFILE.build("export", FLATFILE.options.load({"path": path, "sftp": sftp}), parts)


def private_key(key: paramiko.PKey) -> str:
    text = io.StringIO()
    key.write_private_key(text)
    return text.getvalue()


def new_key(kind: str) -> str:
    if kind == "RSA":
        return private_key(paramiko.RSAKey.generate(2048))
    if kind == "ECDSA":
        return private_key(paramiko.ECDSAKey.generate())
    key = Ed25519PrivateKey.generate()  # paramiko makes none
    return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()


def test_the_newest_file_is_read_as_one_of_a_folder_is(server: SftpServer) -> None:
    drop(server, "oud.csv", timedelta(days=1), b"Ziekte van Tuur")

    reading = system(server).read(None)

    assert (len(reading.records), reading.complete) == (9, True)
    assert reading.held[0].place.startswith("maandag.csv:")


def test_folders_and_links_are_no_exports(server: SftpServer) -> None:
    (server.folder / "archief.csv").mkdir()
    (server.folder / "laatste.csv").symlink_to("maandag.csv")

    assert system(server).read(None).held[0].place.startswith("maandag.csv:")


def test_path_may_be_the_file_itself(server: SftpServer) -> None:
    drop(server, "nieuwer.csv", timedelta(hours=1), b"Ziekte van Tuur")

    assert len(system(server, path="/maandag.csv").read(None).records) == 9


def test_an_unchanged_file_is_not_fetched_again(server: SftpServer) -> None:
    cursor = system(server).read(None).cursor
    server.growing = True  # would be told by a read

    assert system(server).read(cursor) == Reading(cursor=cursor)


def test_no_connection_stays_open(server: SftpServer) -> None:
    system(server).read(None)

    for transport in server.transports:
        transport.join(timeout=10)
    assert (server.logins, server.open_connections()) == (2, 0)


@pytest.mark.parametrize("kind", ["RSA", "ECDSA", "Ed25519"])
def test_a_private_key_opens_it_too(server: SftpServer, kind: str) -> None:
    secret = new_key(kind)
    server.client_key = getattr(paramiko, f"{kind}Key").from_private_key(io.StringIO(secret))

    reading = system(server, secret, key="HUB_TIMESYNC_EXPORT_KEY").read(None)

    assert len(reading.records) == 9


@pytest.mark.parametrize("form", ["line", "line without host", "fingerprint"])
def test_the_host_key_may_be_given_as_a_line_or_a_fingerprint(server: SftpServer, form: str) -> None:
    forms = {
        "line": server.host_line,
        "line without host": server.host_line.partition(" ")[2] + " beheer@sftp",
        "fingerprint": HOST_KEY.fingerprint,
    }

    assert len(system(server, host_key=forms[form]).read(None).records) == 9


def test_a_server_that_is_not_the_one_meant_gets_no_password(server: SftpServer) -> None:
    server.host_key = paramiko.RSAKey.generate(2048)

    with pytest.raises(Permanent, match="expected the host key SHA256:") as refusal:
        system(server, host_key=HOST_KEY.fingerprint).read(None)

    assert refusal.value.reason == "source_unknown"
    assert server.logins == 0


@pytest.mark.parametrize("host_key", ["", "SHA256:kort", "ssh-ed25519", "127.0.0.1", "ssh-rsa geen-base64!"])
def test_a_host_key_that_is_none_is_refused_at_the_start(server: SftpServer, host_key: str) -> None:
    with pytest.raises(Invalid, match="ssh-keyscan"):
        system(server, host_key=host_key)


def test_a_host_key_is_required(server: SftpServer) -> None:
    with pytest.raises(Invalid, match="host_key"):
        FLATFILE.options.load({"path": "/", "sftp": {"host": "sftp.example.org", "user": USER, "password": "HUB_X"}})


@pytest.mark.parametrize("proof", [{}, {"password": "HUB_X", "key": "HUB_Y"}], ids=["none", "both"])
def test_one_proof_is_given(proof: dict[str, str]) -> None:
    sftp = {"host": "sftp.example.org", "user": USER, "host_key": HOST_KEY.fingerprint, **proof}

    with pytest.raises(Invalid, match="one of 'password' and 'key'"):
        FLATFILE.options.load({"path": "/", "sftp": sftp})


def test_a_login_that_is_refused_waits_for_a_person(server: SftpServer) -> None:
    with pytest.raises(Permanent, match="expected to be let in as 'hub'") as refusal:
        system(server, "verkeerd").read(None)

    assert refusal.value.reason == "source_refused"
    assert "verkeerd" not in str(refusal.value)


def test_a_key_that_the_server_does_not_know_is_refused(server: SftpServer) -> None:
    with pytest.raises(Permanent) as refusal:
        system(server, private_key(paramiko.ECDSAKey.generate()), key="HUB_TIMESYNC_EXPORT_KEY").read(None)

    assert refusal.value.reason == "source_refused"


@pytest.mark.parametrize("locked", [True, False], ids=["with a passphrase", "no key"])
def test_a_setting_that_holds_no_usable_key_is_named(server: SftpServer, locked: bool) -> None:
    text = io.StringIO()
    paramiko.ECDSAKey.generate().write_private_key(text, password="geheim" if locked else None)
    secret = text.getvalue() if locked else "geen sleutel"

    with pytest.raises(Invalid, match="HUB_TIMESYNC_EXPORT_KEY: expected a private key") as refusal:
        system(server, secret, key="HUB_TIMESYNC_EXPORT_KEY").read(None)

    assert secret not in str(refusal.value)


def test_a_server_that_hangs_up_during_the_login_is_tried_later(server: SftpServer) -> None:
    server.hangs_at_login = True

    with pytest.raises(Transient) as failure:
        system(server).read(None)

    assert failure.value.reason == "source_unreachable"


def test_a_server_that_is_away_is_tried_later(server: SftpServer) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as nobody:
        server.port = nobody.getsockname()[1]

    with pytest.raises(Transient, match=r"sftp://127\.0\.0\.1:\d+/ \(NoValidConnectionsError\)"):
        system(server).read(None)


def test_something_that_is_no_ssh_is_tried_later(server: SftpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.timesync.systems.sftp._CONNECT_SECONDS", 0.5)
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        server.port = silent.getsockname()[1]

        with pytest.raises(Transient):
            system(server).read(None)


def test_a_path_that_is_not_there_is_named(server: SftpServer) -> None:
    with pytest.raises(Invalid, match=r"expected a folder or a file at sftp://127\.0\.0\.1:\d+/uitvoer"):
        system(server, path="/uitvoer").read(None)


def test_a_folder_that_may_not_be_read_waits_for_a_person(server: SftpServer) -> None:
    server.forbidden = True

    with pytest.raises(Permanent, match="expected that 'hub' may read it") as refusal:
        system(server).read(None)

    assert refusal.value.reason == "source_refused"


def test_a_folder_without_an_export_is_looked_into_later(server: SftpServer) -> None:
    (server.folder / "maandag.csv").unlink()

    with pytest.raises(Transient, match=r"expected \*\.csv"):
        system(server).read(None)


def test_a_file_that_was_just_written_is_read_when_it_is_quiet(server: SftpServer) -> None:
    drop(server, "dinsdag.csv", timedelta(seconds=10))

    with pytest.raises(Transient) as failure:
        system(server).read(None)

    assert failure.value.reason == "source_changing"
    assert failure.value.retry_after == timedelta(seconds=20)
    assert len(system(server, stable_seconds=5).read(None).records) == 9


def test_a_file_that_grows_while_it_is_read_is_not_believed(server: SftpServer) -> None:
    server.growing = True

    with pytest.raises(Transient) as failure:
        system(server).read(None)

    assert failure.value.reason == "source_changing"


def test_what_is_not_finished_by_its_name_does_not_count(server: SftpServer) -> None:
    drop(server, ".dinsdag.csv", timedelta(minutes=5), b"Ziekte van Tuur")

    assert len(system(server).read(None).records) == 9
