"""What mailroom does when something happens. Importing the package registers every handler."""

from __future__ import annotations

from services.mailroom.handlers import choices, collection, letters, mailbox, projects, registration, reported, terms
from services.mailroom.handlers.world import Mailroom, Rules, router

__all__ = [
    "Mailroom",
    "Rules",
    "choices",
    "collection",
    "letters",
    "mailbox",
    "projects",
    "registration",
    "reported",
    "router",
    "terms",
]
