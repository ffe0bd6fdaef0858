"""One page of a delta query: where it leads, and whether Graph made us begin anew.

Source: https://learn.microsoft.com/en-us/graph/delta-query-overview
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.errors import Permanent
from shared.graph.client import GraphClient
from shared.graph.errors import GraphPermanent, Unreachable

# https://learn.microsoft.com/en-us/graph/delta-query-overview#synchronization-reset
_RESET_CODES = ("syncstatenotfound", "syncstateinvalid", "resyncrequired", "resyncchanges")


@dataclass(frozen=True)
class Beginning:
    """Where a delta query begins: at *path*, asked with *params* the first time and with *whole* after a reset."""

    path: str
    params: Mapping[str, str]
    whole: Mapping[str, str]


@dataclass(frozen=True)
class DeltaPage:
    """One answer. *link* leads to the next page or, when the round *is_over*, to the next round.

    *was_reset*: the link that was asked is no longer honoured, and this is the first page of everything.
    """

    items: Sequence[Mapping[str, Any]]
    link: str
    is_over: bool
    was_reset: bool


def read_page(graph: GraphClient, beginning: Beginning, link: str | None) -> DeltaPage:
    """Return the page at *link*; without one, or when Graph forgot it, the page where it all begins.

    A link that leads elsewhere is never followed either: it is from before HUB_GRAPH_URL changed.
    Raises: what shared.graph.errors says.
    """
    answer, was_reset = _answer(graph, beginning, link)
    settled, following = answer.get("@odata.deltaLink"), answer.get("@odata.nextLink")
    next_link = settled or following
    if not next_link:
        raise Unreachable("graph_no_link", f"GET {beginning.path}: expected a nextLink or a deltaLink, came none")
    return DeltaPage(answer.get("value", []), next_link, bool(settled), was_reset)


def _answer(graph: GraphClient, beginning: Beginning, link: str | None) -> tuple[dict[str, Any], bool]:
    if link is None:
        return graph.get(beginning.path, params=beginning.params), False
    try:
        return graph.follow(link), False
    except Permanent as error:
        if error.reason != "foreign_link" and not is_reset(error):
            raise
    # The Location of a 410 is this same beginning; an answer of 400 brings none.
    return graph.get(beginning.path, params=beginning.whole), True


def is_reset(error: Permanent) -> bool:
    """Tell whether Graph no longer honours the link of a delta query: everything has to be read anew."""
    if not isinstance(error, GraphPermanent):
        return False
    return error.reason == "graph_410" or error.code.lower().startswith(_RESET_CODES)
