"""The card that tells a project how it stands."""

from __future__ import annotations

from services.notifier.channels.base import Card
from services.notifier.domain import Standing
from services.notifier.templates import cards
from shared.events import ProjectReported


def card(notice_id: str, project: ProjectReported, before: Standing | None) -> Card:
    """Return the card of *project*, with the status that its people were told *before*."""
    rows = {
        "Project": project.title or "",
        "Vorige status": before.status if before else "",
        "Bron": project.source,
    }
    actions = [cards.opening(f"Project {project.code} openen", project.link)] if project.link else []
    return cards.card(notice_id, f"Project {project.code}: {project.status}", [cards.facts(rows)], actions)
