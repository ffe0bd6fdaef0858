"""Tells ICT what stands between a source of absences and the calendars: it cannot be read, or must not be believed.

And which settings that HR changed cannot be used. Of one record that is held nobody hears here: the console lists it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256

import orjson

from services.notifier.domain import Notice, Standing
from services.notifier.handlers.world import Notifier, router, tell
from services.notifier.templates import (
    reading_doubted,
    rules_refused,
    synchronisation_interrupted,
    synchronisation_restored,
)
from shared.events import (
    AbsenceHeld,
    AbsenceReleased,
    AbsenceRulesRefused,
    AbsenceRulesTaken,
    AbsenceSourceFailing,
    AbsenceSourceRestored,
    Event,
)

_TAKEN, _BELIEVED = "taken", "believed"
_LONGEST_ABOUT = 128  # characters, as in NoticeSent


@router.on(AbsenceSourceFailing)
def tell_of_interruption(event: AbsenceSourceFailing, world: Notifier) -> Iterator[Event]:
    """Tell ICT once that a source cannot be read; not when it was read again since."""
    read = world.notices.standing(f"source/{event.source}")
    if read and event.since <= datetime.fromisoformat(read.status):
        return
    notice = Notice(world.routes.ict, AbsenceSourceFailing.TYPE, event.source, event.since.isoformat())
    yield tell(notice, lambda: synchronisation_interrupted.card(notice.id, event), world)


@router.on(AbsenceSourceRestored)
def tell_of_reading(event: AbsenceSourceRestored, world: Notifier) -> Iterator[Event]:
    """Tell ICT once that a source is read again, and remember when, for a late alarm."""
    at = event.at.isoformat()
    notice = Notice(world.routes.ict, AbsenceSourceRestored.TYPE, event.source, at)
    yield tell(notice, lambda: synchronisation_restored.card(notice.id, event), world)
    _stand(f"source/{event.source}", at, world)


@router.on(AbsenceHeld)
def tell_of_doubted_reading(event: AbsenceHeld, world: Notifier) -> Iterator[Event]:
    """Tell ICT at once that a reading is not believed, once until somebody or something made an end to it."""
    if event.reason not in reading_doubted.TITLES:
        return
    now = _stand(f"reading/{event.source}", event.reason, world)
    notice = Notice(world.routes.ict, AbsenceHeld.TYPE, event.source, f"{event.reason}|{now.turn}")
    yield tell(notice, lambda: reading_doubted.card(notice.id, event), world)


@router.on(AbsenceReleased)
def note_believed_reading(event: AbsenceReleased, world: Notifier) -> None:
    """A reading that was believed after all, or was whole again: the next one that is not is news."""
    before = world.notices.standing(f"reading/{event.source}")
    if before and before.status == event.reason:
        _stand(f"reading/{event.source}", _BELIEVED, world)


@router.on(AbsenceRulesRefused)
def tell_of_refused_rules(event: AbsenceRulesRefused, world: Notifier) -> Iterator[Event]:
    """Tell ICT which lines cannot be used; the same lines again are no news until the file was taken."""
    faults = sha256(orjson.dumps([fault.dump() for fault in event.faults])).hexdigest()
    now = _stand(f"rules/{event.file}", faults, world)
    notice = Notice(world.routes.ict, AbsenceRulesRefused.TYPE, event.file[-_LONGEST_ABOUT:], f"{faults}|{now.turn}")
    yield tell(notice, lambda: rules_refused.card(notice.id, event), world)


@router.on(AbsenceRulesTaken)
def note_taken_rules(event: AbsenceRulesTaken, world: Notifier) -> None:
    """A file that is taken: the next fault in it is news, also when it is the old one."""
    if world.notices.standing(f"rules/{event.file}"):
        _stand(f"rules/{event.file}", _TAKEN, world)


def _stand(subject: str, status: str, world: Notifier) -> Standing:
    """Return how *subject* stands now; it is remembered with the outcome, so another attempt finds the same."""
    now = Standing.after(world.notices.standing(subject), status)
    world.notices.stand(subject, now)
    return now
