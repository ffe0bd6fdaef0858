"""A folder into which the scanner or the register drops files, with a sidecar that says they are complete.

Layout::

    2026-IN-001234.pdf, 2026-IN-001234.pdf.metadata.xml    arrived (or .json); taken when complete and quiet
    bezig/<moment>_2026-IN-001234_v1/                      claimed: the whole set, by one atomic rename
    verwerkt/2026-11-18/<moment>_2026-IN-001234_v1/        filed
    fout/<moment>_2026-IN-001234_v1/                       refused, with reden.txt
    quarantaine/<moment>_2026-IN-001234_v1/                refused as dangerous, with reden.txt
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path, PurePath

from services.mailroom.domain.letter import Letter
from services.mailroom.intakes.base import Delivery, Scanner
from services.mailroom.intakes.claiming import Arrival, arrivals, by_itself, claim, complete
from services.mailroom.intakes.inspection import inspect as inspect_file
from services.mailroom.intakes.limits import Limits
from services.mailroom.intakes.listing import REASON_FILE, Listing, Watch, listed
from services.mailroom.intakes.refusals import DANGEROUS, explanation
from services.mailroom.intakes.sidecar import read_sidecar
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
        with _on_disk():
            _shelf(self._busy)  # the root itself is never made: a share that is not mounted stays absent
            self._finish_broken_claims()
            self._claim_arrivals(listed(self._root))
            return sorted(place.name for place in self._busy.iterdir() if _is_claimed(place))

    def read(self, reference: str) -> Letter:
        with _on_disk():
            return self._whole(reference)[0]

    def open(self, reference: str) -> Delivery | None:
        if not _is_claimed(self._place(reference)):
            return None
        with _on_disk():
            letter, paths = self._whole(reference)
            for file, path in zip(letter.files, paths, strict=True):
                if _sha256(path) != file.sha256:
                    raise Invalid("sha256_mismatch", f"set {reference}: {file.role} is not what the register hashed")
            for file, path in zip(letter.files, paths, strict=True):
                self._look_into(path, file.name)
        return Delivery(letter, paths)

    def settle(self, reference: str) -> None:
        day = self._clock.now().astimezone(BRUSSELS).date()
        self._put(reference, self._settled / day.isoformat())

    def refuse(self, reference: str, reason: str) -> None:
        """Put a set aside whole, with the reason in words; what may do harm goes where nobody opens it by habit."""
        with _on_disk():
            place = self._place(reference)
            if _is_claimed(place):
                told = place / REASON_FILE
                told.unlink(missing_ok=True)  # never write through what somebody put there
                told.write_text(explanation(reference, reason, self._faults(reference)), encoding="utf-8")
        self._put(reference, self._quarantine if reason in DANGEROUS else self._refused)

    def _place(self, reference: str) -> Path:
        """Return the folder of a set; of what is no plain name, one that never exists."""
        return self._busy / (reference if reference and PurePath(reference).name == reference else ".none")

    def _put(self, reference: str, shelf: Path) -> None:
        with _on_disk():
            place = self._place(reference)
            if _is_claimed(place):
                for folder in (shelf.parent, shelf):
                    if folder != self._root:
                        _shelf(folder)
                place.rename(shelf / place.name)

    def _whole(self, reference: str) -> tuple[Letter, tuple[Path, ...]]:
        """Return the letter and its files, of the length that the register says. Raises: Invalid."""
        here = listed(self._place(reference))
        if not here.sidecars:
            raise Invalid("unregistered_scan", f"set {reference}: a file for which no sidecar came")
        letter = read_sidecar(here.sidecars[0].path)
        self._limits.check(letter)
        found = [here.find(file.name) for file in letter.files]
        for file, lying in zip(letter.files, found, strict=True):
            if lying is None or lying.size != file.size:
                raise Invalid(
                    "incomplete_set", f"set {reference}: {file.role} is absent or has another length than {file.size}"
                )
        return letter, tuple(lying.path for lying in found if lying)

    def _look_into(self, path: Path, name: str) -> None:
        self._inspect(path, name)
        if self._scanner is not None:
            self._scanner.check(path)

    def _finish_broken_claims(self) -> None:
        broken = sorted(place for place in self._busy.glob(".*") if _is_folder(place))
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

    def _faults(self, reference: str) -> list[str]:
        try:
            self._whole(reference)
        except Invalid as error:
            return sorted(error.fields)
        return []


@contextmanager
def _on_disk() -> Iterator[None]:
    """Translate a disk or share that fails; which file it was stays out of the message."""
    try:
        yield
    except OSError as error:
        raise Transient("intake_unavailable", f"hot folder: {type(error).__name__} (errno {error.errno})") from error


def _shelf(folder: Path) -> None:
    """Make one of our own folders. A link in its place would lead the letters away."""
    if folder.is_symlink():
        raise Transient("intake_unavailable", f"hot folder: {folder.name} is a link; make it a folder")
    folder.mkdir(exist_ok=True)


def _is_folder(place: Path) -> bool:
    return place.is_dir() and not place.is_symlink()


def _is_claimed(place: Path) -> bool:
    return _is_folder(place) and not place.name.startswith(".")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
