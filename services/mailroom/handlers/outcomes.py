"""What is said of a letter: the same of the same state, however often it is asked."""

from __future__ import annotations

from collections.abc import Iterator

from services.mailroom.store.letters import CANCELLED, FILED, PROTECTED, TRAY, Filing
from shared.events import Event, MailFiled, MailKept, MailMoved, MailWithdrawn


def outcome(filing: Filing) -> Iterator[Event]:
    """Yield what is to be said of a letter that is as *filing* says, however often."""
    if filing.item_id and filing.state in (FILED, TRAY, PROTECTED):
        yield _filed(filing)
    elif filing.before is None:
        yield MailKept(
            kenmerk=filing.kenmerk,
            version=filing.version,
            reason=filing.reason or CANCELLED,
            department=filing.department,
        )
    if filing.before is None:
        return
    before = None if filing.before == TRAY else filing.before
    if filing.is_visible:
        yield MailMoved(kenmerk=filing.kenmerk, version=filing.version, before=before, project=filing.project)
    else:
        reason = filing.reason or CANCELLED
        yield MailWithdrawn(kenmerk=filing.kenmerk, version=filing.version, project=before, reason=reason)


def _filed(filing: Filing) -> MailFiled:
    return MailFiled(
        kenmerk=filing.kenmerk,
        version=filing.version,
        project=filing.project,
        drive_id=filing.drive_id or "",
        item_id=filing.item_id or "",
        unclassified=filing.state == TRAY,
        reason=filing.reason,
        suggestions=list(filing.suggestions),
        same_as=list(filing.same_as),
        protected=filing.state == PROTECTED,
        rule=filing.rule,
    )
