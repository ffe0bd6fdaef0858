"""What webhooks does by itself, one file per task. Importing the package registers every handler."""

from services.webhooks.handlers import certificates, deliveries, health, hooks, keys, repairs, silence, subscriptions
from services.webhooks.handlers.world import FrontDoor, router

__all__ = [
    "FrontDoor",
    "certificates",
    "deliveries",
    "health",
    "hooks",
    "keys",
    "repairs",
    "router",
    "silence",
    "subscriptions",
]
