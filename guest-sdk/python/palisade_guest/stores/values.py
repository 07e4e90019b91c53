"""Values under keys."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Iterable, List, Optional, Union

from .lent import Lent


class Absent(Enum):
    """There is none."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT
"""The condition that there is none yet."""

Condition = Union[Absent, int]
"""What must be so for a value to be written: that there is none, or that the one that is there is of this version."""


@dataclass
class Entry:
    """A value to keep."""

    key: str
    """Under which key, of 1 to 1024 bytes."""
    value: bytes
    """The value, at most 16 MiB."""
    ttl_ms: Optional[int] = None
    """Milliseconds until it is forgotten, at least 1; none keeps it."""
    only_if: Optional[Condition] = None
    """When it is not written but under this condition."""


@dataclass
class Kept:
    """A value that is kept."""

    value: bytes
    """The value."""
    version: int
    """Another one with each change, never 0."""
    expires_in_ms: Optional[int] = None
    """Milliseconds until it is forgotten; none when it is kept."""


class KeyValueStore(Lent):
    """A store of values that is lent."""

    kind = "key-value-store"

    def get(self, key: str) -> Optional[Kept]:
        """Reads a value; none where there is none."""
        return self._asked.get(key)

    def get_many(self, keys: Iterable[str]) -> List[Optional[Kept]]:
        """Reads values: for each key its own, none where there is none."""
        return self._asked.get_many(keys)

    def set(
        self, key: str, value: bytes, *, ttl_ms: Optional[int] = None, only_if: Optional[Condition] = None
    ) -> Optional[int]:
        """Writes a value. Gives the version that was written, none where the condition did not hold."""
        return self._asked.set(key, value, ttl_ms=ttl_ms, only_if=only_if)

    def set_many(self, entries: Iterable[Entry]) -> List[Optional[int]]:
        """Writes values, all of them in one go. Gives for each the version that was written, none where its condition did not hold."""
        return self._asked.set_many(entries)

    def delete(self, *keys: str) -> int:
        """Forgets values. Gives how many there were."""
        return self._asked.delete(*keys)

    def keys(self, prefix: str = "", *, after: Optional[str] = None, limit: Optional[int] = None) -> List[str]:
        """The keys that begin with ``prefix``, in ascending order, at most ``limit``, 1000 by default; after ``after``, the last of
        the page before."""
        return self._asked.keys(prefix, after=after, limit=limit)

    def increment(self, key: str, by: int = 1, *, ttl_ms: Optional[int] = None) -> int:
        """Adds to a number, which is 0 where there is none, and gives the sum. It is kept as a decimal text. Where it is new, it is
        forgotten after ``ttl_ms``."""
        return self._asked.increment(key, by, ttl_ms=ttl_ms)
