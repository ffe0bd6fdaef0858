"""Change tracking: what is new in a collection since a token was given, without HTTP.

Nothing is told when it happens: a token remembers how the collection looked, and the next round compares.
"""

import base64
import binascii
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

Json = dict[str, Any]
Options = Mapping[str, str]  # of the first request: $select and its like
CHANGES = frozenset({"created", "updated", "deleted"})
_MOST_TOKENS = 2_000  # the oldest is forgotten, as Outlook's own cache does
_EMPTY_PAGE_EVERY, _REPLAY_EVERY = 3, 2


@dataclass(frozen=True)
class Entry:
    """One thing as a round tells it. Its *mark* differs when it changed in a way that the caller asked for."""

    mark: str
    value: Json
    is_removed: bool = False  # restorable: told only to who saw it before


def _nothing(_: Iterable[str]) -> Iterable[str]:
    return ()


@dataclass(frozen=True)
class Collection:
    """What is tracked, as it is now: *entries* by id, and how to tell that the thing of an id and mark is gone."""

    entries: Mapping[str, Entry]
    gone: Callable[[str, str], Json]
    parents: Callable[[Iterable[str]], Iterable[str]] = _nothing  # ids that are told along with these changed ones
    kinds: frozenset[str] = CHANGES  # of changes, after the first round


@dataclass(frozen=True)
class Round:
    """One pass over the collection called *topic*; its *options* were given when the first one began."""

    topic: str
    options: Options
    began: datetime
    seen: Mapping[str, str]  # mark by id, as of this round
    told: Sequence[str]  # ids of what changed
    pages: Sequence[Sequence[Json]]


@dataclass(frozen=True)
class Place:
    """Where a token stands: before *page* of the round, or behind the last one."""

    round: Round
    page: int

    @property
    def is_over(self) -> bool:
        return self.page >= len(self.round.pages)


class Rounds:
    """Every token that was given and is still known."""

    def __init__(self) -> None:
        self._places: OrderedDict[str, Place] = OrderedDict()
        self._begun = self._could_replay = 0

    def first(self, now: datetime, topic: str, collection: Collection, options: Options, size: int) -> Place:
        """Begin with everything there is."""
        values = [entry.value for entry in collection.entries.values() if not entry.is_removed]
        return Place(Round(topic, options, now, _marks(collection), [], self._pages(values, size)), 0)

    def latest(self, now: datetime, topic: str, collection: Collection, options: Options) -> Place:
        """Stand behind everything there is."""
        return Place(Round(topic, options, now, _marks(collection), [], [[]]), 0)

    def next(self, now: datetime, collection: Collection, before: Round, size: int) -> Place:
        """Begin with what changed since *before*."""
        gone, changed = _changes(before.seen, collection)
        told = {*changed, *self._again(before, collection)}
        along = {*collection.parents(told)} if gone or told else set()
        values = [collection.gone(id_, before.seen[id_]) for id_ in gone]
        values += [entry.value for id_, entry in collection.entries.items() if id_ in told or id_ in along]
        marks = _marks(collection)
        seen = before.seen if marks == before.seen else marks  # quiet rounds share one
        return Place(Round(before.topic, before.options, now, seen, changed, self._pages(values, size)), 0)

    def token(self, place: Place) -> str:
        """Return an opaque token for *place*, which carries the options even when the place is forgotten."""
        options = base64.urlsafe_b64encode(urlencode(place.round.options).encode()).decode().rstrip("=")
        token = f"{options}.{secrets.token_urlsafe(24)}"
        self._places[token] = place
        while len(self._places) > _MOST_TOKENS:
            self._places.popitem(last=False)
        return token

    def find(self, token: str) -> Place | None:
        return self._places.get(token)

    def expire(self) -> int:
        """Forget every token; return how many."""
        count = len(self._places)
        self._places.clear()
        return count

    def _pages(self, values: list[Json], size: int) -> list[list[Json]]:
        pages = [values[start : start + size] for start in range(0, len(values), size)] or [[]]
        self._begun += 1
        # https://learn.microsoft.com/en-us/graph/delta-query-overview - an empty page with a nextLink is normal
        return [[], *pages] if self._begun % _EMPTY_PAGE_EVERY == 0 else pages

    def _again(self, before: Round, collection: Collection) -> list[str]:
        """Return a change of the round before, now and then."""
        # https://learn.microsoft.com/en-us/graph/delta-query-overview#replays
        known = [id_ for id_ in before.told if id_ in collection.entries]
        self._could_replay += bool(known)
        return known[-1:] if known and self._could_replay % _REPLAY_EVERY == 0 else []


def after(place: Place) -> Place:
    """Return where the reader of the page at *place* stands next."""
    return replace(place, page=place.page + 1)


def options_of(token: str) -> dict[str, str]:
    """Return the options in a token that may be forgotten; none when it never was one."""
    text = token.partition(".")[0]
    try:
        return dict(parse_qsl(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()))
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return {}


def _marks(collection: Collection) -> dict[str, str]:
    return {id_: entry.mark for id_, entry in collection.entries.items()}


def _changes(seen: Mapping[str, str], collection: Collection) -> tuple[list[str], list[str]]:
    """Return the ids that are gone, and those that are new or changed."""
    gone = [id_ for id_ in seen if id_ not in collection.entries]
    changed = [
        id_
        for id_, entry in collection.entries.items()
        if seen.get(id_) != entry.mark
        and (id_ in seen or not entry.is_removed)
        and ("updated" if id_ in seen else "created") in collection.kinds
    ]
    return gone if "deleted" in collection.kinds else [], changed
