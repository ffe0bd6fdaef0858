"""What webhooks does by itself, one file per task. Importing the package registers every handler."""

from services.webhooks.handlers import deliveries, subscriptions
from services.webhooks.handlers.world import FrontDoor, router

__all__ = ["FrontDoor", "deliveries", "router", "subscriptions"]
