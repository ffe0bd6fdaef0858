"""How a set leaves the hot folder: its files go into a hidden folder one by one, and one rename shows that folder.

A crash at any step leaves a hidden folder, which the next scan completes.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from services.mailroom.domain.letter import Letter
from services.mailroom.intakes.listing import File, Listing, listed
from services.mailroom.intakes.record import letter_of
from services.mailroom.intakes.sidecar import described_by, names_in, record_at
from shared.errors import Invalid

log = structlog.get_logger()


@dataclass(frozen=True)
class Arrival:
    """Files that belong together: a sidecar and what it names, or a file that no sidecar names.

    *files* holds the sidecar first. *is_decided* when nothing more can come: whole, or never to be read.
    """

    files: tuple[File, ...]
    label: str
    is_decided: bool

    @property
    def has_sidecar(self) -> bool:
        return self.files[0].is_sidecar


def arrivals(listing: Listing) -> Iterator[Arrival]:
    """Yield every set once, those with a sidecar first; of two that name one file, the first has it."""
    named = set[File]()
    unread = len(listing.sidecars)
    for sidecar in listing.sidecars:
        with by_itself():
            arrival = _arrival(sidecar, listing, named)
            unread -= 1
            named.update(arrival.files)
            yield arrival
    if unread == 0:  # a sidecar that cannot be read now may name any file
        yield from (_orphan(file) for file in listing.documents if file not in named)


@contextmanager
def by_itself() -> Iterator[None]:
    """Leave a set that cannot be read or moved now to the next scan, so that it holds up no other."""
    try:
        yield
    except OSError as error:
        log.warning("set_not_moved", service="mailroom", error=type(error).__name__, errno=error.errno)


def claim(arrival: Arrival, busy: Path, now: datetime) -> None:
    """Take the first file first: whoever moves it owns the set."""
    reference = f"{now:%Y%m%dT%H%M%S%f}_{arrival.label}"
    if (busy / reference).exists():
        return  # the same letter at the same moment: its turn comes at the next scan
    begun = busy / f".{reference}"
    begun.mkdir(exist_ok=True)
    for file in arrival.files:
        file.path.rename(begun / file.path.name)
    _show(begun)


def complete(begun: Path, arrived: Listing) -> None:
    """Finish a claim that broke off. Safe to repeat."""
    here = listed(begun)
    if not here.files:
        begun.rmdir()  # the crash came before anything was moved
        return
    for name in [name for sidecar in here.sidecars for name in _told(sidecar)[0]]:
        file = arrived.find(name)
        if file is not None and here.find(name) is None:
            file.path.rename(begun / file.path.name)
    _show(begun)


def _show(begun: Path) -> None:
    begun.rename(begun.with_name(begun.name.removeprefix(".")))


def _arrival(sidecar: File, listing: Listing, taken: set[File]) -> Arrival:
    names, letter = _told(sidecar)
    found = [listing.find(name) for name in names]
    free = [file for file in dict.fromkeys(found) if file is not None and file not in taken]
    if letter is None:
        return Arrival((sidecar, *free), _digest(sidecar), is_decided=True)
    return Arrival((sidecar, *free), _label(letter), is_decided=_is_whole(letter, listing, free))


def _orphan(file: File) -> Arrival:
    return Arrival((file,), _digest(file), is_decided=False)


def _told(sidecar: File) -> tuple[Sequence[str], Letter | None]:
    """Return the files that a sidecar names, and its letter; None when it describes none."""
    try:
        record = record_at(sidecar.path)
    except Invalid:
        return [described_by(sidecar.path.name)], None
    try:
        return names_in(record), letter_of(record)
    except Invalid:
        return [*names_in(record), described_by(sidecar.path.name)], None


def _is_whole(letter: Letter, listing: Listing, free: Sequence[File]) -> bool:
    lying = ((file, listing.find(file.name)) for file in letter.files)
    return all(found is not None and found in free and found.size == file.size for file, found in lying)


def _label(letter: Letter) -> str:
    return f"{letter.kenmerk.replace('/', '-')}_v{letter.version}"


def _digest(file: File) -> str:
    """Return what stands for a set in events and logs. Its file name stays out: people put names in those."""
    return hashlib.sha256(os.fsencode(file.path.name)).hexdigest()[:12]
