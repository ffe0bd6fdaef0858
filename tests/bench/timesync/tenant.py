"""`python -m tests.bench.timesync.tenant`: the sandbox with as many people as wanted, who have empty calendars."""

from __future__ import annotations

from pathlib import Path

import click

from sandbox.server import serve
from sandbox.state import Tenant
from sandbox.voorbeeldegem import CLIENT_ID, CLIENT_SECRET, TENANT_ID
from tests.bench.timesync.municipality import address, number, user_id


def tenant(people: int, latency: float) -> Tenant:
    """Return the tenant of *people*, where Graph takes *latency* seconds for a request."""
    made = Tenant(TENANT_ID, CLIENT_ID, CLIENT_SECRET, latency_seconds=latency)
    for n in range(people):
        names = {"userPrincipalName": address(n), "mail": address(n), "displayName": f"Persoon {n}"}
        made.add_user({"id": user_id(n), "employeeId": number(n), **names})
    made.ledger.clear()
    return made


@click.command()
@click.option("--people", type=int, required=True)
@click.option("--latency-ms", type=float, required=True)
@click.option("--port", type=int, required=True)
@click.option("--data", type=click.Path(path_type=Path), required=True)
def main(people: int, latency_ms: float, port: int, data: Path) -> None:
    """Serve it until a signal comes."""
    serve(tenant(people, latency_ms / 1000), "127.0.0.1", port, data)


if __name__ == "__main__":
    main()
