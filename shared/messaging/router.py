"""Which handler reacts to which event: declared beside the handler, asked by the worker."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

from shared.errors import HubError
from shared.events import Event

W = TypeVar("W")
E = TypeVar("E", bound=Event)
Handler = Callable[[Any, W], Iterable[Event] | None]
Result = Sequence[Event] | HubError  # what one of several events led to
Together = Callable[[Any, W], Mapping[Any, Result]]


class Router(Generic[W]):
    """The handlers of one service. A handler takes an event and the outside world *W*, and yields events."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._handlers: dict[type[Event], list[Handler[W]]] = {}
        self._together: dict[type[Event], Together[W]] = {}

    def on(
        self, event: type[E]
    ) -> Callable[[Callable[[E, W], Iterable[Event] | None]], Callable[[E, W], Iterable[Event] | None]]:
        """Register the decorated function for *event*. Several are called in the order of registration."""

        def register(
            handler: Callable[[E, W], Iterable[Event] | None],
        ) -> Callable[[E, W], Iterable[Event] | None]:
            self._handlers.setdefault(event, []).append(handler)
            return handler

        return register

    def together(
        self, event: type[E]
    ) -> Callable[[Callable[[Sequence[E], W], Mapping[E, Result]]], Callable[[Sequence[E], W], Mapping[E, Result]]]:
        """Register the decorated function for *event*, several at a time: for work that costs less in company.

        It answers for each event by itself: what happened, or why it failed. Nobody else hears the event.
        """

        def register(
            handler: Callable[[Sequence[E], W], Mapping[E, Result]],
        ) -> Callable[[Sequence[E], W], Mapping[E, Result]]:
            self._together[event] = handler
            return handler

        return register

    @property
    def hears(self) -> tuple[type[Event], ...]:
        """Return the events that this service reacts to."""
        return (*self._handlers, *self._together)

    @property
    def in_company(self) -> frozenset[str]:
        """Return the types of event that are handled several at a time."""
        return frozenset(event.TYPE for event in self._together)

    def handle(self, event: Event, world: W) -> Iterator[Event]:
        """Yield what the handlers of *event* say happened."""
        if type(event) in self._together:
            result = self.handle_together([event], world)[event]
            if isinstance(result, HubError):
                raise result
            yield from result
        for handler in self._handlers.get(type(event), ()):
            yield from handler(event, world) or ()

    def handle_together(self, events: Sequence[Event], world: W) -> Mapping[Event, Result]:
        """Return what each of *events*, all of one type, led to."""
        return self._together[type(events[0])](events, world)
