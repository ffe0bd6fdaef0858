"""Voorbeeldegem on one machine: the sandbox tenant, a hub.toml for it, and the hub's processes around a broker."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import IO, Any

import requests
from mirakuru import TCPExecutor

from deploy.local.processes import SERVICES, HubProcesses, hub_processes
from deploy.local.rabbitmq import free_port
from sandbox import layout
from sandbox.voorbeeldegem import CLIENT_ID, CLIENT_SECRET, TENANT_ID
from sandbox.workflows import CHANNELS, webhook_path
from shared.config import Settings

START_SECONDS = 30
HOOK_SECRET = "whsec_VGVuIGJlaG9ldmUgdmFuIGRlIHpvcmcgdm9vciBkZSBtZW5z"
PROTIME_SECRET = "protime-secret"


@dataclass
class Stage:
    """Where everything stands: folders and addresses."""

    folder: Path
    amqp_url: str
    management_url: str | None = None
    sandbox_port: int = field(default_factory=free_port)
    ports: Mapping[str, int] = field(default_factory=lambda: {name: free_port() for name in SERVICES})
    tick_seconds: float = 1.0
    database_url: str | None = None

    @property
    def tenant_url(self) -> str:
        return f"https://localhost:{self.sandbox_port}"

    @property
    def certificate(self) -> Path:
        return self.folder / "sandbox" / "ca.pem"

    @property
    def export(self) -> Path:
        return self.folder / "tijdsregistratie" / "tijdsregistratie_export.csv"

    @property
    def scans(self) -> Path:
        return self.folder / "scans"

    def url(self, service: str) -> str:
        """Return where *service* answers."""
        return f"http://127.0.0.1:{self.ports[service]}"

    def environment(self) -> dict[str, str]:
        """Return the settings of a deployment for this stage."""
        channels = {setting_of(name): f"{self.tenant_url}{webhook_path(name)}" for name in CHANNELS}
        binds = {f"HUB_{name.upper()}_BIND": f"127.0.0.1:{port}" for name, port in self.ports.items()}
        passed = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "VIRTUAL_ENV") if name in os.environ}
        database = {"HUB_DATABASE_URL": self.database_url} if self.database_url else {}
        return {
            **passed, **channels, **binds, **database,
            "HUB_CONFIG": str(self.folder / "hub.toml"),
            "HUB_DATA_DIR": str(self.folder / "data"),
            "HUB_AMQP_URL": self.amqp_url,
            "HUB_TENANT_ID": TENANT_ID,
            "HUB_CLIENT_ID": CLIENT_ID,
            "HUB_CLIENT_SECRET": CLIENT_SECRET,
            "HUB_GRAPH_URL": f"{self.tenant_url}/v1.0",
            "HUB_AUTHORITY_URL": self.tenant_url,
            "HUB_PUBLIC_URL": self.url("webhooks"),
            "HUB_TIMESYNC_URL": self.url("timesync"),
            "HUB_CLOCK_TICK_SECONDS": str(self.tick_seconds),
            "HUB_PROTIME_SECRET": PROTIME_SECRET,
            "HUB_HOOK_PROTIME_SECRET": HOOK_SECRET,
            "HUB_LOG_LEVEL": "info",
            "REQUESTS_CA_BUNDLE": str(self.certificate),
            "PYTHONUNBUFFERED": "1",
        }  # fmt: skip

    def settings(self) -> Settings:
        return Settings.load(self.environment())

    def prepare(self, today: date) -> None:
        """Lay out an empty stage: hub.toml, the roster, the folders where the sources will put their files."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for place in (self.folder / "data", self.export.parent, self.scans):
            place.mkdir(parents=True)
        (self.folder / "people.json").write_text(json.dumps(layout.roster(today)), encoding="utf-8")
        (self.folder / "hub.toml").write_text(self._policy(), encoding="utf-8")

    def _policy(self) -> str:
        template = (Path(__file__).parent / "samples" / "hub.toml").read_text(encoding="utf-8")
        management = f'management_url = "{self.management_url}"' if self.management_url else ""
        values = {
            "export": str(self.export.parent),
            "scans": str(self.scans),
            "tenant": self.tenant_url,
            "management": management,
        }
        for name, value in values.items():
            template = template.replace(f"@{name}@", value)
        return template

    def ask(self, path: str) -> Any:
        """Return the JSON that the sandbox gives at *path*."""
        return requests.get(f"{self.tenant_url}{path}", timeout=10, verify=str(self.certificate)).json()

    def tell(self, path: str, body: object = None) -> Any:
        """Post *body* to the sandbox's controls and return what it answers."""
        answer = requests.post(f"{self.tenant_url}{path}", json=body, timeout=10, verify=str(self.certificate))
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def deliver(self, mailbox: str, eml: bytes) -> str:
        """Send *eml* to *mailbox*; return the lasting id of the message."""
        url = f"{self.tenant_url}/_sandbox/mail"
        answer = requests.post(url, params={"mailbox": mailbox}, data=eml, timeout=10, verify=str(self.certificate))
        answer.raise_for_status()
        return str(answer.json()["id"])

    def ready(self, service: str) -> dict[str, Any]:
        """Return the readiness report of *service*, or an empty one while it does not answer."""
        try:
            report: dict[str, Any] = requests.get(f"{self.url(service)}/health/ready", timeout=2).json()
        except (requests.RequestException, ValueError):
            return {}
        return report


def setting_of(channel: str) -> str:
    """Return the name of the setting that holds a channel's secret address."""
    return f"HUB_CHANNEL_{channel.upper().replace('-', '_')}"


@contextmanager
def sandbox_process(stage: Stage, log: IO[bytes]) -> Iterator[None]:
    """Run the sandbox tenant for as long as the block lasts."""
    words = [
        sys.executable,
        "-m",
        "sandbox",
        "serve",
        "--port",
        str(stage.sandbox_port),
        "--data",
        str(stage.certificate.parent),
    ]
    with TCPExecutor(words, "localhost", stage.sandbox_port, timeout=START_SECONDS, stdout=log, stderr=log, envvars={}):
        yield


@contextmanager
def hub_on(stage: Stage, log: IO[bytes]) -> Iterator[HubProcesses]:
    """Run the hub on *stage* for as long as the block lasts."""
    with hub_processes(stage.environment(), stage.settings(), log) as hub:
        yield hub
