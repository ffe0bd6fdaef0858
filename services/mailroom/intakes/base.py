"""What every intake promises: a set is claimed once, opened whole or refused, and settled for good."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from services.mailroom.domain.letter import Letter
from shared.clock import Clock
from shared.contracts import Contract
from shared.events import LetterReported


@dataclass(frozen=True)
class Delivery:
    """A letter with its files at hand, in the order of `letter.files` and equal to what the register said of them."""

    letter: Letter
    files: tuple[Path, ...]


@dataclass(frozen=True)
class Heard:
    """A letter of which a register told; *reference* finds it in the intake."""

    reference: str
    kenmerk: str
    version: int


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


@runtime_checkable
class Register(Intake, Protocol):
    """An intake that tells of its letters by the front door (letter.reported)."""

    def named(self, event: LetterReported) -> LetterReported:
        """Return *event* with the kenmerk and version that it is about, where the register told only its own id."""
        ...

    def hear(self, event: LetterReported) -> Heard:
        """Take what *event* says, or ask the register for it, and return where it is found from now on.

        Raises: Invalid with the reason to hold it; Transient when the register does not answer.
        """
        ...


class Scanner(Protocol):
    """An antivirus."""

    def check(self, path: Path) -> None:
        """Return when nothing is wrong with the content at *path*.

        Raises: Invalid("infected"); Transient when it cannot be asked now.
        """
        ...


class Records(Protocol):
    """What registers said of letters, sealed until these are settled."""

    def put(self, intake: str, reference: str, record: str) -> None: ...
    def get(self, intake: str, reference: str) -> str | None: ...
    def drop(self, intake: str, reference: str) -> None: ...


class RegisterHttp(Protocol):
    """What intakes need of HTTP; shared.http.Http is one."""

    def get_json(
        self, url: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Any: ...

    def download(self, url: str, target: Path, *, headers: Mapping[str, str] | None = None, most: int) -> None: ...


@dataclass(frozen=True)
class Parts:
    """What an intake may be built from. *folder* is where relative paths start; *secret* resolves a setting's name.

    *spool* is where fetched files stand until they are settled. *unseal* opens the record that an event carries.
    *original* writes the e-mail with a digest to a path, if a shared mailbox has it.
    """

    clock: Clock
    folder: Path
    spool: Path
    secret: Callable[[str], str]
    unseal: Callable[[str], str]
    http: RegisterHttp
    records: Records
    scanner: Scanner | None
    original: Callable[[str, Path], bool]


@dataclass(frozen=True)
class Kind:
    """A kind of intake: its word in hub.toml, the keys of its table, and how to build one."""

    name: str
    options: type[Contract]
    build: Callable[[str, Any, Parts], Intake]
