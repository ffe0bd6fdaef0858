"""Logs: one JSON object a line on stdout, readable on a terminal; ids only, never names, subjects or tokens."""

from __future__ import annotations

import logging
import sys

import structlog


def configure(level: str = "info") -> None:
    """Set up structlog, and send the standard library's warnings the same way."""
    terminal = sys.stdout.isatty()
    renderer = structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(sys.stdout),  # one write a line: threads share the stream
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(
        level=logging.WARNING,
        stream=sys.stdout,
        format='{"event": "library", "logger": "%(name)s", "level": "%(levelname)s"}',
    )
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # it tells of every look; ours is one line
    logging.getLogger("pika").setLevel(logging.CRITICAL)  # it tells of every reconnect with a trace; ours is one line
