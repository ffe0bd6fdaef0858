"""Keeps secrets that the hub makes itself: sealed in the database, opened with a key from the settings."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.config import Settings
from shared.errors import Invalid, Permanent

SHORTEST = 24  # characters of a key: it guards private keys


class Vault:
    """Seals with the first of *keys* and opens with any: give the new key first during a rotation."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys or any(len(key) < SHORTEST for key in keys):
            raise Invalid("weak_vault_key", f"HUB_VAULT_KEY: expected keys of at least {SHORTEST} characters")
        self._fernet = MultiFernet([Fernet(_derived(key)) for key in keys])

    @classmethod
    def of(cls, settings: Settings) -> Vault:
        """Return the vault whose keys stand in HUB_VAULT_KEY, with commas between.

        Raises: Invalid when there is none, or a weak one.
        """
        return cls([key.strip() for key in settings.secret("HUB_VAULT_KEY").split(",")])

    def seal(self, secret: str) -> str:
        return self._fernet.encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        """Return what was sealed.

        Raises: Permanent when none of the keys fits.
        """
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise Permanent("vault_locked", "HUB_VAULT_KEY does not open this: add the key of then") from error


def _derived(key: str) -> bytes:
    return base64.urlsafe_b64encode(HKDF(hashes.SHA256(), 32, salt=None, info=b"hub vault").derive(key.encode()))
