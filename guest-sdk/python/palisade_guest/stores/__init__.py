"""The stores that the operator has lent to this provider, each by its name: vectors, values, files, messages, tables.

    memory = stores.vectors("memory")
    near = memory.query([0.9, 0.1], top_k=3, filter=[{"field": "kind", "is": {"equal": "animal"}}])
    memory.upsert([stores.Point("fox", [0.9, 0.1], {"kind": "animal"})])

What a store did not do is a :class:`.StoreError`. There are stores in the sandbox only: a test says with :func:`set_in_test` who
answers for them.
"""

from __future__ import annotations

from typing import Any, List, Mapping, Optional

from .. import _host
from .databases import Database, Rows, Statement, Value
from .error import StoreError
from .lent import LentStore
from .objects import Description, Object, ObjectStore
from .queues import Counts, Message, NewMessage, Queue
from .values import ABSENT, Absent, Entry, Kept, KeyValueStore
from .vectors import Found, Point, VectorStore


def lent() -> List[LentStore]:
    """The stores that are lent to this provider, by name, in ascending order."""
    return [LentStore(*each) for each in _host.current.lent_stores()]


def vectors(name: str) -> VectorStore:
    """The store of vectors that is lent by this name."""
    return VectorStore(name)


def values(name: str) -> KeyValueStore:
    """The store of values that is lent by this name."""
    return KeyValueStore(name)


def objects(name: str) -> ObjectStore:
    """The store of files that is lent by this name."""
    return ObjectStore(name)


def queue(name: str) -> Queue:
    """The queue that is lent by this name."""
    return Queue(name)


def database(name: str) -> Database:
    """The database that is lent by this name."""
    return Database(name)


def set_in_test(
    *,
    vectors: Optional[Mapping[str, Any]] = None,
    values: Optional[Mapping[str, Any]] = None,
    objects: Optional[Mapping[str, Any]] = None,
    queues: Optional[Mapping[str, Any]] = None,
    databases: Optional[Mapping[str, Any]] = None,
) -> None:
    """Says who answers for the stores of a test, by their names.

    Whoever does has those methods of the class that the provider calls, such as ``query`` of :class:`.VectorStore`:
    ``stores.set_in_test(vectors={"memory": Mock(spec=stores.VectorStore)})``.
    """
    named = {
        VectorStore.kind: vectors,
        KeyValueStore.kind: values,
        ObjectStore.kind: objects,
        Queue.kind: queues,
        Database.kind: databases,
    }
    _host.current.test_stores = {kind: dict(stores or {}) for kind, stores in named.items()}
