"""What the world of Voorbeeldegem does to the hub during the demo."""

from __future__ import annotations

from datetime import date

import requests

from sandbox import layout
from sandbox.stage import HOOK_SECRET, Stage
from sandbox.voorbeeldegem import CLIENT_ID, CLIENT_SECRET, TENANT_ID

MAILBOX = "post@example.org"


def feed_absences_and_letter(stage: Stage, today: date) -> None:
    """Drop the export of the time registration and two scanned letters, and let an e-mail come into the shared mailbox.

    Protime already holds its absences.
    """
    unfinished = stage.export.with_suffix(".tmp")
    unfinished.write_bytes(layout.time_export(today))
    unfinished.rename(stage.export)
    for file in (*layout.letter(today).in_writing_order(), *layout.mistyped_letter(today)):
        (stage.scans / file.name).write_bytes(file.content)
    stage.deliver(MAILBOX, layout.email())


def feed_changes(stage: Stage) -> None:
    """Change absences in Protime, which tells the hub; and give a new colleague an account, which Graph tells."""
    stage.tell("/_sandbox/protime/apply-delta")
    hook = f"{stage.url('webhooks')}/hooks/protime"
    stage.tell("/_sandbox/protime/hint", {"url": hook, "secret": HOOK_SECRET, "employees": ["000105"]})
    make_account(stage)


def make_account(stage: Stage) -> None:
    """Make the account of Zita Zondermail the way an administrator's script does: through Graph."""
    trust = str(stage.certificate)
    form = {
        "grant_type": "client_credentials",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "scope": f"{stage.tenant_url}/.default",
    }
    token_url = f"{stage.tenant_url}/{TENANT_ID}/oauth2/v2.0/token"
    token = requests.post(token_url, data=form, timeout=10, verify=trust).json()["access_token"]
    user = {
        "accountEnabled": True,
        "displayName": "Zita Zondermail",
        "givenName": "Zita",
        "surname": "Zondermail",
        "mailNickname": "zita.zondermail",
        "userPrincipalName": "zita.zondermail@example.org",
        "employeeId": "000107",
        "department": "Technische dienst",
        "passwordProfile": {"password": "only-for-the-sandbox", "forceChangePasswordNextSignIn": True},
    }
    headers = {"Authorization": f"Bearer {token}"}
    made = requests.post(f"{stage.tenant_url}/v1.0/users", json=user, headers=headers, timeout=10, verify=trust)
    made.raise_for_status()
