"""The keys of webhooks are kept sealed, and what cannot be opened is made anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from services.webhooks.domain.hooks import KeptHook
from services.webhooks.store.hooks import Hooks
from shared.persistence.database import Database
from shared.vault import Vault

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
NEW, OLD = "a new vault key of 24 letters", "an old vault key of 24 letters"
KEPT = KeptHook(
    source="protime",
    hook_id="h2",
    key="private-2",
    expires_at=NOW + timedelta(days=30),
    made_at=NOW,
    previous_id="h1",
    previous_key="private-1",
    previous_until=NOW + timedelta(days=1),
)


def test_what_is_kept_is_found(database: Database) -> None:
    hooks = Hooks(database, Vault([OLD]))

    hooks.keep(KEPT)

    assert hooks.find("protime") == KEPT
    assert hooks.find("school") is None


def test_a_new_one_takes_the_place_of_the_old(database: Database) -> None:
    hooks = Hooks(database, Vault([OLD]))
    hooks.keep(KEPT)

    hooks.keep(KEPT.without_previous())

    assert hooks.find("protime") == KEPT.without_previous()


def test_no_key_is_readable_in_the_database(database: Database) -> None:
    Hooks(database, Vault([OLD])).keep(KEPT)

    with database.read() as connection:
        row = connection.execute(text("SELECT * FROM hooks")).one()
    assert "private" not in str(row)


def test_a_key_is_not_printed() -> None:
    assert "private" not in repr(KEPT)


def test_during_a_rotation_of_the_vault_the_old_key_still_opens(database: Database) -> None:
    Hooks(database, Vault([OLD])).keep(KEPT)

    assert Hooks(database, Vault([NEW, OLD])).find("protime") == KEPT


def test_what_no_vault_key_opens_is_as_if_it_were_not_there(database: Database) -> None:
    """The keeper then makes a webhook whose key is known."""
    Hooks(database, Vault([OLD])).keep(KEPT)

    assert Hooks(database, Vault([NEW])).find("protime") is None
