"""Gives rich subscriptions the certificate that Graph encrypts for, and forgets keys that nobody needs."""

from __future__ import annotations

from services.webhooks.domain.certificates import current, reviewed
from services.webhooks.domain.subscriptions import Wanted
from services.webhooks.handlers.world import FrontDoor, router
from shared.events import ClockStruck
from shared.graph.subscriptions import Encryption


def encryption_for(wanted: Wanted, door: FrontDoor) -> Encryption | None:
    """Return what Graph shall encrypt for, made now when it must be; None for a subscription that is not rich."""
    if door.rich is None or not wanted.rich:
        return None
    now, certificates = door.clock.now(), door.rich.certificates
    chosen = current(certificates.usable(), now) or certificates.make(now)
    return Encryption(chosen.id, chosen.public)


@router.on(ClockStruck)
def forget_certificates(event: ClockStruck, door: FrontDoor) -> None:
    """Once an hour, drop the keys of certificates that no subscription has named for as long as Graph repeats."""
    if event.period != "hour" or door.rich is None:
        return
    now, certificates = door.clock.now(), door.rich.certificates
    known = certificates.all()
    newest = current(known, now)
    named = {kept.certificate_id for kept in door.memory.all()}
    for one in known:
        kept = reviewed(one, now, in_use=one == newest or one.id in named)
        if kept is None:
            certificates.drop(one.id)
        elif kept != one:
            certificates.note_use(kept)
