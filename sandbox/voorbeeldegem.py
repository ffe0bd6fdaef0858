"""The sample municipality: six people, a shared mailbox, and a site with project folders and the register's columns."""

from datetime import datetime
from typing import Any

from sandbox.library import Column, Library
from sandbox.state import Tenant

TENANT_ID = "6f1d2c3b-0000-4000-8000-000000009000"
CLIENT_ID = "6f1d2c3b-0000-4000-8000-000000009001"
PILOT_GROUP_ID = "6f1d2c3b-0000-4000-8000-000000009005"
OTHER_GROUP_ID = "6f1d2c3b-0000-4000-8000-000000009006"
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
_COLUMNS = (
    Column("Title"),
    Column("PostKenmerk"),
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
    site = _site()
    tenant.sites[_SITE_ID] = site
    tenant.drives[_DRIVE_ID] = _library(site, tenant.now())
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


def _site() -> dict[str, Any]:
    return {
        "id": _SITE_ID,
        "name": "projecten",
        "displayName": "Projecten",
        "webUrl": "https://example.sharepoint.com/sites/projecten",
        "root": {},
        "siteCollection": {"hostname": "example.sharepoint.com"},
    }


def _library(site: dict[str, Any], now: datetime) -> Library:
    library = Library(_DRIVE_ID, _LIST_ID, "Documenten", site, _COLUMNS, now)
    for name in _FOLDERS:
        library.add_folder(library.root, name, "fail", now)
    return library
