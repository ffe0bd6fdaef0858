"""When the hub is quiet: nothing waits anywhere, and the outside world has stopped changing."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from deploy.local.processes import SERVICES
from sandbox.stage import Stage

CALM_SECONDS = 2.5  # longer than a tick, a look into the folders, and the stable time of a scan
LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class Quiet:
    """How the wait ended."""

    is_quiet: bool
    reports: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def parked(self) -> int:
        return sum(report["books"]["parked"] for report in self.reports.values() if "books" in report)

    def explanation(self) -> str:
        """Return, per service, what is open."""
        parts = []
        for name, report in self.reports.items():
            books = report.get("books")
            state = (
                f"{books['pending']} pending, {books['unsent']} unsent, {books['parked']} parked"
                if books
                else "no answer"
            )
            parts.append(f"{name}: {state}")
        return "; ".join(parts)


def wait_until_quiet(stage: Stage, seconds: float) -> Quiet:
    """Wait until the tenant is subscribed to and has told all, nothing is pending, and its ledger stands still."""
    until = time.monotonic() + seconds
    seen, since, reports = -1, time.monotonic(), {}
    while time.monotonic() < until:
        reports = {name: stage.ready(name) for name in SERVICES}
        effects = len(stage.ask("/_sandbox/ledger"))
        is_told = stage.ask("/_sandbox/ready")["undelivered"] == 0
        if effects != seen or not is_told or not all(report.get("ready") for report in reports.values()):
            seen, since = effects, time.monotonic()
        # A tick is pending for a moment every second: that alone does not begin the calm anew.
        elif time.monotonic() - since >= CALM_SECONDS and _is_idle(reports) and _is_listening(stage):
            return Quiet(is_quiet=True, reports=reports)
        time.sleep(LOOK_SECONDS)
    return Quiet(is_quiet=False, reports=reports)


def _is_idle(reports: dict[str, dict[str, Any]]) -> bool:
    books = [report.get("books") for report in reports.values()]
    return all(one is not None and one["pending"] == 0 and one["unsent"] == 0 for one in books)


def _is_listening(stage: Stage) -> bool:
    return bool(stage.ask("/_sandbox/state")["subscriptions"])
