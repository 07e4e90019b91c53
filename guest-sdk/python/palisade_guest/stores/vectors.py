"""Vectors, found by what is near to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Iterable, List, Optional

from .lent import Lent

Filter = List[Dict[str, Any]]
"""Conditions, all of which hold: ``[{"field": "author.name", "is": {"equal": "Ada"}}]``.

What can be said of a field: ``equal``, ``not-equal``, ``one-of`` (a list), ``contains``, ``less``, ``at-most``, ``greater``,
``at-least``, ``exists`` (true or false)."""


@dataclass
class Point:
    """A vector with what belongs to it."""

    id: str
    """What it is called."""
    vector: List[float]
    """Where it is."""
    payload: Dict[str, Any] = field(default_factory=dict)
    """What else is known of it: anything that is JSON."""


@dataclass
class Found:
    """A point that was found."""

    id: str
    """What it is called."""
    score: float
    """How near it is, higher is nearer; comparable within one store."""
    payload: Dict[str, Any] = field(default_factory=dict)
    """What else is known of it."""
    vector: Optional[List[float]] = None
    """Its vector, where it was asked for."""


class VectorStore(Lent):
    """A store of vectors that is lent."""

    kind = "vector-store"

    def upsert(self, points: Iterable[Point]) -> int:
        """Writes points, in the place of those of the same ids, all of them in one go. Gives how many."""
        return self._asked.upsert(points)

    def query(
        self,
        vector: Iterable[float],
        *,
        top_k: Optional[int] = None,
        filter: Optional[Filter] = None,
        exact: bool = False,
        with_vectors: bool = False,
    ) -> List[Found]:
        """Finds the ``top_k`` points that are nearest, 10 by default, nearest first.

        Where it is ``exact``, every point is looked at, rather than those that an index leads to.
        """
        return self._asked.query(vector, top_k=top_k, filter=filter, exact=exact, with_vectors=with_vectors)

    def get(self, id: str) -> Optional[Point]:
        """Reads a point; none where there is none."""
        return self._asked.get(id)

    def get_many(self, ids: Iterable[str]) -> List[Optional[Point]]:
        """Reads points: for each id its own, none where there is none."""
        return self._asked.get_many(ids)

    def delete(self, *ids: str) -> int:
        """Forgets points. Gives how many there were."""
        return self._asked.delete(*ids)

    def delete_matching(self, filter: Filter) -> int:
        """Forgets the points of which this holds; all where it is empty. Gives how many there were."""
        return self._asked.delete_matching(filter)

    def count(self, filter: Optional[Filter] = None) -> int:
        """Counts the points of which this holds; all of them without a filter."""
        return self._asked.count(filter)
