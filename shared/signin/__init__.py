"""People sign in as themselves, with Entra ID; what they may do is for each service to decide.

gate = sign_in(app, settings, settings.timesync_url, clock)

@app.get("/mine")
@gate.required
def mine(visitor: Visitor) -> str: ...
"""

from shared.signin.entra import Refused, Visitor
from shared.signin.gate import Gate, sign_in

__all__ = ["Gate", "Refused", "Visitor", "sign_in"]
