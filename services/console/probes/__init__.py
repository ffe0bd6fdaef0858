"""How the console looks at the hub as it is now: each service, and the broker."""

from __future__ import annotations

from services.console.probes.absences import AbsenceProbe
from services.console.probes.base import JsonClient
from services.console.probes.broker import BrokerProbe
from services.console.probes.health import HealthProbe
from services.console.probes.lookout import DEADLINE, Lookout
from services.console.probes.mailroom import MailroomProbe

__all__ = ["DEADLINE", "AbsenceProbe", "BrokerProbe", "HealthProbe", "JsonClient", "Lookout", "MailroomProbe"]
