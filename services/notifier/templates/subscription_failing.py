"""The card that tells ICT that changes are no longer told to the hub, or soon will not be."""

from __future__ import annotations

from services.notifier.channels.base import Card
from services.notifier.templates import cards
from services.notifier.templates.reasons import explained
from shared.events import SubscriptionFailing
from shared.events.sources import HOOK


def card(notice_id: str, failing: SubscriptionFailing) -> Card:
    """Return the card: what is not kept alive, since when, why, and what to do first."""
    why, next_step = explained(failing.reason)
    rows = {
        "Webhook bij bron" if failing.kind == HOOK else "Abonnement": failing.subscription,
        "Lukt niet sinds": cards.moment(failing.since),
        "Reden": f"{why} ({failing.reason})",
    }
    todo = f"Wat nu? {next_step} De hub probeert het zelf opnieuw; de console toont de stand."
    return cards.card(notice_id, _title(failing), [cards.facts(rows), cards.text(todo)])


def _title(failing: SubscriptionFailing) -> str:
    who = f"Bron {failing.subscription} meldt" if failing.kind == HOOK else "Microsoft 365 meldt"
    about = "" if failing.kind == HOOK else f" over {failing.subscription}"
    return f"{who} niets (meer){about}, of binnenkort niet meer"
