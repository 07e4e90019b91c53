"""Files under keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, List, Optional, Union

from ..media import Media
from .lent import Lent
from .values import Absent

Condition = Union[Absent, str]
"""What must be so for an object to be written: that there is none, or that the one that is there has this tag."""


@dataclass
class Description:
    """What is known of an object."""

    key: str
    """Under which key."""
    bytes: int
    """How many bytes it has."""
    media_type: str
    """Its IANA media type."""
    etag: str
    """Another one with each content."""
    modified_ms: int
    """When it was written, in milliseconds since 1970."""


@dataclass
class Object:
    """An object that was read."""

    content: Media
    """The bytes that were asked for. They count against the memory limit of the provider."""
    description: Description
    """What is known of the whole."""


class ObjectStore(Lent):
    """A store of files that is lent."""

    kind = "object-store"

    def put(self, key: str, content: Media, *, only_if: Optional[Condition] = None) -> Optional[Description]:
        """Writes an object, in the place of the one before. Gives what was written, none where the condition did not hold.

        A key has 1 to 1024 bytes, and parts that are separated by ``/``, of which none is empty, ``.`` or ``..``.
        """
        return self._asked.put(key, content, only_if=only_if)

    def get(self, key: str, *, offset: int = 0, length: Optional[int] = None) -> Optional[Object]:
        """Reads an object, or ``length`` bytes of it from ``offset``; none where there is none. What is beyond its end is not there."""
        return self._asked.get(key, offset=offset, length=length)

    def describe(self, key: str) -> Optional[Description]:
        """Tells of an object, without its bytes; none where there is none."""
        return self._asked.describe(key)

    def describe_many(self, keys: Iterable[str]) -> List[Optional[Description]]:
        """Tells of objects, without their bytes: of each key, none where there is none."""
        return self._asked.describe_many(keys)

    def delete(self, *keys: str) -> int:
        """Forgets objects. Gives how many there were."""
        return self._asked.delete(*keys)

    def objects(
        self, prefix: str = "", *, after: Optional[str] = None, limit: Optional[int] = None
    ) -> List[Description]:
        """The objects whose keys begin with ``prefix``, in ascending order of their keys, at most ``limit``, 1000 by default; after
        ``after``, the last key of the page before."""
        return self._asked.objects(prefix, after=after, limit=limit)
