"""Switches that make the stand-in misbehave: throttled, unavailable, slow, or with its answer lost."""

import re
import threading
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sandbox.errors import bad_request


@dataclass
class Fault:
    """What happens to requests whose path matches the regular expression *path*.

    *times* None means for ever. *drop* cuts the connection `before` the request is looked at, or `after` its
    effect was made: the caller cannot tell the two apart.
    """

    path: str
    method: str | None = None
    status: int | None = None
    retry_after: int | None = None  # seconds
    times: int | None = None
    latency: float = 0.0  # seconds
    drop: Literal["before", "after"] | None = None

    def matches(self, method: str, path: str) -> bool:
        return self.times != 0 and self.method in (None, method) and re.search(self.path, path) is not None


class Faults:
    """The switches that are on; the first that matches a request counts."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, *faults: Fault) -> None:
        with self._lock:
            self._faults.extend(faults)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault for this request, one time fewer from now on."""
        with self._lock:
            fault = next((each for each in self._faults if each.matches(method, path)), None)
            if fault is not None and fault.times is not None:
                fault.times -= 1
            return fault

    def listed(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._faults]


def read_fault(body: Any) -> Fault:
    """Read one switch of the control API. Raises: GraphError 400 for what it does not know."""
    try:
        fault = Fault(**body)
        re.compile(fault.path)
    except (TypeError, re.error) as error:
        raise bad_request(f"Not a fault: {error}") from error
    if fault.drop not in (None, "before", "after"):
        raise bad_request(f"'drop' is before, after or null, not {fault.drop!r}.")
    return fault
