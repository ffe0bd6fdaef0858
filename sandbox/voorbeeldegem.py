"""The sample municipality: six people, a shared mailbox, a site of projects, and a team with a site of its own.

The site of projects has two libraries: one with project folders and the register's columns, and a confidential one
as SharePoint makes it, without any.
"""

from datetime import datetime
from typing import Any

from sandbox.columns import Column
from sandbox.library import Library
from sandbox.state import Tenant
from sandbox.teams import Channel, Team

TENANT_ID = "6f1d2c3b-0000-4000-8000-000000009000"
CLIENT_ID = "6f1d2c3b-0000-4000-8000-000000009001"
PILOT_GROUP_ID = "6f1d2c3b-0000-4000-8000-000000009005"
OTHER_GROUP_ID = "6f1d2c3b-0000-4000-8000-000000009006"
TEAM_ID = "6f1d2c3b-0000-4000-8000-000000009007"
CHANNEL_ID = "19:voorbeeldegem-algemeen@thread.tacv2"
CONFIDENTIAL_DRIVE_ID = "b!OywdbwAAAEAAgAAAAAAAkAI7LB1vAAAAQACAAAAAAJAI"
TEAM_DRIVE_ID = "b!OywdbwAAAEAAgAAAAAAAkAk7LB1vAAAAQACAAAAAAJAK"
CLIENT_SECRET = "sandbox-secret"  # opens nothing but the sandbox

# Zita Zondermail (000107) has no account: she comes later, by POST /users
_PEOPLE = (
    ("Fien", "Verzonnen", "000101", "Burgerzaken"),
    ("Joris", "Fictief", "000102", "Omgeving"),
    ("Mira", "Bedacht", "000103", "Buitenschoolse kinderopvang"),
    ("Tuur", "Testman", "000104", "ICT"),
    ("Noor", "Voorbeeld", "000105", "Onthaal"),
    ("Stan", "Staalkaart", "000106", "Technische dienst"),
)
_ADMIN = 4  # Tuur, of ICT
_FOLDERS = ("A40201 - Moderne digitale werkplaats", "A40003 - Digitaal loket", "Te klasseren")
_SITE_ID = "example.sharepoint.com,6f1d2c3b-0000-4000-8000-000000009002,6f1d2c3b-0000-4000-8000-000000009003"
_DRIVE_ID = "b!OywdbwAAAEAAgAAAAACQAjssHW8AAABAAIAAAAAAkAM"
_LIST_ID = "6f1d2c3b-0000-4000-8000-000000009004"
_CONFIDENTIAL_LIST_ID = "6f1d2c3b-0000-4000-8000-000000009008"
_TEAM_SITE_ID = "example.sharepoint.com,6f1d2c3b-0000-4000-8000-000000009009,6f1d2c3b-0000-4000-8000-000000009010"
_TEAM_LIST_ID = "6f1d2c3b-0000-4000-8000-000000009011"
_COLUMNS = (
    Column("Title"),
    Column("PostKenmerk", indexed=True),
    Column("Richting", "choice", ("inkomend", "uitgaand", "intern")),
    Column("Kanaal", "choice", ("brief", "e-mail", "e-loket", "eBox", "balie", "fax")),
    Column("Documenttype"),
    Column("DatumStuk", "dateTime"),
    Column("Ontvangstdatum", "dateTime"),
    Column("Registratiedatum", "dateTime"),
    Column("Afzender"),
    Column("Dienst"),
    Column("Behandelaar"),
    Column("Projectcode"),
    Column("Serie"),
    Column("Dossier"),
    Column("Vertrouwelijkheid", "choice", ("openbaar", "intern", "vertrouwelijk", "geheim")),
    Column("Antwoordtermijn", "dateTime"),
    Column("HubId"),
    Column("HubVersie"),
    Column("Sha256"),
)


def voorbeeldegem() -> Tenant:
    """Return the municipality as it is before the hub did anything: its ledger is empty."""
    tenant = Tenant(TENANT_ID, CLIENT_ID, CLIENT_SECRET)
    for number, person in enumerate(_PEOPLE, start=1):
        tenant.add_user(_employee(number, *person))
    tenant.add_user(_shared_mailbox(len(_PEOPLE) + 1), purpose="shared")
    tenant.app_roles[f"6f1d2c3b-0000-4000-8000-{_ADMIN:012d}"] = ["HubAdmin"]
    _groups(tenant)
    site = _site(_SITE_ID, "projecten", "Projecten")
    tenant.sites[_SITE_ID] = site
    tenant.drives[_DRIVE_ID] = _library(site, tenant.now())
    tenant.drives[CONFIDENTIAL_DRIVE_ID] = Library(
        CONFIDENTIAL_DRIVE_ID, _CONFIDENTIAL_LIST_ID, "Vertrouwelijk", site, (Column("Title"),), tenant.now()
    )
    _team(tenant)
    tenant.ledger.clear()
    return tenant


def _employee(number: int, given: str, family: str, employee_id: str, department: str) -> dict[str, Any]:
    address = f"{given}.{family}@example.org".lower()
    return {
        "id": f"6f1d2c3b-0000-4000-8000-{number:012d}",
        "displayName": f"{given} {family}",
        "givenName": given,
        "surname": family,
        "employeeId": employee_id,
        "department": department,
        "mail": address,
        "mailNickname": address.partition("@")[0],
        "userPrincipalName": address,
        "preferredLanguage": "nl-BE",
        "usageLocation": "BE",
    }


def _shared_mailbox(number: int) -> dict[str, Any]:
    return {
        "id": f"6f1d2c3b-0000-4000-8000-{number:012d}",
        "accountEnabled": False,
        "displayName": "Post Voorbeeldegem",
        "mail": "post@example.org",
        "mailNickname": "post",
        "userPrincipalName": "post@example.org",
    }


def _groups(tenant: Tenant) -> None:
    """Make the group of a pilot: two people, and a group with a third."""
    first, second, third, *_ = tenant.users
    inner = tenant.add_group("Buitenschoolse kinderopvang", [third], OTHER_GROUP_ID)
    tenant.add_group("Proefgroep", [first, second, inner.id], PILOT_GROUP_ID)


def _team(tenant: Tenant) -> None:
    """Make a team, with the site that Microsoft gives each, and the folder of its first channel."""
    owner, member, *_ = tenant.users
    tenant.add_group("Digitaal loket", [owner, member], TEAM_ID, "Private")
    site = _site(_TEAM_SITE_ID, "digitaalloket", "Digitaal loket")
    library = Library(TEAM_DRIVE_ID, _TEAM_LIST_ID, "Documenten", site, (Column("Title"),), tenant.now())
    folder = library.add_folder(library.root, "Algemeen", "fail", tenant.now())
    tenant.sites[_TEAM_SITE_ID], tenant.drives[TEAM_DRIVE_ID] = site, library
    channel = Channel(CHANNEL_ID, "Algemeen", (TEAM_DRIVE_ID, folder.id))
    tenant.teams[TEAM_ID] = Team(TEAM_ID, {owner}, {channel.id: channel})


def _site(site_id: str, name: str, label: str) -> dict[str, Any]:
    return {
        "id": site_id,
        "name": name,
        "displayName": label,
        "webUrl": f"https://example.sharepoint.com/sites/{name}",
        "root": {},
        "siteCollection": {"hostname": "example.sharepoint.com"},
    }


def _library(site: dict[str, Any], now: datetime) -> Library:
    library = Library(_DRIVE_ID, _LIST_ID, "Documenten", site, _COLUMNS, now)
    for name in _FOLDERS:
        library.add_folder(library.root, name, "fail", now)
    return library
