"""Settings of a deployment (environment) and policy of the organisation (hub.toml); every fault listed at once."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from environs import Env, EnvValidationError
from marshmallow import validate

from shared.contracts import Contract
from shared.errors import Invalid
from shared.faults import Fault, Unusable
from shared.lines import keys_of, line_of

C = TypeVar("C", bound=Contract)

_LINE = re.compile(r"at line (\d+)")  # what tomllib says of where it stopped

DEFAULT_PORTS = {"console": 8080, "webhooks": 8081, "timesync": 8082, "mailroom": 8083, "notifier": 8084}


@dataclass(frozen=True)
class Settings:
    """The deployment's settings. `.env.example` explains each; a test compares the two."""

    config: Path
    data_dir: Path
    database_url: str | None
    amqp_url: str
    tenant_id: str
    client_id: str
    client_secret: str | None = field(repr=False)
    client_certificate: Path | None
    graph_url: str
    authority_url: str
    public_url: str
    timesync_url: str
    session_key: str | None = field(repr=False)
    clock_tick_seconds: float
    worker_threads: int
    instance: str
    log_level: str
    binds: Mapping[str, str]
    environ: Mapping[str, str] = field(repr=False, default_factory=dict)

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> Settings:
        """Read the `HUB_*` settings.

        Raises: Invalid naming every setting that is missing or wrong.
        """
        env = Env(prefix="HUB_", eager=False)
        filled, faults = _with_files(environ)
        with _as_environment(filled):
            read = _read(env)
        faults |= _faults(env)
        if faults:
            listed = "\n".join(f"  {name}: {' '.join(wrong)}" for name, wrong in sorted(faults.items()))
            raise Invalid("invalid_settings", f"environment (see .env.example):\n{listed}", faults)
        return cls(**read, environ=filled)

    def database(self, service: str) -> str:
        """Return the database address of *service*: HUB_DATABASE_URL, else a SQLite file of its own."""
        return self.database_url or f"sqlite:///{self.data_dir / service}.db"

    def secret(self, name: str) -> str:
        """Return the secret that hub.toml names: the variable *name*, or what the file `<name>_FILE` held at start.

        Raises: Invalid when neither is set.
        """
        value = self.environ.get(name)
        if not value:
            raise Invalid("missing_secret", f"{name} is not set: give it in the environment, or a file in {name}_FILE")
        return value

    def address(self, service: str) -> str:
        """Return where another process of the hub reaches *service*."""
        host, _, port = self.binds[service].rpartition(":")
        return f"http://{'127.0.0.1' if host in ('', '0.0.0.0', '[::]') else host}:{port}"  # noqa: S104 - compared, not bound


def _read(env: Env) -> dict[str, Any]:
    return {
        "config": env.path("CONFIG", Path("hub.toml")),
        "data_dir": env.path("DATA_DIR", Path(".hub")),
        "database_url": env.str("DATABASE_URL", None),
        "amqp_url": env.str(
            "AMQP_URL", validate=validate.Regexp(r"amqps?://", error="expected amqp(s)://user:password@host:port/vhost")
        ),
        "tenant_id": env.str("TENANT_ID", validate=validate.Length(min=1)),
        "client_id": env.str("CLIENT_ID", validate=validate.Length(min=1)),
        "client_secret": env.str("CLIENT_SECRET", None),
        "client_certificate": env.path("CLIENT_CERTIFICATE", None),
        "graph_url": env.str("GRAPH_URL", "https://graph.microsoft.com/v1.0").rstrip("/"),
        "authority_url": env.str("AUTHORITY_URL", "https://login.microsoftonline.com").rstrip("/"),
        "public_url": env.str("PUBLIC_URL", "http://127.0.0.1:8081").rstrip("/"),
        "timesync_url": env.str("TIMESYNC_URL", "http://127.0.0.1:8082").rstrip("/"),
        "session_key": env.str(
            "SESSION_KEY", None, validate=validate.Regexp(r"$|.{32}", error="expected at least 32 random characters")
        ),
        "clock_tick_seconds": env.float("CLOCK_TICK_SECONDS", 60.0, validate=validate.Range(min=0.1)),
        "worker_threads": env.int("WORKER_THREADS", 4, validate=validate.Range(min=1, max=64)),
        "instance": env.str("INSTANCE", os.uname().nodename),
        "log_level": env.str("LOG_LEVEL", "info", validate=validate.OneOf(("debug", "info", "warning", "error"))),
        "binds": {name: env.str(f"{name.upper()}_BIND", f"127.0.0.1:{port}") for name, port in DEFAULT_PORTS.items()},
    }


def _with_files(environ: Mapping[str, str]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Add to *environ* each `NAME` whose content stands in the file that `NAME_FILE` names (Docker, systemd).

    The second is the faults: each `NAME_FILE` whose file cannot be read, even when `NAME` itself is set and wins.
    """
    filled, faults = dict(environ), {}
    for name, path in environ.items():
        if name.startswith("HUB_") and name.endswith("_FILE") and path:
            try:
                filled.setdefault(name.removesuffix("_FILE"), Path(path).read_text(encoding="utf-8").strip())
            except (OSError, UnicodeDecodeError) as error:
                faults[name] = [f"{path}: expected a readable file ({type(error).__name__})."]
    return filled, faults


def _faults(env: Env) -> dict[str, list[str]]:
    try:
        env.seal()
    except EnvValidationError as error:
        messages = error.error_messages if isinstance(error.error_messages, Mapping) else {}
        return {str(name): [str(message) for message in wrong] for name, wrong in messages.items()}
    return {}


class _as_environment:  # noqa: N801 - reads as a word in its `with`
    """environs reads os.environ only; lend it *environ* for as long as it reads."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = dict(environ)

    def __enter__(self) -> None:
        self._kept = dict(os.environ)
        os.environ.clear()
        os.environ.update(self._environ)

    def __exit__(self, *_: object) -> None:
        os.environ.clear()
        os.environ.update(self._kept)


@dataclass(frozen=True)
class Policy:
    """The organisation's hub.toml, read once; each service loads the tables that are its own."""

    path: Path
    text: str
    tables: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path) -> Policy:
        """Read *path*.

        Raises: Invalid when it is missing or no TOML.
        """
        try:
            return cls.of(path, path.read_bytes())
        except OSError as error:
            raise Invalid(
                "missing_policy", f"{path}: not readable; copy hub.example.toml and name it in HUB_CONFIG"
            ) from error

    @classmethod
    def of(cls, path: Path, content: bytes) -> Policy:
        """Understand the *content* of *path*.

        Raises: Invalid when it is no TOML.
        """
        try:
            text = content.decode("utf-8-sig")  # Notepad puts a mark in front
            return cls(path, text, tomllib.loads(text))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            told = _LINE.search(str(error))
            fault = Fault(path.name, int(told[1]) if told else 0, "", f"no TOML: {error}")
            raise Unusable("invalid_policy", str(path), [fault]) from error

    def section(self, name: str, contract: type[C]) -> C:
        """Load the table *name* as *contract*.

        Raises: Invalid naming every faulty key with the line to mend.
        """
        try:
            return contract.load(self.tables.get(name, {}))
        except Invalid as error:
            raise self.refusal(name, {f"{name}.{place}": wrong for place, wrong in error.fields.items()}) from error

    def entries(self, name: str, load: Callable[[Any], C]) -> list[C]:
        """Load each `[[name]]`, in the order of the file; none when there is no such table.

        Raises: Invalid naming every faulty key of every entry with the line to mend.
        """
        tables = self.tables.get(name, [])
        if not isinstance(tables, list):
            raise self.refusal(name, {name: [f"expected [[{name}]], with two brackets, for each of them"]})
        loaded: list[C] = []
        faults: dict[str, Sequence[str]] = {}
        for place, raw in enumerate(tables):
            try:
                loaded.append(load(raw))
            except Invalid as error:
                faults |= {f"{name}.{place}.{where}": wrong for where, wrong in error.fields.items()}
        if faults:
            raise self.refusal(name, faults)
        return loaded

    def refusal(self, name: str, faults: Mapping[str, Sequence[str]]) -> Unusable:
        """Return what to raise for the *faults* of the table *name*, by their dotted place: `rule.0.source`."""
        return Unusable("invalid_policy", f"[{name}]", self.faults(faults))

    def faults(self, found: Mapping[str, Sequence[str]]) -> list[Fault]:
        """Return what is wrong, by its dotted place, with the line to mend and the place as people wrote it."""
        return [
            Fault(self.path.name, line_of(self.text, place), ".".join(keys_of(self.tables, place)), " ".join(wrong))
            for place, wrong in found.items()
        ]
