"""What is wrong, if anything: rules over the accounts, the readiness and the queues of the hub, and what waits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from services.console.domain.post import Backlog
from services.console.domain.sighting import NETS, UNROUTED, Books, Queue, ServiceState, Sighting, queue_of
from services.console.domain.waiting import ABSENCES, Outside, RulesRefused
from shared.events.absences import RuleFault
from shared.events.sources import GRAPH, HOOK

OLD_WORK = timedelta(minutes=10)  # waiting longer than this is no longer "busy", it is "stuck"

_PLACES = 8  # faulty fields that a person reads in one sentence
_LINES = 5  # refused lines of a file that a person mends at a time
_FAILING = {GRAPH: "subscription_failing", HOOK: "hook_failing", ABSENCES: "absence_source_failing"}
_ALL_WELL = Outside()
_NOTHING_WAITS = Backlog()


class Urgency(StrEnum):
    """URGENT: work stands still or is at risk. ATTENTION: a person must look, the rest goes on."""

    URGENT = "urgent"
    ATTENTION = "attention"


@dataclass(frozen=True)
class Problem:
    """Something that a person must look at. *kind* chooses the words, *facts* fill them."""

    kind: str
    subject: str
    urgency: Urgency
    facts: Mapping[str, str | int | datetime] = field(default_factory=dict)


def problems(
    sighting: Sighting,
    parked: Mapping[str, int],
    held: int,
    outside: Outside = _ALL_WELL,
    rules: Sequence[RulesRefused] = (),
    backlog: Backlog = _NOTHING_WAITS,
) -> list[Problem]:
    """Return everything that needs a person, the most urgent first, each once.

    *parked* is what the console knows to be parked per service; *held* is how many records and letters are held;
    *rules* are the files whose changes were refused; *backlog* is the post that waits for a person.
    """
    found = [
        *(problem for state in sighting.services for problem in _of_service(state)),
        *_of_queues(sighting),
        *_of_absences(sighting),
        *_of_parked(sighting, parked),
        *_of_outside(outside),
        *(_of_rules(refused) for refused in rules),
        *_of_post(backlog),
    ]
    if held:
        found.append(Problem("held", "", Urgency.ATTENTION, {"count": held}))
    once: dict[tuple[str, str], Problem] = {}
    for problem in found:
        once.setdefault((problem.kind, problem.subject), problem)
    return sorted(once.values(), key=lambda problem: problem.urgency is not Urgency.URGENT)


def _of_service(state: ServiceState) -> Iterator[Problem]:
    if state.readiness is None:
        yield Problem("service_unreachable", state.name, Urgency.URGENT)
        return
    yield from (_failing(state.name, check) for check in state.readiness.failing)
    if not state.readiness.ready and not state.readiness.failing:
        yield Problem("service_not_ready", state.name, Urgency.URGENT)
    if state.readiness.books:
        yield from _of_books(state.name, state.readiness.books)


def _of_books(service: str, books: Books) -> Iterator[Problem]:
    if books.difference:
        yield Problem("books_unbalanced", service, Urgency.URGENT, {"count": books.difference})
    if books.oldest_pending and books.oldest_pending > OLD_WORK:
        minutes = int(books.oldest_pending.total_seconds() // 60)
        yield Problem("work_old", service, Urgency.ATTENTION, {"minutes": minutes, "count": books.pending})


def _failing(service: str, check: str) -> Problem:
    kinds = {
        "consumer": "consumer_missing",  # the queue says the same in its own way: one problem, told once
        "publisher": "publisher_down",
        "database": "database_down",
    }
    return Problem(kinds.get(check, "check_failed"), service, Urgency.URGENT, {"check": check})


def _of_queues(sighting: Sighting) -> Iterator[Problem]:
    if sighting.queues is None:
        yield Problem("broker_unseen", "", Urgency.ATTENTION)
        return
    seen = {queue.name: queue for queue in sighting.queues}
    for state in sighting.services:
        if state.readiness is None:
            continue  # that it is unreachable explains its queue
        queue = seen.get(queue_of(state.name))
        if queue is None:
            yield Problem("queue_missing", queue_of(state.name), Urgency.URGENT)
        elif queue.consumers == 0:
            yield Problem("consumer_missing", state.name, Urgency.URGENT, {"count": queue.depth})
    yield from _of_unread(seen.values(), set(sighting.expected_consumers))


def _of_unread(queues: Iterable[Queue], ours: set[str]) -> Iterator[Problem]:
    for queue in queues:
        if queue.name in NETS and queue.depth:
            kind = "unrouted" if queue.name == UNROUTED else "dead"
            yield Problem(kind, queue.name, Urgency.URGENT, {"count": queue.depth})
        elif queue.name not in ours and queue.consumers == 0:
            yield Problem("queue_orphan", queue.name, Urgency.ATTENTION, {"count": queue.depth})


def _of_absences(sighting: Sighting) -> Iterator[Problem]:
    if stopped := sighting.stopped:
        yield Problem("absences_stopped", "", Urgency.URGENT, {"by": stopped.by, "since": stopped.at})


def _of_parked(sighting: Sighting, known: Mapping[str, int]) -> Iterator[Problem]:
    console = next((state.books for state in sighting.services if state.name == "console"), None)
    caught_up = console is not None and console.pending == 0
    for state in sighting.services:
        listed = known.get(state.name, 0)
        count = state.books.parked if state.books else listed
        if count:
            yield Problem("parked", state.name, Urgency.ATTENTION, {"count": count})
        if count != listed and caught_up and state.books and state.books.unsent == 0:
            yield Problem("console_behind", state.name, Urgency.ATTENTION, {"count": count, "known": listed})


def _of_outside(outside: Outside) -> Iterator[Problem]:
    for silence in outside.silences:
        yield Problem("source_silent", silence.source, Urgency.ATTENTION, {"since": silence.since})
    for failing in outside.failings:
        facts: dict[str, str | datetime] = {"reason": failing.reason, "since": failing.since}
        yield Problem(_FAILING[failing.kind], failing.name, Urgency.ATTENTION, facts)
    for refused in outside.refusals:
        facts = {"source": refused.source, "reason": refused.reason, "places": _shown(refused.places)}
        subject = f"{refused.source}: {refused.reason}"
        yield Problem("deliveries_refused", subject, Urgency.ATTENTION, {**facts, "count": refused.count})


def _of_post(backlog: Backlog) -> Iterator[Problem]:
    if backlog.letters:
        yield Problem("letters_in_tray", "", Urgency.ATTENTION, {"count": backlog.letters})
    if backlog.old_mails:
        yield Problem("mails_waiting", "", Urgency.ATTENTION, {"count": backlog.old_mails})


def _of_rules(refused: RulesRefused) -> Problem:
    lines = "; ".join(_line(fault) for fault in refused.faults[:_LINES]) + (
        "; …" if len(refused.faults) > _LINES else ""
    )
    facts: dict[str, str | int | datetime] = {"faults": lines, "count": len(refused.faults), "since": refused.since}
    return Problem("rules_refused", refused.file, Urgency.ATTENTION, facts)


def _line(fault: RuleFault) -> str:
    """Return `hub.toml:41 Must be one of: …`; line 0 is the file as a whole."""
    return f"{fault.file}:{fault.line} {fault.expected}" if fault.line else f"{fault.file} {fault.expected}"


def _shown(places: Sequence[str]) -> str:
    return ", ".join(places[:_PLACES]) + (", …" if len(places) > _PLACES else "") or "–"
