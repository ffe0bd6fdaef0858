"""How a set leaves the hot folder: its files go into a hidden folder one by one, and one rename shows that folder.

A crash at any step leaves a hidden folder, which the next scan completes.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from services.mailroom.intakes.hotfolder.arrival import Arrival, told
from services.mailroom.intakes.hotfolder.listing import Listing, listed


def claim(arrival: Arrival, busy: Path, now: datetime) -> None:
    """Move the files of *arrival* into *busy*, the first one first: whoever moves that one owns the set."""
    reference = f"{now:%Y%m%dT%H%M%S%f}_{arrival.label}"
    if (busy / reference).exists():
        return  # the same letter at the same moment: its turn comes at the next scan
    begun = busy / f".{reference}"
    begun.mkdir(exist_ok=True)
    for file in arrival.files:
        file.path.rename(begun / file.path.name)
    _show(begun)


def complete(begun: Path, arrived: Listing) -> None:
    """Finish a claim that broke off, with what is left of its files in *arrived*. Safe to repeat."""
    here = listed(begun)
    if not here.files:
        begun.rmdir()  # the crash came before anything was moved
        return
    for name in [name for sidecar in here.sidecars for name in told(sidecar).names]:
        file = arrived.find(name)
        if file is not None and here.find(name) is None:
            file.path.rename(begun / file.path.name)
    _show(begun)


def _show(begun: Path) -> None:
    begun.rename(begun.with_name(begun.name.removeprefix(".")))
