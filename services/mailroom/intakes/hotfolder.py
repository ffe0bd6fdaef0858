"""A folder into which the scanner or the register drops files, with an XML sidecar that says they are complete.

Layout::

    2026-IN-001234.pdf, 2026-IN-001234.pdf.metadata.xml    arrived; taken when complete and quiet
    bezig/<moment>_2026-IN-001234_v1/                      claimed: the whole set, by one atomic rename
    verwerkt/2026-11-18/<moment>_2026-IN-001234_v1/        filed
    fout/<moment>_2026-IN-001234_v1/                       refused, with reden.txt
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.mailroom.domain.letter import Letter, LetterFile
from services.mailroom.intakes.base import Delivery
from services.mailroom.intakes.limits import Limits
from services.mailroom.intakes.refusals import explanation
from services.mailroom.intakes.sidecar import SUFFIX, read_sidecar
from shared.clock import BRUSSELS, Clock
from shared.errors import Invalid, Transient

PATIENCE = timedelta(hours=1)  # a sidecar without its files is refused after this


class HotFolder:
    """The intake over one such folder; nothing that comes later can change a set once it is claimed."""

    def __init__(self, root: Path, stable: timedelta, limits: Limits, clock: Clock) -> None:
        self._root, self._stable, self._limits, self._clock = root, stable, limits, clock
        self._busy, self._settled, self._refused = root / "bezig", root / "verwerkt", root / "fout"

    def scan(self) -> list[str]:
        """Claim what is complete and quiet; finish the claims that a crash broke off."""
        with _on_disk():
            self._busy.mkdir(exist_ok=True)  # the root itself is never made: a share that is not mounted stays absent
            for begun in sorted(self._busy.glob(".*")):
                self._complete(begun)
            for sidecar in sorted(self._root.glob("*" + SUFFIX)):
                if self._is_ready(sidecar):
                    self._claim(sidecar)
            return sorted(place.name for place in self._busy.iterdir() if not place.name.startswith("."))

    def read(self, reference: str) -> Letter:
        with _on_disk():
            place = self._busy / reference
            letter = read_sidecar(_sidecar_in(place))
            self._limits.check(letter)
            for file in letter.files:
                if not _is_whole(place / file.name, file):
                    raise Invalid(
                        "incomplete_set",
                        f"set {reference}: {file.role} is absent or has another length than {file.size}",
                    )
            return letter

    def open(self, reference: str) -> Delivery | None:
        place = self._busy / reference
        if not place.exists():
            return None
        letter = self.read(reference)
        with _on_disk():
            for file in letter.files:
                if _sha256(place / file.name) != file.sha256:
                    raise Invalid("sha256_mismatch", f"set {reference}: {file.role} is not what the register hashed")
        return Delivery(letter, tuple(place / file.name for file in letter.files))

    def settle(self, reference: str) -> None:
        day = self._clock.now().astimezone(BRUSSELS).date()
        self._put(reference, self._settled / day.isoformat())

    def refuse(self, reference: str, reason: str) -> None:
        with _on_disk():
            place = self._busy / reference
            if place.exists():
                (place / "reden.txt").write_text(
                    explanation(reference, reason, self._faults(reference)), encoding="utf-8"
                )
        self._put(reference, self._refused)

    def _put(self, reference: str, shelf: Path) -> None:
        with _on_disk():
            if (self._busy / reference).exists():
                shelf.mkdir(parents=True, exist_ok=True)
                (self._busy / reference).rename(shelf / reference)

    def _is_ready(self, sidecar: Path) -> bool:
        """Tell whether the set can be claimed: to be filed, or to be refused."""
        now = self._clock.now()
        if sidecar.is_symlink() or not self._is_quiet(sidecar, now):
            return False
        if now - _modified(sidecar) >= PATIENCE:
            return True
        try:
            letter = read_sidecar(sidecar)
        except Invalid:
            return True
        files = [(self._root / file.name, file) for file in letter.files]
        return all(_is_whole(path, file) and self._is_quiet(path, now) for path, file in files)

    def _is_quiet(self, path: Path, now: datetime) -> bool:
        return now - _modified(path) >= self._stable

    def _claim(self, sidecar: Path) -> None:
        """Take the sidecar first: whoever moves it owns the set. A hidden folder is a claim that is not complete."""
        reference = f"{self._clock.now():%Y%m%dT%H%M%S%f}_{_label(sidecar)}"
        if (self._busy / reference).exists():
            return  # the same letter at the same moment: its turn comes at the next scan
        begun = self._busy / f".{reference}"
        begun.mkdir(exist_ok=True)
        sidecar.rename(begun / sidecar.name)
        self._complete(begun)

    def _complete(self, begun: Path) -> None:
        sidecar = _sidecar_in(begun)
        if not sidecar.exists():
            begun.rmdir()  # the crash came before the sidecar was moved
            return
        for name in _named_in(sidecar):
            arrived = self._root / name
            if (
                arrived.is_file() and not arrived.is_symlink() and not name.endswith(SUFFIX)
            ):  # never another set's sidecar
                arrived.rename(begun / name)
        begun.rename(self._busy / begun.name.removeprefix("."))

    def _faults(self, reference: str) -> list[str]:
        try:
            self.read(reference)
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


def _modified(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _is_whole(path: Path, file: LetterFile) -> bool:
    return path.is_file() and not path.is_symlink() and path.stat().st_size == file.size


def _sidecar_in(place: Path) -> Path:
    return next(place.glob("*" + SUFFIX), place / SUFFIX)


def _label(sidecar: Path) -> str:
    """Return what is recognised of a set in events and logs. Its file name stays out: people put names in those."""
    try:
        letter = read_sidecar(sidecar)
    except Invalid:
        return hashlib.sha256(sidecar.name.encode()).hexdigest()[:12]
    return f"{letter.kenmerk.replace('/', '-')}_v{letter.version}"


def _named_in(sidecar: Path) -> list[str]:
    """Return the files of the set; of a sidecar that says nothing usable, the one that it is named after."""
    try:
        return [file.name for file in read_sidecar(sidecar).files]
    except Invalid:
        return [sidecar.name.removesuffix(SUFFIX)]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
