"""Small values that this provider keeps between its calls, where the operator has granted room for them."""

from __future__ import annotations

from typing import List, Optional

from . import _host
from .failure import Internal


class KeyValueError(Internal):
    """A value was not kept or found: there is no room, or the host could not read or write it."""


def get(key: str) -> Optional[bytes]:
    """The value of ``key``; none when there is none."""
    return _host.current.value(key)


def set(key: str, value: bytes) -> None:
    """Keeps a value of at most 1 MiB, in the place of the one before."""
    _host.current.set_value(key, value)


def delete(key: str) -> None:
    """Forgets a value; nothing where there is none."""
    _host.current.delete_value(key)


def keys(prefix: str = "", after: Optional[str] = None) -> List[str]:
    """The keys that begin with ``prefix``, in ascending order, at most 1000; after ``after``, the last of the page before."""
    return _host.current.values(prefix, after)
