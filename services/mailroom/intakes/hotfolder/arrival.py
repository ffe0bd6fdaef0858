"""Which files of a hot folder belong together: a sidecar with what it names, or a file that no sidecar names."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from services.mailroom.domain.letter import Letter
from services.mailroom.intakes.hotfolder.listing import File, Listing
from services.mailroom.intakes.hotfolder.sidecar import described_by, names_in, record_at
from services.mailroom.intakes.record import letter_of
from shared.errors import Invalid

log = structlog.get_logger()


@dataclass(frozen=True)
class Arrival:
    """Files that belong together, the sidecar first. *is_decided* when nothing more can come: whole, or no letter."""

    files: tuple[File, ...]
    label: str
    is_decided: bool

    @property
    def has_sidecar(self) -> bool:
        return self.files[0].is_sidecar


@dataclass(frozen=True)
class Telling:
    """What a sidecar tells: the files that it names, and its letter; None when it describes none."""

    sidecar: File
    names: tuple[str, ...]
    letter: Letter | None


def arrivals(listing: Listing) -> Iterator[Arrival]:
    """Yield every set once: the whole ones, those that wait or fail, then the files that no sidecar names.

    Of two sets that name one file, the whole one has it, and else the first.
    """
    tellings = list(_tellings(listing))
    named = set[File]()
    for telling in sorted(tellings, key=lambda telling: not _is_whole(telling, listing, named)):
        arrival = _arrival(telling, listing, named)
        named.update(arrival.files)
        yield arrival
    if len(tellings) == len(listing.sidecars):  # one that cannot be read now may name any file
        yield from (
            Arrival((file,), _digest(file), is_decided=False) for file in listing.documents if file not in named
        )


def told(sidecar: File) -> Telling:
    """Return what *sidecar* tells. One that is of no use tells at least of the file that it is named after."""
    own = described_by(sidecar.path.name)
    try:
        record = record_at(sidecar.path)
    except Invalid:
        return Telling(sidecar, (own,), None)
    try:
        return Telling(sidecar, tuple(names_in(record)), letter_of(record))
    except Invalid:
        return Telling(sidecar, (*names_in(record), own), None)


@contextmanager
def by_itself() -> Iterator[None]:
    """Leave a set that cannot be read or moved now to the next scan, so that it holds up no other."""
    try:
        yield
    except OSError as error:
        log.warning("set_left_for_later", service="mailroom", error=type(error).__name__, errno=error.errno)


def _tellings(listing: Listing) -> Iterator[Telling]:
    for sidecar in listing.sidecars:
        with by_itself():
            yield told(sidecar)


def _arrival(telling: Telling, listing: Listing, taken: AbstractSet[File]) -> Arrival:
    found = [listing.find(name) for name in telling.names]
    free = [file for file in dict.fromkeys(found) if file is not None and file not in taken]
    label = _label(telling.letter) if telling.letter else _digest(telling.sidecar)
    decided = telling.letter is None or _is_whole(telling, listing, taken)
    return Arrival((telling.sidecar, *free), label, decided)


def _is_whole(telling: Telling, listing: Listing, taken: AbstractSet[File]) -> bool:
    if telling.letter is None:
        return False
    lying = ((file, listing.find(file.name)) for file in telling.letter.files)
    return all(found is not None and found not in taken and found.size == file.size for file, found in lying)


def _label(letter: Letter) -> str:
    return f"{letter.kenmerk.replace('/', '-')}_v{letter.version}"


def _digest(file: File) -> str:
    """Return what stands for a set in events and logs. Its file name stays out: people put names in those."""
    return hashlib.sha256(os.fsencode(file.path.name)).hexdigest()[:12]
