"""The stores that are lent, as the interface has them: for each kind who answers for one of it."""

from __future__ import annotations

import json
from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple

from componentize_py_types import Err
from wit_world.imports import databases, key_value_stores, object_stores, queues, stores as interface, vector_stores

from ..failure import Internal
from ..media import Media
from ..stores import (
    ABSENT,
    Counts,
    Description,
    Entry,
    Found,
    Kept,
    Message,
    NewMessage,
    Object,
    Point,
    Rows,
    Statement,
    StoreError,
    Value,
)
from .convert import lift_media, lower_media, record

CASES: Dict[Any, Any] = {
    interface.StoreError_Denied: "denied",
    interface.StoreError_Invalid: "invalid",
    interface.StoreError_TooLarge: "too-large",
    interface.StoreError_Unavailable: "unavailable",
    interface.StoreError_Io: "io",
}

END = 2**63 - 1
"""More than any object has, and room for what is added to it."""


def lent() -> List[Tuple[str, str, bool]]:
    return [(raw.name, raw.kind, raw.read_only) for raw in interface.lent()]


def asked(function: Any, *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except Err as error:
        raise StoreError(CASES[type(error.value)], error.value.value) from None


def octets(value: Any) -> bytes:
    """Bytes, whatever they are in. What is none, such as a text, is a ``TypeError``."""
    return bytes(memoryview(value))


def text(value: Any) -> str:
    """What is JSON, as JSON has it: a number that is not finite it has not."""
    return json.dumps(value, allow_nan=False)


class Vectors:
    def __init__(self, name: str) -> None:
        self.name = name

    def upsert(self, points: Iterable[Point]) -> int:
        return asked(vector_stores.upsert, self.name, [lower_point(point) for point in points])

    def query(
        self, vector: Iterable[float], *, top_k: Optional[int], filter: Any, exact: bool, with_vectors: bool
    ) -> List[Found]:
        wanted = None if filter is None else text(filter)
        search = vector_stores.Search([float(number) for number in vector], top_k, wanted, exact, with_vectors)
        found = asked(vector_stores.query, self.name, search)
        return [Found(raw.id, raw.score, json.loads(raw.payload), raw.vector) for raw in found]

    def get(self, id: str) -> Optional[Point]:
        return self.get_many([id])[0]

    def get_many(self, ids: Iterable[str]) -> List[Optional[Point]]:
        points = asked(vector_stores.get, self.name, list(ids))
        return [None if raw is None else Point(raw.id, raw.vector, json.loads(raw.payload or "{}")) for raw in points]

    def delete(self, *ids: str) -> int:
        return asked(vector_stores.delete, self.name, list(ids))

    def delete_matching(self, filter: Any) -> int:
        return asked(vector_stores.delete_matching, self.name, text(filter))

    def count(self, filter: Any) -> int:
        return asked(vector_stores.count, self.name, None if filter is None else text(filter))


def lower_point(point: Point) -> Any:
    payload = text(point.payload) if point.payload else None
    return vector_stores.Point(point.id, [float(number) for number in point.vector], payload)


class Values:
    def __init__(self, name: str) -> None:
        self.name = name

    def get(self, key: str) -> Optional[Kept]:
        return self.get_many([key])[0]

    def get_many(self, keys: Iterable[str]) -> List[Optional[Kept]]:
        kept = asked(key_value_stores.get, self.name, list(keys))
        return [None if raw is None else Kept(**record(raw)) for raw in kept]

    def set(self, key: str, value: bytes, *, ttl_ms: Optional[int], only_if: Any) -> Optional[int]:
        return self.set_many([Entry(key, value, ttl_ms, only_if)])[0]

    def set_many(self, entries: Iterable[Entry]) -> List[Optional[int]]:
        return asked(key_value_stores.set, self.name, [lower_entry(entry) for entry in entries])

    def delete(self, *keys: str) -> int:
        return asked(key_value_stores.delete, self.name, list(keys))

    def keys(self, prefix: str, *, after: Optional[str], limit: Optional[int]) -> List[str]:
        return asked(key_value_stores.keys, self.name, prefix, after, limit)

    def increment(self, key: str, by: int, *, ttl_ms: Optional[int]) -> int:
        return asked(key_value_stores.increment, self.name, key, whole(by), ttl_ms)


def lower_entry(entry: Entry) -> Any:
    condition = lower_condition(entry.only_if, key_value_stores.Condition_Absent, key_value_stores.Condition_Version)
    return key_value_stores.Entry(entry.key, octets(entry.value), entry.ttl_ms, condition)


def lower_condition(only_if: Any, absent: Any, of: Any) -> Any:
    if only_if is None:
        return None
    return absent() if only_if is ABSENT else of(only_if)


class Objects:
    def __init__(self, name: str) -> None:
        self.name = name

    def put(self, key: str, content: Media, *, only_if: Any) -> Optional[Description]:
        condition = lower_condition(only_if, object_stores.Condition_Absent, object_stores.Condition_Etag)
        return lift_description(asked(object_stores.put, self.name, key, handed_over(content), condition))

    def get(self, key: str, *, offset: int, length: Optional[int]) -> Optional[Object]:
        whole = offset == 0 and length is None
        part = None if whole else object_stores.Range(offset, END - offset if length is None else length)
        raw = asked(object_stores.get, self.name, key, part)
        return None if raw is None else Object(lift_media(raw.content), Description(**record(raw.description)))

    def describe(self, key: str) -> Optional[Description]:
        return self.describe_many([key])[0]

    def describe_many(self, keys: Iterable[str]) -> List[Optional[Description]]:
        return [lift_description(raw) for raw in asked(object_stores.describe, self.name, list(keys))]

    def delete(self, *keys: str) -> int:
        return asked(object_stores.delete, self.name, list(keys))

    def objects(self, prefix: str, *, after: Optional[str], limit: Optional[int]) -> List[Description]:
        return [Description(**record(raw)) for raw in asked(object_stores.objects, self.name, prefix, after, limit)]


def lift_description(raw: Any) -> Optional[Description]:
    return None if raw is None else Description(**record(raw))


def handed_over(content: Media) -> Any:
    """What goes to the host before the store has it: there may be no room for it there."""
    try:
        return lower_media(content)
    except Err as error:
        raise Internal(f"the bytes cannot be handed over: {error.value}") from None


class Messages:
    def __init__(self, name: str) -> None:
        self.name = name

    def send(self, body: bytes, *, delay_ms: int, deduplication_key: Optional[str]) -> str:
        return self.send_many([NewMessage(body, delay_ms, deduplication_key)])[0]

    def send_many(self, messages: Iterable[NewMessage]) -> List[str]:
        raw = [queues.NewMessage(octets(new.body), new.delay_ms, new.deduplication_key) for new in messages]
        return asked(queues.send, self.name, raw)

    def receive(self, limit: int, *, lease_ms: Optional[int]) -> List[Message]:
        return [Message(**record(raw)) for raw in asked(queues.receive, self.name, limit, lease_ms)]

    def acknowledge(self, *receipts: str) -> List[bool]:
        return asked(queues.acknowledge, self.name, list(receipts))

    def release(self, *receipts: str, delay_ms: int) -> List[bool]:
        return asked(queues.release, self.name, list(receipts), delay_ms)

    def extend(self, *receipts: str, lease_ms: int) -> List[bool]:
        return asked(queues.extend, self.name, list(receipts), lease_ms)

    def count(self) -> Counts:
        return Counts(**record(asked(queues.count, self.name)))


class Tables:
    def __init__(self, name: str) -> None:
        self.name = name

    def query(self, sql: str, parameters: Sequence[Value], *, limit: Optional[int]) -> Rows:
        raw = asked(databases.query, self.name, lower_statement(Statement(sql, parameters)), limit)
        rows = [tuple(getattr(value, "value", None) for value in row) for row in raw.rows]
        return Rows(raw.columns, rows, raw.has_more)

    def execute(self, sql: str, parameters: Sequence[Value]) -> int:
        return self.execute_many([Statement(sql, parameters)])[0]

    def execute_many(self, statements: Iterable[Statement]) -> List[int]:
        return asked(databases.execute, self.name, [lower_statement(statement) for statement in statements])


def lower_statement(statement: Statement) -> Any:
    return databases.Statement(statement.sql, [lower_value(value) for value in statement.parameters])


def lower_value(value: Value) -> Any:
    if value is None:
        return databases.Value_Null()
    if isinstance(value, int):
        return databases.Value_Integer(whole(value))
    if isinstance(value, float):
        return databases.Value_Real(value)
    return databases.Value_Text(value) if isinstance(value, str) else databases.Value_Blob(octets(value))


def whole(number: int) -> int:
    """A number that has room where it goes."""
    if not -(2**63) <= number < 2**63:
        raise StoreError("invalid", f"{number} has more than 64 bits")
    return int(number)


KINDS: Dict[str, Any] = {
    "vector-store": Vectors,
    "key-value-store": Values,
    "object-store": Objects,
    "queue": Messages,
    "sql": Tables,
}
