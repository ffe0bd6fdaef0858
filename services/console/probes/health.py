"""Ask a service how it is."""

from __future__ import annotations

from dataclasses import dataclass

from services.console.domain.sighting import Readiness, ServiceState
from services.console.probes.base import JsonClient
from shared.errors import HubError, Invalid


@dataclass(frozen=True)
class HealthProbe:
    """One service at *address* (`http://127.0.0.1:8082`)."""

    client: JsonClient
    name: str
    address: str

    def look(self) -> ServiceState:
        """Return the service's own answer; no answer, or none that we understand, is a state too."""
        try:
            _, body = self.client.get_status_json(f"{self.address}/health/ready")
            if not isinstance(body, dict):
                raise Invalid("invalid_readiness", f"{self.name}: expected a JSON object, came {type(body).__name__}")
            return ServiceState(self.name, Readiness.load(body))
        except HubError:
            return ServiceState(self.name, None)
