"""Ask timesync whether somebody stopped it."""

from __future__ import annotations

from dataclasses import dataclass

from services.console.domain.sighting import AbsenceState, Stopped
from services.console.probes.base import JsonClient
from shared.errors import HubError, Invalid


@dataclass(frozen=True)
class AbsenceProbe:
    """The timesync at *address* (`http://127.0.0.1:8082`)."""

    client: JsonClient
    address: str

    def look(self) -> Stopped | None:
        """Return who stopped it and when; None when nobody did, or when it does not answer, which its health tells."""
        try:
            body = self.client.get_json(f"{self.address}/state")
            if not isinstance(body, dict):
                raise Invalid("invalid_state", f"timesync: expected a JSON object, came {type(body).__name__}")
            return AbsenceState.load(body).halted
        except HubError:
            return None
