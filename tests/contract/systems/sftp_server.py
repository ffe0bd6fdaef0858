"""A real SFTP server on loopback, of the same library: a folder, one user, and what may go wrong on its side."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import paramiko
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_SUCCEEDED
from paramiko.sftp import SFTP_PERMISSION_DENIED

USER, PASSWORD = "hub", "geheim"
HOST_KEY = paramiko.RSAKey.generate(2048)


@dataclass
class SftpServer:
    """*growing*: after each read of it, a file has become longer, as one that is still being written."""

    folder: Path
    port: int = 0
    host_key: paramiko.PKey = HOST_KEY
    client_key: paramiko.PKey | None = None
    hangs_at_login: bool = False
    growing: bool = False
    forbidden: bool = False
    logins: int = 0
    transports: list[paramiko.Transport] = field(default_factory=list)

    @property
    def host_line(self) -> str:
        return f"127.0.0.1 {self.host_key.get_name()} {self.host_key.get_base64()}"

    def open_connections(self) -> int:
        return sum(transport.is_active() for transport in self.transports)


class _Door(paramiko.ServerInterface):
    def __init__(self, server: SftpServer) -> None:
        self.server = server

    def get_allowed_auths(self, username: str) -> str:
        return "password,publickey"

    def check_auth_password(self, username: str, password: str) -> int:
        if self.server.hangs_at_login:
            self.server.transports[-1].close()
        return self._verdict((username, password) == (USER, PASSWORD))

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        return self._verdict(username == USER and key == self.server.client_key)

    def _verdict(self, is_right: bool) -> int:
        self.server.logins += is_right
        return AUTH_SUCCESSFUL if is_right else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return OPEN_SUCCEEDED


class _Files(paramiko.SFTPServerInterface):
    def __init__(self, door: _Door) -> None:
        self.server = door.server

    def _path(self, path: str) -> Path:
        return self.server.folder / path.lstrip("/")

    def stat(self, path: str) -> paramiko.SFTPAttributes | int:
        try:
            return paramiko.SFTPAttributes.from_stat(self._path(path).stat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    lstat = stat

    def list_folder(self, path: str) -> list[paramiko.SFTPAttributes] | int:
        if self.server.forbidden:
            return SFTP_PERMISSION_DENIED
        return [
            paramiko.SFTPAttributes.from_stat(each.lstat(), each.name) for each in sorted(self._path(path).iterdir())
        ]

    def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> paramiko.SFTPHandle | int:
        handle = _Handle(flags)
        handle.readfile = self._path(path).open("rb")  # type: ignore[attr-defined]  # how paramiko's stub server does it
        if self.server.growing:
            with self._path(path).open("ab") as file:
                file.write(b"\r\n")
        return handle


class _Handle(paramiko.SFTPHandle):
    def stat(self) -> paramiko.SFTPAttributes:
        return paramiko.SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))  # type: ignore[attr-defined]  # as above


@contextmanager
def sftp_server(folder: Path) -> Iterator[SftpServer]:
    """Serve *folder* as `/` until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = SftpServer(folder, listener.getsockname()[1])
        thread = threading.Thread(target=_serve, args=(listener, server), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=10)
            for transport in server.transports:
                transport.close()


def _serve(listener: socket.socket, server: SftpServer) -> None:
    with suppress(OSError):  # the listener was closed: that is the end
        while True:
            connection, _ = listener.accept()
            transport = paramiko.Transport(connection)
            transport.add_server_key(server.host_key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Files)
            server.transports.append(transport)
            with suppress(paramiko.SSHException, EOFError):  # who hangs up at our key is no trouble of ours
                transport.start_server(server=_Door(server))
