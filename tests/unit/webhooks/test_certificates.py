"""Rich subscriptions have a certificate that is good for long, and a key is there for as long as Graph may use it."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from services.webhooks.domain.certificates import LIFE, MARGIN, ROTATE_BEFORE, Certificate, current, reviewed
from services.webhooks.store.certificates import Certificates
from shared.errors import Transient
from shared.persistence.database import Database
from shared.vault import Vault
from tests.unit.webhooks.builders import HOUR, NOW, PEOPLE, TICK, FakeDoor
from tests.unit.webhooks.rich import MAIL, RichDoor

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
ONE = Certificate("c1", "public", NOW, NOW + LIFE)
VAULT_KEY, OTHER_KEY = "a key of more than 24 characters", "another of more than 24 characters"


# -- rules ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "is_current"),
    [(timedelta(0), True), (LIFE - ROTATE_BEFORE - SECOND, True), (LIFE - ROTATE_BEFORE, False), (LIFE + DAY, False)],
    ids=["new", "just fresh", "to be rotated", "expired"],
)
def test_a_certificate_is_given_out_until_well_before_its_end(age: timedelta, is_current: bool) -> None:
    assert (current([ONE], NOW + age) is not None) is is_current


def test_the_newest_is_given_out() -> None:
    newer = replace(ONE, id="c0", made_at=NOW + DAY, expires_at=NOW + DAY + LIFE)

    assert current([newer, ONE], NOW + 2 * DAY) == newer
    assert current([], NOW) is None


def test_a_key_is_kept_until_nobody_has_named_it_for_the_margin() -> None:
    noted = reviewed(ONE, NOW, in_use=False)

    assert noted is not None
    assert noted.unused_since == NOW
    assert reviewed(noted, NOW + MARGIN - SECOND, in_use=False) == noted
    assert reviewed(noted, NOW + MARGIN, in_use=False) is None


def test_a_key_that_is_named_again_starts_anew() -> None:
    noted = replace(ONE, unused_since=NOW)

    assert reviewed(noted, NOW + LIFE, in_use=True) == ONE


# -- keeper -----------------------------------------------------------------------------------------------------


def test_a_rich_subscription_is_made_with_a_certificate() -> None:
    door = RichDoor()

    door.hear(TICK)

    assert (door.mail, door.at_graph) == ("c1", "c1")


def test_a_basic_one_is_made_without() -> None:
    door = RichDoor(PEOPLE)

    door.hear(TICK)

    assert door.certificates.made == 0
    assert list(door.tenant.encryptions.values()) == [None]


def test_the_certificate_is_remembered_before_graph_knows_it() -> None:
    door = RichDoor()
    door.tenant.on_create = lambda: seen.append(door.mail)
    seen: list[str | None] = []

    door.hear(TICK)

    assert seen == ["c1"]


def test_two_subscriptions_share_a_certificate() -> None:
    door = RichDoor(MAIL, replace(MAIL, name="other", resource="users/u2/messages?$select=subject"))

    door.hear(TICK)

    assert door.certificates.made == 1


def test_at_its_renewal_a_subscription_gets_the_new_certificate() -> None:
    door = RichDoor()
    door.hear(TICK)

    door.clock.advance(LIFE - ROTATE_BEFORE)
    door.tenant.alive["s1"] = replace(door.tenant.alive["s1"], expires_at=door.clock.now() + timedelta(hours=2))
    door.memory.keep(replace(door.memory.kept["mail"], made_at=door.clock.now(), expires_at=door.clock.now()))
    door.hear(TICK)

    assert door.tenant.calls[-1] == "renew s1"
    assert (door.mail, door.at_graph, set(door.certificates.kept)) == ("c2", "c2", {"c1", "c2"})


def test_a_subscription_that_becomes_rich_is_made_anew() -> None:
    door = RichDoor(replace(MAIL, rich=False))
    door.hear(TICK)
    door.want(MAIL)

    door.hear(TICK)

    assert door.mail == "c1"


def test_an_old_key_goes_when_no_subscription_has_named_it_for_the_margin() -> None:
    door = RichDoor()
    door.certificates.make(NOW - DAY)
    door.hear(TICK)
    door.certificates.make(NOW + SECOND)
    door.memory.keep(replace(door.memory.kept["mail"], certificate_id="c2"))

    kept = []
    for _ in range(6):
        door.hear(HOUR)
        kept.append(sorted(door.certificates.kept))
        door.clock.advance(timedelta(hours=1))

    assert kept == [["c1", "c2"]] * 4 + [["c2"]] * 2


def test_a_key_that_a_subscription_names_never_goes() -> None:
    door = RichDoor()
    door.hear(TICK)
    door.certificates.make(NOW + DAY)

    for _ in range(3):
        door.clock.advance(DAY)
        door.hear(HOUR)

    assert sorted(door.certificates.kept) == ["c1", "c2"]


def test_a_certificate_whose_key_nobody_can_open_any_more_is_replaced() -> None:
    door = RichDoor()
    door.certificates.locked.add(door.certificates.make(NOW).id)

    door.hear(TICK)

    assert door.at_graph == "c2"


def test_without_rich_subscriptions_there_is_nothing_to_do() -> None:
    door = FakeDoor()

    door.hear(TICK)
    door.hear(HOUR)

    assert door.is_well()


# -- store ------------------------------------------------------------------------------------------------------


@pytest.fixture
def certificates(database: Database) -> Certificates:
    return Certificates(database, Vault([VAULT_KEY]))


def test_what_graph_is_given_is_a_certificate_as_it_takes_them(certificates: Certificates) -> None:
    made = certificates.make(NOW)

    read = x509.load_der_x509_certificate(base64.b64decode(made.public))
    key = read.public_key()
    assert isinstance(key, RSAPublicKey)
    assert 2048 <= key.key_size <= 4096
    assert read.not_valid_before_utc < NOW < read.not_valid_after_utc == NOW + LIFE
    assert len(made.id) <= 128
    read.verify_directly_issued_by(read)


def test_the_key_opens_what_its_certificate_closed(database: Database, certificates: Certificates) -> None:
    made = certificates.make(NOW)

    found = Certificates(database, Vault([VAULT_KEY])).find(made.id)

    assert found is not None
    read = x509.load_der_x509_certificate(base64.b64decode(made.public))
    assert found.key.public_key() == read.public_key()
    assert found.thumbprint == read.fingerprint(hashes.SHA1()).hex()  # noqa: S303 - so Graph names them


def test_certificates_come_back_as_they_were_kept(certificates: Certificates) -> None:
    one, two = certificates.make(NOW), certificates.make(NOW + DAY)
    certificates.note_use(replace(one, unused_since=NOW + DAY))

    assert {each.id: each for each in certificates.all()} == {one.id: replace(one, unused_since=NOW + DAY), two.id: two}
    certificates.drop(one.id)
    assert certificates.all() == [two]
    assert certificates.find(one.id) is None


def test_no_private_key_stands_open_in_the_database(database: Database, certificates: Certificates) -> None:
    certificates.make(NOW)

    with database.read() as connection:
        row = str(connection.exec_driver_sql("SELECT * FROM certificates").one())
    assert "PRIVATE KEY" not in row
    assert base64.b64encode(b"PRIVATE KEY").decode()[:12] not in row


def test_with_another_vault_key_the_sender_is_asked_to_repeat(database: Database, certificates: Certificates) -> None:
    made = certificates.make(NOW)
    locked = Certificates(database, Vault([OTHER_KEY]))

    with pytest.raises(Transient) as failure:
        locked.find(made.id)

    assert failure.value.reason == "vault_locked"
    assert (list(locked.all()), list(locked.usable())) == ([made], [])
    assert Certificates(database, Vault([OTHER_KEY, VAULT_KEY])).usable() == [made]
