"""The page on which people see who of their service is not there today: a name, a part of the day, and nothing more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from services.timesync.app.visitors import case_of
from services.timesync.domain.difference import WINDOW
from services.timesync.domain.roster import Person
from services.timesync.domain.team import is_working_day
from services.timesync.handlers.team import Member, look_at_team, people_of
from services.timesync.handlers.world import Timesync
from services.timesync.operations import halted
from shared.observability.openapi import documented
from shared.signin import Gate, Visitor

SEES_ALL = "HubAdmin"  # the application role whose holders see every service
_DAY = timedelta(days=1)


class DayNotShownError(NotFound):
    """The address is right, and the day in it is none that is shown."""


@dataclass(frozen=True)
class _View:
    """What one visitor may look at."""

    own: str
    others: tuple[str, ...]

    def shows(self, service: str) -> bool:
        return service in (self.own, *self.others)


def add_pages(pages: Blueprint, gate: Gate, world: Timesync) -> None:
    """Add `/team` and `/team/<service>` to *pages*."""

    @pages.get("/team")
    @documented(parameters=[_dag()])
    @gate.required
    def team(visitor: Visitor) -> ResponseReturnValue:
        """Show who of the visitor's own service is not there on a day, today unless `dag` says another.

        Answers: 200 the page; 303 to the sign-in; 404 when the visitor's service is not known, or no such day is shown.
        """
        view = _view(visitor, world)
        if view.own:
            return _page(view.own, view, world)
        if view.others:
            return render_template("services.html", view=view)
        return render_template("message.html", what="no_service"), 404

    @pages.get("/team/<path:service>")
    @documented(parameters=[_dag()])
    @gate.required
    def team_of(visitor: Visitor, service: str) -> ResponseReturnValue:
        """Show the same of another service, to who may see it.

        Answers: 200 the page; 303 to the sign-in; 403 when the visitor may not see it; 404 when no such day is shown.
        """
        view = _view(visitor, world)
        if not view.shows(service):
            abort(403)
        return _page(service, view, world)


def _dag() -> dict[str, Any]:
    return {"name": "dag", "in": "query", "schema": {"type": "string", "format": "date"}}


def _view(visitor: Visitor, world: Timesync) -> _View:
    case = case_of(visitor.user_id, world)
    own = case.picture.person.service if case and case.picture else ""
    if SEES_ALL not in visitor.roles and world.rules.team_view != "everybody":
        return _View(own, ())
    everywhere = {person.service for person in world.rules.roster.people.values()}
    return _View(own, tuple(sorted(everywhere - {own, ""})))


def _page(service: str, view: _View, world: Timesync) -> ResponseReturnValue:
    today = world.local_now().date()
    day = _day(today)
    people = people_of(service, world)
    members = look_at_team(people, day, world)
    return render_template(
        "team.html",
        service=service,
        view=view,
        day=day,
        today=today,
        before=_nearest(people, day, -1, today),
        after=_nearest(people, day, 1, today),
        works=is_working_day(people, day),
        takes_part=bool(members) and not halted(world),
        rows=_rows(members),
        last=_last(today),
    )


def _day(today: date) -> date:
    """Return the day that is asked for. What is past is nobody's business, and what is far ahead not known yet.

    Raises: DayNotShownError.
    """
    try:
        wanted = date.fromisoformat(request.args.get("dag") or today.isoformat())
    except ValueError as error:
        raise DayNotShownError from error
    if not today <= wanted <= _last(today):
        raise DayNotShownError
    return wanted


def _last(today: date) -> date:
    return today + WINDOW


def _nearest(people: Sequence[Person], day: date, way: int, today: date) -> date | None:
    """Return the working day nearest to *day* that is shown, before (-1) or after it (1)."""
    day += way * _DAY
    while today <= day <= _last(today):
        if is_working_day(people, day):
            return day
        day += way * _DAY
    return None


def _rows(members: Sequence[Member]) -> list[tuple[str, str, str]]:
    """Return a name, a part of the day and a kind for each who is not there, by name."""
    rows = [(each.person.name, str(gap.part), str(gap.kind)) for each in members for gap in each.gaps]
    return sorted(rows, key=lambda row: (row[0].casefold(), row[0]))
