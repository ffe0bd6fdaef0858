"""What every intake promises: a set is claimed once, opened whole or refused, and settled for good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from services.mailroom.domain.letter import Letter


@dataclass(frozen=True)
class Delivery:
    """A letter with its files at hand, in the order of `letter.files` and equal to what the register said of them."""

    letter: Letter
    files: tuple[Path, ...]


class Intake(Protocol):
    """A place where sets of files with their metadata arrive. Every method is safe to repeat.

    Raises, everywhere: Transient("intake_unavailable") when the place itself cannot be reached.
    """

    def scan(self) -> Sequence[str]:
        """Claim the sets that are complete and return the references of all that are claimed and not settled."""
        ...

    def read(self, reference: str) -> Letter:
        """Return what the register says of a claimed set. Raises: Invalid with the reason to refuse it."""
        ...

    def open(self, reference: str) -> Delivery | None:
        """Return the set, every byte checked, or None when it was settled before.

        Raises: Invalid with the reason to refuse it.
        """
        ...

    def settle(self, reference: str) -> None:
        """Put a set that was filed where nobody takes it up again."""
        ...

    def refuse(self, reference: str, reason: str) -> None:
        """Put a set aside whole, with *reason* in words for whoever delivered it."""
        ...
