"""What notifier does when something happens: in the hub itself, at the systems around it, and to absences.

Teams keeps no key of ours: after a crash between the POST and the memory of it, or an answer that was lost, the card is
sent once more. It then carries the same id, so that doubles can be counted. Importing the package registers every
handler.
"""

from __future__ import annotations

from services.notifier.handlers import absences, inside, reported, sources
from services.notifier.handlers.world import Notifier, router

__all__ = ["Notifier", "absences", "inside", "reported", "router", "sources"]
