"""Tells a team in its channel who of it is not there today, when hub.toml gives its service one."""

from __future__ import annotations

from collections.abc import Iterator

from services.notifier.domain import Notice
from services.notifier.handlers.world import Notifier, router, tell
from services.notifier.templates import team_day
from shared.clock import BRUSSELS
from shared.events import Event, TeamDay


@router.on(TeamDay)
def tell_team(event: TeamDay, world: Notifier) -> Iterator[Event]:
    """Tell the service's channel once a day; of a day that is over, as a replay brings it, nobody is told.

    Raises: what Graph says when the names cannot be asked now.
    """
    channel = world.routes.services.get(event.service)
    is_over = event.day < world.clock.now().astimezone(BRUSSELS).date()
    if channel is None or is_over or not (event.entries or world.routes.tell_nobody_absent):
        return
    notice = Notice(channel, TeamDay.TYPE, event.service, event.day.isoformat())
    user_ids = [entry.user_id for entry in event.entries if entry.user_id]
    yield tell(notice, lambda: team_day.card(notice.id, event, world.people.names_of(user_ids)), world)
