"""Answers that come in pieces, as the host pulls them."""

from __future__ import annotations

from typing import Any, Callable, Iterator, Optional

from componentize_py_types import Err

from ..failure import Cancelled
from .convert import call, lower_failure


class Stream:
    """What the host holds of an answer: it pulls, and may cancel."""

    def __init__(self, events: Iterator[Any], lower: Callable[[Any], Any]) -> None:
        """Makes the first piece at once, so that what refuses the request refuses the call."""
        self._lower = lower
        self._events: Optional[Iterator[Any]] = events
        self._cancelled = False
        self._first = self._pull()

    def next(self) -> Any:
        """The next piece, as the interface has it; none after the end."""
        if self._first is not None:
            first, self._first = self._first, None
            return first
        return self._pull()

    def cancel(self) -> None:
        """Lets go of the author's generator. What is over stays over."""
        self._cancelled = self._cancelled or self._events is not None
        self._let_go()

    def _pull(self) -> Any:
        if self._cancelled:
            raise Err(lower_failure(Cancelled("the call was cancelled")))
        if self._events is None:
            return None
        try:
            event = call(next, self._events, None)
        except Err:
            self._let_go()
            raise
        if event is None:
            self._let_go()
            return None
        return self._lower(event)

    def _let_go(self) -> None:
        events, self._events, self._first = self._events, None, None
        close = getattr(events, "close", None)
        if close is not None:
            close()
