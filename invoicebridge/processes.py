"""
Keeps a handful of child processes running on one machine, in the foreground.

A child that dies is started again, each time after a longer wait; the end of this process, even by
kill -9, ends the children; their lines are passed on with the name of the child in front.
"""

import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from types import FrameType

_FIRST_WAIT_SECONDS = 1.0
_LONGEST_WAIT_SECONDS = 30.0
_HEALTHY_AFTER_SECONDS = 60.0
_PR_SET_PDEATHSIG = 1


class Child:
    """One program: its command, and the process that runs it now, if any."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        is_once: bool = False,
        grace_seconds: float = 15.0,
    ) -> None:
        """
        :param is_once: it is meant to end by itself, and is not started again
        :param grace_seconds: how long it may take to end after it was asked to
        """
        self.name = name
        self.command = tuple(command)
        self.is_once = is_once
        self.grace_seconds = grace_seconds
        self.process: subprocess.Popen[bytes] | None = None
        self.start_at: float | None = None
        self._started_at = 0.0
        self._wait_seconds = _FIRST_WAIT_SECONDS
        self._unfinished_line = b""

    def start(self, variables: Mapping[str, str], now: float) -> None:
        """Start the process with these environment variables. `now` is monotonic seconds."""
        self.start_at = None
        self._started_at = now
        self.process = subprocess.Popen(
            self.command,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # A session of its own: Ctrl-C reaches us alone, and we end the children in order.
            start_new_session=True,
            preexec_fn=_end_with_parent(os.getpid()) if sys.platform == "linux" else None,
        )

    def plan_restart(self, now: float) -> float:
        """Set when the dead child starts again and return the wait, in seconds."""
        if now - self._started_at >= _HEALTHY_AFTER_SECONDS:
            self._wait_seconds = _FIRST_WAIT_SECONDS
        wait = self._wait_seconds
        self._wait_seconds = min(wait * 2, _LONGEST_WAIT_SECONDS)
        self.start_at = now + wait
        return wait

    def read_lines(self) -> tuple[list[str], bool]:
        """Return the whole lines that were written, and whether no more will come."""
        assert self.process is not None
        assert self.process.stdout is not None
        block = os.read(self.process.stdout.fileno(), 65536)
        *lines, self._unfinished_line = (self._unfinished_line + block).split(b"\n")
        if not block and self._unfinished_line:
            lines.append(self._unfinished_line)
            self._unfinished_line = b""
        return [line.decode(errors="replace") for line in lines], not block


class Supervisor:
    """Starts children, passes on what they say, starts dead ones again, ends all in order."""

    def __init__(self, variables: Mapping[str, str], say: Callable[[str], None]) -> None:
        """
        :param variables: the environment of every child
        :param say: called with each line to show
        """
        self._variables = variables
        self._say = say
        self._children: list[Child] = []
        self._selector = selectors.DefaultSelector()
        self._signals = 0

    @property
    def is_stopping(self) -> bool:
        """Whether somebody asked for the end."""
        return self._signals > 0

    def obey_signals(self) -> None:
        """End at Ctrl-C, SIGTERM or a closed terminal; at the second one, at once."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._count_signal)

    def add(self, child: Child) -> None:
        """Start a child now and look after it. Children end in the order of `stop`."""
        self._children.append(child)
        self._start(child)

    def wait_for(self, child: Child) -> int:
        """Look after everything until this one-time child has ended; return its exit code."""
        while child in self._children and not self.is_stopping:
            self.tick()
        return 0 if child.process is None else child.process.poll() or 0

    def run(self) -> None:
        """Look after the children until somebody asks for the end."""
        while not self.is_stopping:
            self.tick()

    def tick(self, seconds: float = 0.25) -> None:
        """Pass on lines for at most this long, then deal with dead children."""
        self._pump(seconds)
        now = time.monotonic()
        for child in list(self._children):
            if child.start_at is not None and child.start_at <= now:
                self._start(child)
            elif child.start_at is None and child.process and child.process.poll() is not None:
                self._bury(child, now)

    def stop(self) -> None:
        """End the children one after the other, last started first; kill what does not end."""
        for child in reversed(self._children):
            if child.process is None or child.start_at is not None:
                continue
            child.process.terminate()
            deadline = time.monotonic() + child.grace_seconds
            while child.process.poll() is None and time.monotonic() < deadline:
                if self._signals > 1:
                    break
                self._pump(0.1)
            self._finish(child)
        self._children.clear()
        self._selector.close()

    def _start(self, child: Child) -> None:
        child.start(self._variables, time.monotonic())
        assert child.process is not None
        assert child.process.stdout is not None
        self._selector.register(child.process.stdout, selectors.EVENT_READ, child)

    def _pump(self, seconds: float) -> None:
        if not self._selector.get_map():
            time.sleep(seconds)
            return
        for key, _events in self._selector.select(seconds):
            child: Child = key.data
            lines, is_end = child.read_lines()
            for line in lines:
                self._say(f"{child.name:<8} | {line}")
            if is_end:
                self._selector.unregister(key.fileobj)

    def _bury(self, child: Child, now: float) -> None:
        """Deal with a dead child: pass on its last lines and plan when it starts again."""
        assert child.process is not None
        self._finish(child)
        if child.is_once:
            self._children.remove(child)
            return
        wait = child.plan_restart(now)
        self._say(
            f"{child.name:<8} | ended with code {child.process.returncode}; "
            f"starting it again in {wait:g} s"
        )

    def _finish(self, child: Child) -> None:
        """Kill what is left of the session that the child led, and pass on its last lines."""
        assert child.process is not None
        assert child.process.stdout is not None
        try:
            os.killpg(child.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        child.process.wait()
        while child.process.stdout in self._selector.get_map():
            self._pump(0.1)
        child.process.stdout.close()

    def _count_signal(self, number: int, frame: FrameType | None) -> None:
        self._signals += 1


def _end_with_parent(parent: int) -> Callable[[], None]:
    """Return what a new child runs first: from then on Linux ends it when its parent dies."""
    libc = ctypes.CDLL(None)

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before we could ask
            os.kill(os.getpid(), signal.SIGTERM)

    return ask
