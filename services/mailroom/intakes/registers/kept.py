"""Letters that a register told of: the record sealed in our tables, the files in the spool, until they are settled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from services.mailroom.domain.letter import Letter
from services.mailroom.intakes.base import Delivery, Parts
from services.mailroom.intakes.content.inspection import inspect
from services.mailroom.intakes.limits import Limits
from services.mailroom.intakes.record import letter_of
from services.mailroom.intakes.registers.fetching import Files
from services.mailroom.intakes.registers.spool import Spool
from shared.errors import Invalid


class KeptLetters:
    """The letters of the intake *name*, whose files are fetched from *files* when they are opened.

    Raises: Invalid when HUB_VAULT_KEY is not set: that must be heard at the start, not with the first letter.
    """

    def __init__(self, name: str, files: Files, limits: Limits, parts: Parts) -> None:
        parts.secret("HUB_VAULT_KEY")
        self._name, self._files, self._limits = name, files, limits
        self._records, self._scanner = parts.records, parts.scanner
        self.spool = Spool(parts.spool / name, parts.original)

    def keep(self, reference: str, record: Mapping[str, Any]) -> None:
        """Keep what the register says, in the place of what it said of the same version."""
        self._records.put(self._name, reference, json.dumps(record))

    def read(self, reference: str) -> Letter:
        """Return the letter. Raises: Invalid when its record is none, or is not there."""
        record = self._records.get(self._name, reference)
        if not record:
            raise Invalid("record_gone", f"letter {reference}: nothing is kept of it")
        return letter_of(json.loads(record))

    def open(self, reference: str) -> Delivery | None:
        if not self._records.get(self._name, reference):
            return None
        letter = self.read(reference)
        self._limits.check(letter)
        paths = self.spool.take(reference, letter, self._files)
        for path, file in zip(paths, letter.files, strict=True):
            inspect(path, file.name)
            if self._scanner is not None:
                self._scanner.check(path)
        return Delivery(letter, paths)

    def drop(self, reference: str) -> None:
        """Forget a letter, and its files. Safe to repeat."""
        self.spool.drop(reference)
        self._records.drop(self._name, reference)
