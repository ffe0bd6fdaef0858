"""Which handler reacts to which event: declared beside the handler, asked by the worker."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

from shared.events import Event

W = TypeVar("W")
E = TypeVar("E", bound=Event)
Handler = Callable[[Any, W], Iterable[Event] | None]


class Router(Generic[W]):
    """The handlers of one service. A handler takes an event and the outside world *W*, and yields events."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._handlers: dict[type[Event], list[Handler[W]]] = {}

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

    @property
    def hears(self) -> tuple[type[Event], ...]:
        """Return the events that this service reacts to."""
        return tuple(self._handlers)

    def handle(self, event: Event, world: W) -> Iterator[Event]:
        """Yield what the handlers of *event* say happened."""
        for handler in self._handlers.get(type(event), ()):
            yield from handler(event, world) or ()
