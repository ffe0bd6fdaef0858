"""A private PostgreSQL for the tests and for trying the hub on it: own port, own data, stopped afterwards."""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from mirakuru import TCPExecutor

from deploy.local.rabbitmq import free_port

START_SECONDS = 60


class NoPostgreSQLError(RuntimeError):
    """There is no PostgreSQL server on this machine; the message says what to install."""

    def __init__(self) -> None:
        super().__init__(
            "No PostgreSQL found. Debian or Ubuntu: sudo apt-get install postgresql; macOS: brew install postgresql"
        )


def _program(name: str) -> str:
    newest = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), reverse=True)  # noqa: PTH207 - absolute pattern
    found = newest[0] if newest else shutil.which(name)
    if found is None:
        raise NoPostgreSQLError
    return found


class _Server(TCPExecutor):
    """A server that counts as started when it answers, not already when its port is open."""

    @property
    def url(self) -> str:
        return f"postgresql://hub@127.0.0.1:{self.port}/postgres"

    def after_start_check(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def private_postgresql(folder: Path) -> Iterator[str]:
    """Yield the address of a server that lives as long as the block."""
    data = folder / "postgresql"
    data.mkdir(parents=True)
    as_owner: list[str] = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root: run it as the user that Debian's package made
        shutil.chown(data, "postgres")
        for parent in data.parents:
            if os.access(parent, os.W_OK) and parent.stat().st_mode & 0o011 == 0:
                parent.chmod(parent.stat().st_mode | 0o011)  # the postgres user must be able to walk there
        as_owner = ["runuser", "-u", "postgres", "--"]
    subprocess.run(  # noqa: S603 - fixed words
        [*as_owner, _program("initdb"), "-D", str(data), "-U", "hub", "-A", "trust", "-E", "UTF8", "--no-sync"],
        check=True, capture_output=True, cwd="/",
    )  # fmt: skip
    port = free_port()
    words = ["-D", str(data), "-p", str(port), "-h", "127.0.0.1", "-k", str(data)]
    server = _Server([*as_owner, _program("postgres"), *words], "127.0.0.1", port, timeout=START_SECONDS, cwd="/")
    with server:
        yield server.url
