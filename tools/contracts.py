"""Writes docs/contracts/ from the code: AsyncAPI of the events, OpenAPI of each service. `--check` fails when stale."""

from __future__ import annotations

import importlib
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import click
import yaml
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from sandbox.stage import Stage
from services.__main__ import SERVICES
from shared.config import Policy
from shared.contracts import schema_of
from shared.events import CATALOGUE, Event
from shared.events.envelope import CONTENT_TYPE
from shared.messaging.housekeeping import router as housekeeping
from shared.messaging.memory import MemoryBroker
from shared.messaging.topology import EXCHANGE
from shared.observability.openapi import describe
from shared.persistence.database import Database
from shared.persistence.ledger import SqlLedger
from shared.run import Pipeline, add_health
from shared.service import Base, Service

FOLDER = Path("docs/contracts")
_ENVELOPE = {
    "specversion": {"const": "1.0"},
    "id": {"type": "string"},
    "source": {"type": "string", "examples": ["hub/timesync"]},
    "time": {"type": "string", "format": "date-time"},
    "datacontenttype": {"const": "application/json"},
    "partitionkey": {"type": "string", "description": "Work with the same key is done one at a time."},
    "correlationid": {"type": "string", "description": "The id of the first message of the chain."},
    "causationid": {"type": "string", "description": "The id of the message that led to this one."},
    "traceparent": {"type": "string"},
}


def services(folder: Path) -> list[Service]:
    """Assemble every service on the sample municipality's settings; nothing is started and nothing is asked."""
    stage = Stage(folder, "amqp://guest:guest@127.0.0.1:5672/%2F", ports=dict.fromkeys(SERVICES, 1), sandbox_port=1)
    stage.prepare(date(2026, 11, 23))
    return [_service(name, stage) for name in SERVICES]


def _service(name: str, stage: Stage) -> Service:
    from shared.clock import SystemClock  # noqa: PLC0415 - the only place that needs one

    settings, clock = stage.settings(), SystemClock()
    database = Database(f"sqlite:///{stage.folder / name}.db", name)
    base = Base(settings, Policy.read(settings.config), clock, database, SqlLedger(database, clock, "contracts"))
    service: Service = importlib.import_module(f"services.{name}.wiring").build(base)
    add_health(service, Pipeline(service, base.ledger, clock, MemoryBroker(), 1), base)
    return service


def asyncapi(assembled: list[Service]) -> dict[str, Any]:
    """Return the AsyncAPI 3.0 document of the catalogue, with who hears what."""
    spec = APISpec("Integration hub: events", "1", "3.1.0", plugins=[MarshmallowPlugin()])
    hears = {one.name: {*one.router.hears, *housekeeping.hears} for one in assembled}
    for contract in CATALOGUE:
        spec.components.schema(contract.__name__, schema=schema_of(contract))
    channels, operations, messages = {}, {}, {}
    for contract in CATALOGUE:
        name = contract.__name__
        messages[name] = _message(contract)
        reference = {"$ref": f"#/components/messages/{name}"}
        channels[name] = {"address": contract.TYPE, "messages": {name: reference}}
        for service, heard in hears.items():
            if contract in heard:
                channel = {"$ref": f"#/channels/{name}"}
                operations[f"{service}.{name}"] = {"action": "receive", "channel": channel, "title": service}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Integration hub: events", "version": "1"},
        "defaultContentType": CONTENT_TYPE,
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": spec.to_dict()["components"]["schemas"]},
    }


def _message(contract: type[Event]) -> dict[str, Any]:
    words = " ".join((contract.__doc__ or "").split())
    properties = {**_ENVELOPE, "type": {"const": contract.TYPE}}
    properties["data"] = {"$ref": f"#/components/schemas/{contract.__name__}"}
    required = ["specversion", "id", "source", "type", "time", "partitionkey", "correlationid", "data"]
    return {
        "name": contract.TYPE,
        "title": contract.__name__,
        "summary": words,
        "description": f"Routed by its type through the topic exchange {EXCHANGE}."
        + (" A newer one of the same key supersedes those that still wait." if contract.HINT else ""),
        "payload": {"type": "object", "properties": properties, "required": required},
    }


def documents() -> dict[Path, str]:
    """Return every generated file with its content."""
    with tempfile.TemporaryDirectory() as folder:
        assembled = services(Path(folder) / "stage")
        found = {FOLDER / "asyncapi.yaml": _yaml(asyncapi(assembled))}
        for service in assembled:
            found[FOLDER / "openapi" / f"{service.name}.yaml"] = _yaml(describe(service.app, service.name))
    return found


def _yaml(document: dict[str, Any]) -> str:
    return "# Generated by `make contracts` from the code. Do not edit.\n" + yaml.safe_dump(document, sort_keys=False)


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; fail when a file is not what the code says.")
def main(check: bool) -> None:  # noqa: FBT001 - click passes flags by position
    """Write docs/contracts/ anew.

    \b
    Example: python -m tools.contracts --check
    """
    stale = [path for path, text in documents().items() if not path.exists() or path.read_text("utf-8") != text]
    if check:
        for path in stale:
            click.echo(f"stale: {path} (make contracts)", err=True)
        sys.exit(1 if stale else 0)
    for path, text in documents().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
