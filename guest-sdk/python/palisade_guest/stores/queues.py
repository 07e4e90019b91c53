"""Messages that wait until somebody has done what they ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, List, Optional

from .lent import Lent


@dataclass
class NewMessage:
    """A message to add."""

    body: bytes
    """What it says, at most 16 MiB."""
    delay_ms: int = 0
    """Milliseconds until it can be taken; 0 for at once."""
    deduplication_key: Optional[str] = None
    """Where a message that waits, or that somebody has, was sent with the same, none is added; none adds it always."""


@dataclass
class Message:
    """A message that was taken."""

    id: str
    """What it is called."""
    body: bytes
    """What it says."""
    receipt: str
    """By which it is acknowledged, released and extended; another one each time it is taken."""
    attempts: int = 1
    """How many times it was taken, this time included."""


@dataclass
class Counts:
    """How many messages there are."""

    ready: int = 0
    """Those that can be taken now."""
    delayed: int = 0
    """Those that can be taken later."""
    leased: int = 0
    """Those that somebody has."""
    dead: int = 0
    """Those that were given out too often."""


class Queue(Lent):
    """A queue that is lent."""

    kind = "queue"

    def send(self, body: bytes, *, delay_ms: int = 0, deduplication_key: Optional[str] = None) -> str:
        """Adds a message. Gives its id, that of the one that is there where it is there already."""
        return self._asked.send(body, delay_ms=delay_ms, deduplication_key=deduplication_key)

    def send_many(self, messages: Iterable[NewMessage]) -> List[str]:
        """Adds messages, all of them in one go. Gives the id of each, that of the one that is there where it is there already."""
        return self._asked.send_many(messages)

    def receive(self, limit: int = 1, *, lease_ms: Optional[int] = None) -> List[Message]:
        """Takes the messages that have waited longest, at most ``limit``. Nobody else gets them for ``lease_ms``, 30 000 by default."""
        return self._asked.receive(limit, lease_ms=lease_ms)

    def acknowledge(self, *receipts: str) -> List[bool]:
        """Says that messages are done with: they are forgotten. Gives for each receipt whether it still was this one's."""
        return self._asked.acknowledge(*receipts)

    def release(self, *receipts: str, delay_ms: int = 0) -> List[bool]:
        """Gives messages back, for others to take after ``delay_ms``. Gives for each receipt whether it still was this one's."""
        return self._asked.release(*receipts, delay_ms=delay_ms)

    def extend(self, *receipts: str, lease_ms: int) -> List[bool]:
        """Takes messages for ``lease_ms`` from now. Gives for each receipt whether it still was this one's."""
        return self._asked.extend(*receipts, lease_ms=lease_ms)

    def count(self) -> Counts:
        """Tells how many there are."""
        return self._asked.count()
