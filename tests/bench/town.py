"""Measurements of the whole hub around a sandbox: how soon it is there, what it costs at rest, how fast it reacts."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import requests
from rich.progress import track

from deploy.local.broker import some_rabbitmq
from deploy.local.processes import SERVICES, HubProcesses, hub_processes
from sandbox.layout import BRUSSELS
from sandbox.server import serve_in_thread
from sandbox.stage import Stage
from sandbox.state import Tenant
from tests.waiting import eventually

ROUNDS = 60
CALM_SECONDS = 5.0  # the hub at rest before its memory is read


@dataclass
class Town:
    """The whole hub around a sandbox in this process, whose requests can be watched."""

    stage: Stage
    tenant: Tenant
    hub: HubProcesses
    start_seconds: float


@contextmanager
def town() -> Iterator[Town]:
    """Run everything."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hub-bench-")))
        broker = stack.enter_context(some_rabbitmq(folder / "rabbitmq"))
        broker.wait()
        tenant = Tenant.voorbeeldegem()
        sandbox = stack.enter_context(serve_in_thread(tenant, folder / "sandbox"))
        port = int(sandbox.url.rpartition(":")[2])
        stage = Stage(folder / "stage", broker.url, broker.management_url, sandbox_port=port, tick_seconds=60.0)
        stage.prepare(datetime.now(BRUSSELS).date())
        shutil.copytree(folder / "sandbox", stage.certificate.parent)
        log = stack.enter_context((stage.folder / "hub.log").open("wb"))
        began = time.monotonic()
        hub = stack.enter_context(hub_processes(stage.environment(), stage.settings(), log))
        eventually(lambda: all(stage.ready(name).get("ready") for name in SERVICES), 60, "the hub being ready")
        yield Town(stage, tenant, hub, time.monotonic() - began)


def flow(running: Town) -> dict[str, float]:
    """Measure from the POST of a notification to the Graph call that it leads to."""
    subscription = eventually(lambda: next(iter(running.tenant.subscriptions.live()), None), 30, "the subscription")
    people = [user["id"] for user in running.tenant.users.values() if user.get("employeeId")]
    took = [_one_flow(running, subscription, people[n % len(people)]) for n in track(range(ROUNDS), "flow")]
    return {
        "flow.webhook_to_graph_p50_ms": round(statistics.median(took) * 1000, 1),
        "flow.webhook_to_graph_p95_ms": round(statistics.quantiles(took, n=20)[18] * 1000, 1),
    }


def _one_flow(running: Town, subscription: Any, user_id: str) -> float:
    item = {
        "id": str(uuid4()),
        "subscriptionId": subscription.id,
        "clientState": subscription.body["clientState"],
        "changeType": "updated",
        "resource": f"Users/{user_id}",
        "tenantId": running.tenant.tenant_id,
    }
    seen, path = len(running.tenant.requests), f"/v1.0/users/{user_id}"
    began = datetime.now(UTC)
    answer = requests.post(f"{running.stage.url('webhooks')}/hooks/graph", json={"value": [item]}, timeout=5)
    answer.raise_for_status()
    calls = eventually(lambda: [one for one in running.tenant.requests[seen:] if one.path == path])
    return (calls[0].at - began).total_seconds()


def idle(running: Town) -> dict[str, float]:
    """Measure the memory of everything that is the hub, at rest: services and clock, without broker and sandbox."""
    time.sleep(CALM_SECONDS)
    found: dict[str, float] = {}
    for name, pid in running.hub.pids().items():
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        found[f"idle.{name}_rss_mb"] = round(sum(one.memory_info().rss for one in family) / 1e6, 1)
    return {"idle.rss_mb": round(sum(found.values()), 1), **found}


def start(running: Town) -> dict[str, float]:
    """Measure from the first process to the last service that consumes."""
    return {"start.seconds": round(running.start_seconds, 2)}
