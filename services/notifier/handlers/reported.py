"""Tells of what other systems reported at the front door: a notice for people, and how a project stands."""

from __future__ import annotations

from collections.abc import Iterator

from services.notifier.domain import Notice, Standing
from services.notifier.handlers.world import Notifier, router, tell
from services.notifier.templates import notice_requested, project_reported
from shared.events import Event, NoticeRequested, ProjectReported


@router.on(NoticeRequested)
def tell_of_notice(event: NoticeRequested, world: Notifier) -> Iterator[Event]:
    """Tell people what a system wants them to hear, once per matter.

    Raises: Permanent("unknown_channel") when the rule names a channel that is not there.
    """
    channel = event.channel or world.routes.for_project(event.project)
    notice = Notice(channel, NoticeRequested.TYPE, event.notice_id, version="")
    yield tell(notice, lambda: notice_requested.card(notice.id, event), world)


@router.on(ProjectReported)
def tell_of_project(event: ProjectReported, world: Notifier) -> Iterator[Event]:
    """Tell the project's channel of each change of its status; the same status again is no news."""
    before = world.notices.standing(f"project/{event.code}")
    now = Standing.after(before, event.status)
    notice = Notice(world.routes.for_project(event.code), ProjectReported.TYPE, event.code, str(now.turn))
    yield tell(notice, lambda: project_reported.card(notice.id, event, before), world)
    world.notices.stand(f"project/{event.code}", now)
