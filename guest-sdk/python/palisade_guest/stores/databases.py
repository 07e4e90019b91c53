"""Tables, asked and changed in SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, List, Optional, Sequence, Tuple, Union

from .lent import Lent

Value = Union[None, int, float, str, bytes]
"""A value of a row or a parameter. Numbers are finite, and whole ones have 64 bits."""


@dataclass
class Statement:
    """A statement of SQL."""

    sql: str
    """One statement, with ``?1``, ``?2`` and so on where its parameters go."""
    parameters: Sequence[Value] = ()
    """The values of its parameters."""


@dataclass
class Rows:
    """Rows that were found."""

    columns: List[str]
    """What the columns are called."""
    rows: List[Tuple[Value, ...]]
    """Each with a value for each column."""
    has_more: bool = False
    """Whether there are more than were asked for."""


class Database(Lent):
    """A database that is lent."""

    kind = "sql"

    def query(self, sql: str, parameters: Sequence[Value] = (), *, limit: Optional[int] = None) -> Rows:
        """Asks for at most ``limit`` rows, 1000 by default. Nothing is changed: a statement that would change something is refused."""
        return self._asked.query(sql, parameters, limit=limit)

    def execute(self, sql: str, parameters: Sequence[Value] = ()) -> int:
        """Changes. Gives how many rows the statement has changed."""
        return self._asked.execute(sql, parameters)

    def execute_many(self, statements: Iterable[Statement]) -> List[int]:
        """Changes, all or nothing: where a statement fails, those before it did not happen. Gives for each how many rows it has changed."""
        return self._asked.execute_many(statements)
