"""What timesync is made of."""

from __future__ import annotations

from services.timesync.app import create_app
from services.timesync.app.pages import add_pages
from services.timesync.effects.calendar import TAG, CalendarEffect
from services.timesync.effects.guard import GuardEffect
from services.timesync.effects.inspection import Inspection
from services.timesync.effects.look import own_look
from services.timesync.effects.replies import ReplyEffect
from services.timesync.effects.shared_calendar import SHARED_TAG, Missing, SharedCalendarEffect, shared_look
from services.timesync.effects.status import StatusEffect
from services.timesync.handlers import Timesync, router
from services.timesync.policy import TimesyncPolicy
from services.timesync.rulebook import LiveRulebook
from services.timesync.store import Store
from services.timesync.store.events import EventBook
from services.timesync.systems.base import Codes, Parts
from shared.contracts import Contract
from shared.graph.auth import Tokens
from shared.graph.calendar import Calendar
from shared.graph.client import GraphClient
from shared.graph.directory import Directory
from shared.graph.mailbox import Mailbox
from shared.graph.presence import Presence
from shared.http import Http
from shared.service import Base, Service

SOURCE_SECONDS = 120.0  # that a source may take for an answer: a whole year of absences is not told in ten

POLICY: tuple[str, type[Contract]] = ("timesync", TimesyncPolicy)


def build(base: Base) -> Service:
    """Assemble timesync around its outside world."""
    parts = Parts(
        Http(answer_seconds=SOURCE_SECONDS), base.clock, Codes({}), base.policy.path.parent, base.settings.secret
    )
    rulebook = LiveRulebook(base.policy, parts)
    graph = GraphClient(base.settings.graph_url, Tokens(base.settings))
    store = Store.of(base.database)
    own, look = Calendar(graph, TAG), own_look(lambda: rulebook.rules)
    entries = CalendarEffect(
        Calendar(graph, SHARED_TAG), EventBook(base.database, "shared"), shared_look(lambda: rulebook.rules), "shared"
    )
    world = Timesync(
        clock=base.clock,
        store=store,
        rulebook=rulebook,
        directory=Directory(graph),
        effects=(
            CalendarEffect(own, store.events, look),
            ReplyEffect(Mailbox(graph), store.replies, lambda: rulebook.rules),
            SharedCalendarEffect(entries, lambda: rulebook.rules, Missing(store.held, base.clock), base.clock),
            StatusEffect(Presence(graph), store.statuses, lambda: rulebook.rules),
            GuardEffect(Presence(graph), store.guards, lambda: rulebook.rules),
        ),
        inspection=Inspection(own, store.events, look),
    )
    app = create_app(world)
    add_pages(app, world, base.settings)
    return Service(name="timesync", router=router, app=app, world=world)
