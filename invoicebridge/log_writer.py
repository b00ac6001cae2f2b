"""
Writes log lines from a thread of its own: a collector that hangs holds up no request (F-42).

So many lines wait; what comes on top of them is lost, and the next line that is taken says how many
were.
"""

from __future__ import annotations

import logging
import logging.handlers
import os
import queue
import sys
import threading
from typing import Any, Final, TextIO

MOST_WAITING: Final = 10_000
# How long the end of a process waits for the last lines.
_END_SECONDS: Final = 1.0


class Handler(logging.handlers.QueueHandler):
    """Hands each line to the thread and returns."""

    _waiting: queue.SimpleQueue[str | threading.Event]
    _starting: threading.Lock
    _thread: threading.Thread | None
    _lost: int

    def __init__(self) -> None:
        self._begin()
        super().__init__(self._waiting)
        self.stream: TextIO = sys.stderr
        # A forked child has neither the thread nor, for sure, free locks.
        os.register_at_fork(after_in_child=self._begin)

    def prepare(self, record: logging.LogRecord) -> str:
        """Return the line, so that nothing of the request is kept until it is written."""
        return self.format(record)

    def enqueue(self, record: Any) -> None:
        """Put a line, as `prepare` made it, where the thread finds it."""
        line: str = record
        if self._waiting.qsize() >= MOST_WAITING:
            self._lost += 1
            return
        if self._lost:
            line = f'{{"event": "log_lines_lost", "count": {self._lost}}}\n{line}'
            self._lost = 0
        self._waiting.put(line)
        if self._thread is None:
            self._start()

    def flush(self) -> None:
        """Wait a moment for the lines of this process to be written."""
        if self._thread is not None and self._thread.is_alive():
            done = threading.Event()
            self._waiting.put(done)
            done.wait(_END_SECONDS)

    def _begin(self) -> None:
        self._waiting = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._thread = None
        self._lost = 0

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                # Ends with the process: a collector that hangs must not keep it alive either.
                self._thread = threading.Thread(target=self._write, name="log", daemon=True)
                self._thread.start()

    def _write(self) -> None:
        while True:
            line = self._waiting.get()
            if isinstance(line, threading.Event):
                line.set()
                continue
            try:
                self.stream.write(f"{line}\n")
                self.stream.flush()
            except (OSError, ValueError):
                # Full, gone or closed: there is nowhere to say so.
                continue
