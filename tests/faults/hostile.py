"""A million knocks by those who may not: touched, unsigned, signed by a stranger, late, or heard before. None is let in.

In one process, through the whole web app: what is at stake is the judgement, not the network.
"""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
from flask.testing import FlaskClient
from sqlalchemy import func, select

import services.webhooks as package
from services.webhooks.app import create_app
from services.webhooks.domain.limits import Bucket
from services.webhooks.reception import Reception
from services.webhooks.refusals import Refusals
from services.webhooks.sources import SCHEMES
from services.webhooks.sources.base import Scheme, SchemeOptions, Source
from services.webhooks.sources.graph import GraphNotifications
from services.webhooks.sources.protime import SIGNATURE
from services.webhooks.sources.system import System
from services.webhooks.store.deliveries import Deliveries
from services.webhooks.store.subscriptions import Subscriptions
from shared.clock import FixedClock
from shared.persistence.database import Database
from shared.persistence.ledger import SqlLedger
from shared.persistence.migrate import migrate
from shared.persistence.tables import outbox
from tests.contract.sources.kit import ITEM, OLD_SECRET, SECRET, TENANT, collection, known

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
BODY = orjson.dumps({"specversion": "1.0", "id": "a1", "source": "s", "type": "t", "data": {"besluit": 118}})
BODIES = {"protime": orjson.dumps({"changeType": "InsertOrUpdate", "data": {"id": 118, "changeVersion": "0000A"}})}
_STRANGER = "whsec_" + "c3RyYW5nZXIh" * 3
_PROOFS = {  # the headers by which a scheme proves, and whether they cover body and time
    "bamboohr": ({"x-bamboohr-signature", "x-bamboohr-timestamp"}, True, True),
    "cloudevents": ({"authorization"}, False, False),
    "frappe": ({"x-frappe-webhook-signature"}, True, False),
    "hmac": ({"x-signature", "x-timestamp"}, True, True),
    "personio": ({"authorization"}, False, False),
    "protime": ({SIGNATURE.lower()}, True, False),
    "standard": ({"webhook-id", "webhook-timestamp", "webhook-signature"}, True, True),
}


@dataclass(frozen=True)
class Result:
    """What came of the knocks; *let_in* is how many events they made beyond those of the honest."""

    sent: int
    honest: int
    let_in: int
    statuses: dict[int, int]
    kinds: dict[str, int]

    @property
    def is_well(self) -> bool:
        return self.let_in == 0 and set(self.statuses) <= {202, 400, 401, 415}


@dataclass(frozen=True)
class Knock:
    """One request. *kind* says what is wrong with it."""

    kind: str
    path: str
    headers: Mapping[str, str]
    body: bytes


def hostile(count: int, seed: int, progress: Callable[[int], None] = lambda _: None) -> Result:
    """Send *count* requests that may not pass, after one honest delivery of each source."""
    with tempfile.TemporaryDirectory(prefix="hub-hostile-") as folder:
        url = f"sqlite:///{folder}/webhooks.db"
        migrate(url, "webhooks", Path(str(package.__file__)).parent / "migrations")
        database = Database(url, "webhooks")
        client, schemes = _front_door(database)
        honest = list(_honest(schemes))
        for one in honest:
            assert _send(client, one) == 202, one
        before = _events(database)
        assert before == len(honest), "every honest delivery makes one event"
        statuses, kinds = Counter[int](), Counter[str]()
        for number, knock in zip(range(count), _knocks(schemes, honest, random.Random(seed)), strict=False):
            statuses[_send(client, knock)] += 1
            kinds[knock.kind] += 1
            if number % 500 == 0:
                progress(number)
        let_in = _events(database) - before
        database.close()
        return Result(count, before, let_in, dict(statuses), dict(kinds))


def _front_door(database: Database) -> tuple[FlaskClient, dict[str, Scheme]]:
    subscriptions, deliveries = Subscriptions(database), Deliveries(database)
    subscriptions.keep(known())
    schemes = {name: SCHEMES[name](_options(name, SECRET)) for name in _PROOFS}
    sources: dict[str, Source] = {name: System(name, scheme, "protime") for name, scheme in schemes.items()}
    sources["graph"] = GraphNotifications(subscriptions, TENANT)
    clock = FixedClock(NOW)
    ledger = SqlLedger(database, clock, owner="hostile")
    limits = {name: Bucket(10**9) for name in schemes}
    reception = Reception(sources, limits, Refusals(database, ledger, deliveries), database, ledger, clock)
    return create_app(reception, subscriptions).test_client(), schemes


def _options(name: str, secret: str) -> SchemeOptions:
    if name != "hmac":
        return SchemeOptions([secret, OLD_SECRET] if secret == SECRET else [secret])
    headers = {"signature": "X-Signature", "timestamp": "X-Timestamp"}
    return SchemeOptions([secret], headers=headers, signed="{timestamp}.{body}")


def _honest(schemes: Mapping[str, Scheme]) -> Iterator[Knock]:
    for name, scheme in schemes.items():
        yield _signed(name, scheme, NOW, "honest")
    yield Knock("honest", "graph", {}, collection(ITEM))


def _signed(name: str, scheme: Scheme, at: datetime, kind: str) -> Knock:
    body = BODIES.get(name, BODY)
    return Knock(kind, name, {header.lower(): value for header, value in scheme.sign(body, at).items()}, body)


def _knocks(schemes: Mapping[str, Scheme], honest: list[Knock], chance: random.Random) -> Iterator[Knock]:
    """Yield requests without end, each wrong in one way."""
    strangers = {name: SCHEMES[name](_options(name, _STRANGER)) for name in schemes}
    by_source = {one.path: one for one in honest}
    while True:
        name = chance.choice([*schemes, "graph"])
        if name == "graph":
            yield _forged_notification(chance)
            continue
        proofs, covers_body, covers_time = _PROOFS[name]
        good = _signed(name, schemes[name], NOW, "good")
        wrongs: list[Callable[[], Knock]] = [
            lambda: _without(good, chance.choice(sorted(proofs))),  # noqa: B023 - called in this turn
            lambda: _with_touched_header(good, chance.choice(sorted(proofs)), chance),  # noqa: B023 - as above
            lambda: Knock("unsigned", name, {}, good.body),  # noqa: B023 - as above
            lambda: _signed(name, strangers[name], NOW, "by a stranger"),  # noqa: B023 - as above
            lambda: Knock("heard before", name, by_source[name].headers, by_source[name].body),  # noqa: B023 - as above
        ]
        if covers_body:
            wrongs.append(lambda: _with_touched_body(good, chance))  # noqa: B023 - as above
        if covers_time:
            away = timedelta(seconds=chance.choice((-1, 1)) * chance.randint(301, 10**7))
            wrongs.append(lambda: _signed(name, schemes[name], NOW + away, "of another time"))  # noqa: B023 - as above
        yield chance.choice(wrongs)()


def _without(good: Knock, header: str) -> Knock:
    return Knock(f"without {header}", good.path, {k: v for k, v in good.headers.items() if k != header}, good.body)


def _with_touched_header(good: Knock, header: str, chance: random.Random) -> Knock:
    """Change one character; not the last two, of which base64 does not use every bit."""
    value = good.headers[header]
    place = chance.randrange(max(1, len(value) - 2))
    other = chance.choice([one for one in "0123456789" if one != value[place]])
    touched = value[:place] + other + value[place + 1 :]
    return Knock("touched header", good.path, {**good.headers, header: touched}, good.body)


def _with_touched_body(good: Knock, chance: random.Random) -> Knock:
    body = bytearray(good.body)
    body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
    return Knock("touched body", good.path, good.headers, bytes(body))


def _forged_notification(chance: random.Random) -> Knock:
    wrong = chance.choice(
        (
            {"clientState": f"guess {chance.random()}"},
            {"clientState": None},
            {"subscriptionId": f"{chance.random()}"},
            {"tenantId": "another"},
        )
    )
    items = [ITEM | {"id": f"{chance.random()}"} for _ in range(chance.randint(1, 5))]
    items[chance.randrange(len(items))] |= wrong
    return Knock(f"notification with {next(iter(wrong))}", "graph", {}, collection(*items))


def _send(client: FlaskClient, knock: Knock) -> int:
    headers = {"content-type": "application/json", **knock.headers}
    return client.post(f"/hooks/{knock.path}", data=knock.body, headers=headers).status_code


def _events(database: Database) -> int:
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(outbox)).scalar_one()
