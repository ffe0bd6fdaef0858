"""What notifier does when something happens: to letters, absences and teams, in the hub, and at the systems around it.

Teams keeps no key of ours: after a crash between the POST and the memory of it, or an answer that was lost, the card is
sent once more. It then carries the same id, so that doubles can be counted. Importing the package registers every
handler.
"""

from __future__ import annotations

from services.notifier.handlers import absences, inside, letters, reported, sources, team
from services.notifier.handlers.world import Notifier, router

__all__ = ["Notifier", "absences", "inside", "letters", "reported", "router", "sources", "team"]
