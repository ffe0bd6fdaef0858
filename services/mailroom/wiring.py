"""What mailroom is made of."""

from __future__ import annotations

from pathlib import Path

from services.mailroom.accounts import RecentAccounts
from services.mailroom.app import create_app
from services.mailroom.folders import ProjectFolders
from services.mailroom.handlers import Mailroom, Rules, router
from services.mailroom.intakes.base import Intake, Parts, Register
from services.mailroom.intakes.mailboxes.files import MailboxFiles
from services.mailroom.intakes.mailboxes.mailbox import SharedMailbox
from services.mailroom.libraries import TenantLibraries
from services.mailroom.policy import MailroomPolicy
from services.mailroom.policy_intakes import KINDS_BY_NAME
from services.mailroom.project_file import ProjectFile
from services.mailroom.projects import ProjectRegister
from services.mailroom.readers import Readers
from services.mailroom.store import Store
from shared.contracts import Contract
from shared.graph.auth import Tokens
from shared.graph.client import GraphClient
from shared.graph.directory import Directory
from shared.graph.messages import Messages
from shared.graph.teams import Teams
from shared.http import Http
from shared.service import Base, Service
from shared.vault import Vault

FETCH_SECONDS = 120.0  # that a register may take for an answer

POLICY: tuple[str, type[Contract]] = ("mailroom", MailroomPolicy)


def build(base: Base) -> Service:
    """Assemble the mailroom around its outside world."""
    policy = base.policy.section("mailroom", MailroomPolicy)
    graph = GraphClient(base.settings.graph_url, Tokens(base.settings))
    vault = Vault.of(base.settings) if base.settings.environ.get("HUB_VAULT_KEY") else None
    store = Store.of(base.database, base.clock, vault)
    libraries = TenantLibraries(graph, policy, store.uploads)
    mailboxes = _mailboxes(policy, graph)
    intakes = _intakes(base, policy, store, MailboxFiles(store.messages, mailboxes))
    world = Mailroom(
        clock=base.clock,
        store=store,
        rules=Rules(policy.table(), policy.all_terms(), policy.unclassified, policy.set_aside),
        projects=ProjectRegister(store.projects, policy.projects_over),
        intakes=intakes,
        registers={name: intake for name, intake in intakes.items() if isinstance(intake, Register)},
        libraries=libraries,
        folders=_folders(base, policy, store, libraries, Teams(graph)),
        accounts=RecentAccounts(Directory(graph)),
        spool=_spool(base),
        came=base.ledger.came,
        mailboxes=mailboxes,
        project_file=ProjectFile(policy.project_file, base.policy.path.parent),
    )
    return Service(name="mailroom", router=router, app=create_app(world), world=world)


def _mailboxes(policy: MailroomPolicy, graph: GraphClient) -> dict[str, SharedMailbox]:
    mail, accounts = Messages(graph), Directory(graph)
    return {name: SharedMailbox(name, options, mail, accounts.user) for name, options in policy.mailboxes.items()}


def _folders(
    base: Base, policy: MailroomPolicy, store: Store, libraries: TenantLibraries, teams: Teams
) -> ProjectFolders:
    readers = Readers(teams, base.clock)
    return ProjectFolders(libraries, teams, readers, store.found_folders, policy.site, policy.library)


def _intakes(base: Base, policy: MailroomPolicy, store: Store, originals: MailboxFiles) -> dict[str, Intake]:
    parts = Parts(
        clock=base.clock,
        folder=base.policy.path.parent,
        spool=_spool(base),
        secret=base.settings.secret,
        unseal=lambda sealed: Vault.of(base.settings).open(sealed),
        http=Http(answer_seconds=FETCH_SECONDS),
        records=store.records,
        scanner=policy.antivirus.scanner() if policy.antivirus else None,
        original=originals.fetch,
    )
    kinds = {name: KINDS_BY_NAME[table["kind"]] for name, table in policy.intakes.items()}
    return {name: kinds[name].build(name, options, parts) for name, options in policy.options().items()}


def _spool(base: Base) -> Path:
    return base.settings.data_dir / "spool"
