"""What an authorization code stands for, until it is redeemed."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Code:
    """One sign-in of the account *user_id*, to be finished before *until* by whoever began it."""

    user_id: str
    redirect_uri: str
    challenge: str  # PKCE, S256
    nonce: str
    until: datetime
    redeemed: bool = False

    def is_proven_by(self, verifier: str) -> bool:
        # https://www.rfc-editor.org/rfc/rfc7636#section-4.6
        digest = hashlib.sha256(verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=") == self.challenge
