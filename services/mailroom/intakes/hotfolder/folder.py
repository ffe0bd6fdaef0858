"""A folder into which the scanner or the register drops files, with a sidecar that says they are complete.

Layout::

    2026-IN-001234.pdf, 2026-IN-001234.pdf.metadata.xml    arrived (or .json); taken when complete and quiet
    bezig/<moment>_2026-IN-001234_v1/                      claimed: the whole set, by one atomic rename
    verwerkt/2026-11-18/<moment>_2026-IN-001234_v1/        filed
    fout/<moment>_2026-IN-001234_v1/                       refused, with reden.txt
    quarantaine/<moment>_2026-IN-001234_v1/                refused as dangerous, with reden.txt
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path, PurePath

from services.mailroom.domain.letter import Letter
from services.mailroom.intakes.base import Delivery, Scanner
from services.mailroom.intakes.content.inspection import inspect as inspect_file
from services.mailroom.intakes.hotfolder.arrival import Arrival, arrivals, by_itself
from services.mailroom.intakes.hotfolder.claiming import claim, complete
from services.mailroom.intakes.hotfolder.disk import is_folder, make_shelf, on_disk, sha256
from services.mailroom.intakes.hotfolder.listing import REASON_FILE, Listing, Watch, listed
from services.mailroom.intakes.hotfolder.sidecar import read_sidecar
from services.mailroom.intakes.limits import Limits
from services.mailroom.intakes.refusals import DANGEROUS, explanation
from shared.clock import BRUSSELS, Clock
from shared.errors import Invalid, Transient

PATIENCE = timedelta(hours=1)  # a sidecar without its files is refused after this
ORPHAN_PATIENCE = timedelta(hours=4)  # a file that no sidecar names is refused after this


class HotFolder:
    """The intake over one such folder; nothing that comes later can change a set once it is claimed.

    *stable* is how long a set must be quiet. *inspect* and *scanner* look into each file before it is handed over.
    """

    def __init__(
        self,
        root: Path,
        stable: timedelta,
        limits: Limits,
        clock: Clock,
        inspect: Callable[[Path, str], None] = inspect_file,
        scanner: Scanner | None = None,
    ) -> None:
        self._root, self._stable, self._limits, self._clock = root, stable, limits, clock
        self._inspect, self._scanner, self._watch = inspect, scanner, Watch()
        self._busy, self._settled = root / "bezig", root / "verwerkt"
        self._refused, self._quarantine = root / "fout", root / "quarantaine"

    def scan(self) -> list[str]:
        """Claim what is complete and quiet, and what waited too long; finish the claims that a crash broke off.

        One set that cannot be moved, such as a file that the scanner holds open, holds up no other.
        """
        with on_disk():
            make_shelf(self._busy)  # the root itself is never made: a share that is not mounted stays absent
            self._finish_broken_claims()
            self._claim_arrivals(listed(self._root))
            return sorted(place.name for place in self._busy.iterdir() if _is_claimed(place))

    def read(self, reference: str) -> Letter:
        with on_disk():
            return self._whole(self._busy / reference)[0]

    def open(self, reference: str) -> Delivery | None:
        with on_disk():
            place = self._claimed(reference)
            if place is None:
                return None
            letter, paths = self._whole(place)
            for file, path in zip(letter.files, paths, strict=True):
                if sha256(path) != file.sha256:
                    raise Invalid("sha256_mismatch", f"set {reference}: {file.role} is not what the register hashed")
            for file, path in zip(letter.files, paths, strict=True):
                self._look_into(path, file.name)
            return Delivery(letter, paths)

    def settle(self, reference: str) -> None:
        day = self._clock.now().astimezone(BRUSSELS).date()
        self._put(reference, self._settled / day.isoformat())

    def refuse(self, reference: str, reason: str) -> None:
        """Put a set aside whole, with the reason in words; what may do harm goes where nobody opens it by habit."""
        with on_disk():
            place = self._claimed(reference)
            if place is not None:
                told = place / REASON_FILE
                told.unlink(missing_ok=True)  # never write through what somebody put there
                told.write_text(explanation(reference, reason, self._faults(place)), encoding="utf-8")
        self._put(reference, self._quarantine if reason in DANGEROUS else self._refused)

    def _claimed(self, reference: str) -> Path | None:
        """Return the folder of a set, None when it was put away before. A reference is one plain name."""
        if not self._busy.is_dir():
            raise Transient("intake_unavailable", f"hot folder: {self._busy.name} is gone; is the share mounted?")
        place = self._busy / reference
        return place if reference and PurePath(reference).name == reference and _is_claimed(place) else None

    def _put(self, reference: str, shelf: Path) -> None:
        with on_disk():
            place = self._claimed(reference)
            if place is None:
                return
            for folder in (shelf.parent, shelf):
                if folder != self._root:
                    make_shelf(folder)
            place.rename(shelf / place.name)

    def _whole(self, place: Path) -> tuple[Letter, tuple[Path, ...]]:
        """Return the letter and its files, of the length that the register says. Raises: Invalid."""
        here = listed(place)
        if not here.sidecars:
            raise Invalid("unregistered_scan", f"set {place.name}: a file for which no sidecar came")
        letter = read_sidecar(here.sidecars[0].path)
        self._limits.check(letter)
        found = [here.find(file.name) for file in letter.files]
        for file, lying in zip(letter.files, found, strict=True):
            if lying is None or lying.size != file.size:
                raise Invalid(
                    "incomplete_set", f"set {place.name}: {file.role} is absent or has another length than {file.size}"
                )
        return letter, tuple(lying.path for lying in found if lying)

    def _look_into(self, path: Path, name: str) -> None:
        self._inspect(path, name)
        if self._scanner is not None:
            self._scanner.check(path)

    def _finish_broken_claims(self) -> None:
        broken = sorted(place for place in self._busy.glob(".*") if is_folder(place))
        arrived = listed(self._root) if broken else Listing([])
        for begun in broken:
            with by_itself():
                complete(begun, arrived)

    def _claim_arrivals(self, listing: Listing) -> None:
        now = self._clock.now()
        self._watch.look(listing, now)
        for arrival in arrivals(listing):
            if self._is_ready(arrival):
                with by_itself():
                    claim(arrival, self._busy, now)

    def _is_ready(self, arrival: Arrival) -> bool:
        """Tell whether the set can be claimed: to be filed, or to be refused."""
        now = self._clock.now()
        if not all(self._watch.is_quiet(file, now, self._stable) for file in arrival.files):
            return False
        if arrival.is_decided:
            return True
        return self._watch.is_here(arrival.files[0], now, PATIENCE if arrival.has_sidecar else ORPHAN_PATIENCE)

    def _faults(self, place: Path) -> list[str]:
        try:
            self._whole(place)
        except Invalid as error:
            return sorted(error.fields)
        return []


def _is_claimed(place: Path) -> bool:
    return is_folder(place) and not place.name.startswith(".")
