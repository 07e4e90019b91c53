"""A store by the name under which it is lent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .. import _host
from .error import StoreError


@dataclass(frozen=True)
class LentStore:
    """A store that is lent."""

    name: str
    """By which it is asked."""
    kind: str
    """``vector-store``, ``key-value-store``, ``object-store``, ``queue`` or ``sql``; others may come."""
    read_only: bool
    """Whether nothing can be changed in it."""


class Lent:
    """What every kind of store has."""

    kind = ""
    """What the host calls it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    @property
    def _asked(self) -> Any:
        """Who answers for it now: it may have been named when the component was built."""
        store = _host.current.store(self.kind, self.name)
        if store is None:
            reason = f"stores exist in the sandbox only: no {self.kind} was set for `{self.name}`, call stores.set_in_test first"
            raise StoreError("denied", reason)
        return store
