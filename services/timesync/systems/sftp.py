"""Exports that a system drops on an SFTP server: one that we know, and nothing that is still being written.

Imported by who uses it only: paramiko is heavy.
"""

from __future__ import annotations

import io
import posixpath
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import paramiko

from services.timesync.systems.places import File, SftpOptions, checked_size, fingerprint_of, newest_of, unchanged
from shared.clock import Clock
from shared.errors import HubError, Invalid, Permanent, Transient

_CONNECT_SECONDS = 10.0  # for each of: the connection, the banner, the login, a channel
_ANSWER_SECONDS = 60.0
_KEY_TYPES: tuple[type[paramiko.PKey], ...] = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)


@dataclass(frozen=True)
class Sftp:
    """A folder, or a file, on an SFTP server. A connection lives as long as one look."""

    options: SftpOptions
    path: str
    pattern: str
    secret: str = field(repr=False)  # the password, or the private key
    clock: Clock

    def newest(self) -> File:
        with self._connected() as server:
            files, pattern = self._files(server)
        file = checked_size(newest_of(files, pattern, str(self)), str(self))
        left = self.options.stable_seconds - (self.clock.now().timestamp() - file.changed)
        if left > 0:
            raise Transient(
                "source_changing",
                f"{self}: {file.name} was written too short ago, or the clock of the server is ahead of ours",
                timedelta(seconds=left),
            )
        return file

    def read(self, file: File) -> bytes:
        with self._connected() as server:
            is_folder = _is_folder(self._stat(server))
            path = posixpath.join(self.path, file.name) if is_folder else self.path
            with server.open(path, "rb") as remote:
                remote.prefetch(file.size)
                content = remote.read(file.size)
            return unchanged(file, self._file(file.name, server.stat(path)), content, str(self))

    def __str__(self) -> str:
        """Return what tells a person where this is."""
        return f"sftp://{self.options.host}:{self.options.port}/{self.path.lstrip('/')}"

    def _files(self, server: paramiko.SFTPClient) -> tuple[list[File], str]:
        state = self._stat(server)
        if not _is_folder(state):
            return [self._file(posixpath.basename(self.path), state)], "*"
        inside = [each for each in server.listdir_attr(self.path) if _is_file(each)]
        return [self._file(each.filename, each) for each in inside], self.pattern

    def _stat(self, server: paramiko.SFTPClient) -> paramiko.SFTPAttributes:
        try:
            return server.stat(self.path)
        except FileNotFoundError as error:
            raise Invalid("source_missing", f"expected a folder or a file at {self}") from error

    def _file(self, name: str, state: paramiko.SFTPAttributes) -> File:
        if state.st_mtime is None or state.st_size is None:
            raise Invalid("unexpected_answer", f"{self}: expected the server to tell size and time of its files")
        return File(name, state.st_mtime, state.st_size)

    @contextmanager
    def _connected(self) -> Iterator[paramiko.SFTPClient]:
        with paramiko.SSHClient() as client:
            try:
                self._connect(client)
                server = client.open_sftp()
                server.get_channel().settimeout(_ANSWER_SECONDS)  # type: ignore[union-attr]  # an open one has a channel
                yield server
            except (OSError, EOFError, paramiko.SSHException) as error:
                raise self._translated(error) from error

    def _connect(self, client: paramiko.SSHClient) -> None:
        known = fingerprint_of(self.options.host_key)
        client.set_missing_host_key_policy(_Known(known, str(self)))
        client.connect(
            self.options.host,
            self.options.port,
            self.options.user,
            password=self.secret if self.options.password else None,
            pkey=_private_key(self.secret, self.options.key) if self.options.key else None,
            timeout=_CONNECT_SECONDS,
            banner_timeout=_CONNECT_SECONDS,
            auth_timeout=_CONNECT_SECONDS,
            channel_timeout=_CONNECT_SECONDS,
            allow_agent=False,  # who runs the hub may have keys of their own
            look_for_keys=False,
        )

    def _translated(self, error: Exception) -> HubError:
        if _is_refusal(error):
            return Permanent("source_refused", f"{self}: expected to be let in as '{self.options.user}'")
        if isinstance(error, paramiko.ssh_exception.IncompatiblePeer):
            return Permanent("source_refused", f"{self}: no algorithm that both sides know ({error})")
        if isinstance(error, PermissionError):
            return Permanent("source_refused", f"{self}: expected that '{self.options.user}' may read it")
        return Transient("source_unreachable", f"{self} ({type(error).__name__})")


@dataclass(frozen=True)
class _Known(paramiko.MissingHostKeyPolicy):
    """Lets in the one server that is meant: whoever takes its place would be handed our password."""

    fingerprint: str
    place: str

    def missing_host_key(
        self,
        client: paramiko.SSHClient,  # noqa: ARG002 - paramiko's signature
        hostname: str,  # noqa: ARG002 - paramiko's signature
        key: paramiko.PKey,
    ) -> None:
        if key.fingerprint != self.fingerprint:
            raise Permanent(
                "source_unknown",
                f"{self.place}: expected the host key {self.fingerprint}, the server shows {key.get_name()} "
                f"{key.fingerprint}. If that is right, give it as 'host_key'",
            )


def _private_key(text: str, setting: str) -> paramiko.PKey:
    for kind in _KEY_TYPES:
        try:
            return kind.from_private_key(io.StringIO(text))
        except (paramiko.SSHException, ValueError):
            continue
    raise Invalid(
        "invalid_key", f"{setting}: expected a private key without a passphrase (Ed25519, ECDSA or RSA; PEM or OpenSSH)"
    )


def _is_folder(state: paramiko.SFTPAttributes) -> bool:
    return stat.S_ISDIR(state.st_mode or 0)


def _is_file(state: paramiko.SFTPAttributes) -> bool:
    """Tell whether it is a file, and no link: a listing tells the size of the link. Some servers tell no type."""
    return stat.S_IFMT(state.st_mode or 0) in (0, stat.S_IFREG)


def _is_refusal(error: Exception) -> bool:
    """Tell whether the server said no to our login: paramiko raises the same when it does not answer in time."""
    is_said = isinstance(error, paramiko.BadAuthenticationType) or str(error) == "Authentication failed."
    return isinstance(error, paramiko.AuthenticationException) and is_said
