"""Tells of letters: filed, moved, taken out of a folder, or to be answered.

Of a letter that stays in the register (`mail.kept`) nobody hears in a channel. Its handler might, in private; there is
no private channel yet. A Workflow's webhook cannot change a card that was sent, so what is news of an old card is a new
one, and says no more than the kenmerk.
"""

from __future__ import annotations

from collections.abc import Iterator

from services.notifier.domain import FiledLetter, Notice
from services.notifier.handlers.world import Notifier, router, tell
from services.notifier.templates import (
    letter_filed,
    letter_in_tray,
    letter_moved,
    letter_protected,
    letter_withdrawn,
    reply_due,
)
from shared.events import Event, MailFiled, MailMoved, MailWithdrawn, NoticeSent, ReplyDue


@router.on(MailFiled)
def tell_of_letter(event: MailFiled, world: Notifier) -> Iterator[Event]:
    """Tell the project's channel of a letter, once per version; the mail team's of one in the tray or protected."""
    project = None if event.unclassified or event.protected else event.project
    notice = Notice(world.routes.for_project(project), MailFiled.TYPE, event.kenmerk, str(event.version))
    if event.protected:
        yield tell(notice, lambda: letter_protected.card(notice.id, event.kenmerk), world)
    elif event.unclassified:
        yield tell(notice, lambda: letter_in_tray.card(notice.id, event, _read(event, world)), world)
    else:
        yield tell(notice, lambda: letter_filed.card(notice.id, event, _read_in_project(event, world)), world)


@router.on(MailMoved)
def tell_of_move(event: MailMoved, world: Notifier) -> Iterator[Event]:
    """Tell those who had the letter and those who have it now, once per version and place."""
    channels = (world.routes.for_project(event.before), world.routes.for_project(event.project))
    yield from (_told_of_move(channel, event, world) for channel in dict.fromkeys(channels))


@router.on(MailWithdrawn)
def tell_of_withdrawal(event: MailWithdrawn, world: Notifier) -> Iterator[Event]:
    """Tell those who had the letter that it is gone from their folder, once per version."""
    notice = Notice(world.routes.for_project(event.project), MailWithdrawn.TYPE, event.kenmerk, str(event.version))
    yield tell(notice, lambda: letter_withdrawn.card(notice.id, event), world)


@router.on(ReplyDue)
def tell_of_term(event: ReplyDue, world: Notifier) -> Iterator[Event]:
    """Remind the project's channel of an answer, once per term and number of days, and once more when nobody is there.

    The channel hears for the handler and the substitute: there is no private one yet.
    """
    version = f"{event.due}|{event.days}|{event.is_away}"
    notice = Notice(world.routes.for_project(event.project), ReplyDue.TYPE, event.kenmerk, version)
    yield tell(notice, lambda: reply_due.card(notice.id, event, _read(event, world)), world)


def _told_of_move(channel: str, event: MailMoved, world: Notifier) -> NoticeSent:
    notice = Notice(channel, MailMoved.TYPE, event.kenmerk, f"{event.version}|{event.project or ''}")
    return tell(notice, lambda: letter_moved.card(notice.id, event), world)


def _read(event: MailFiled | ReplyDue, world: Notifier) -> FiledLetter | None:
    """Return the letter as it is now, None when it is gone from where the event says, or may not be shown."""
    if event.drive_id is None or event.item_id is None:
        return None
    letter = world.letters.read(event.drive_id, event.item_id)
    return letter if letter and letter.may_be_shown else None


def _read_in_project(event: MailFiled, world: Notifier) -> FiledLetter | None:
    """Return the letter, None also when another project has it by now: of that its people hear, and not these."""
    letter = _read(event, world)
    return letter if letter and letter.project == event.project else None
