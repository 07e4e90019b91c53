"""What the stores that are lent give and take, a function for each kind."""

from palisade_guest import Media, stores


def values():
    sessions = stores.values("sessions")
    first = sessions.set("user/7", b"red", only_if=stores.ABSENT)
    second = sessions.set("user/7", b"\0blue", ttl_ms=60_000, only_if=first)
    kept = sessions.get("user/7")
    sessions.set_many([stores.Entry("a", b"1"), stores.Entry("b", b"2", only_if=stores.ABSENT)])
    return {
        "kept": [kept.value.hex(), kept.version == second != first, 0 < kept.expires_in_ms <= 60_000],
        "refused": [sessions.set("user/7", b"", only_if=stores.ABSENT), sessions.set("user/7", b"", only_if=first)],
        "many": [each and each.value.decode() for each in sessions.get_many(["a", "none", "b"])],
        "none": sessions.get("none"),
        "sums": [sessions.increment("visits"), sessions.increment("visits", -3, ttl_ms=60_000)],
        "keys": [sessions.keys(), sessions.keys("u"), sessions.keys(after="a", limit=1)],
        "deleted": sessions.delete("a", "b", "none"),
    }


def vectors():
    memory = stores.vectors("memory")
    written = memory.upsert([stores.Point("fox", [1, 0], {"kind": "animal", "legs": 4}), stores.Point("oak", [0, 1])])
    animals = [{"field": "kind", "is": {"equal": "animal"}}]
    nearest = memory.query([0.9, 0.1], top_k=1)
    found = memory.query([0, 1], filter=animals, exact=True, with_vectors=True)
    oak = memory.get("oak")
    return {
        "written": written,
        "nearest": [[each.id, each.score > 0.9, each.vector] for each in nearest],
        "found": [[each.id, each.payload, each.vector] for each in found],
        "read": [oak.id, oak.vector, oak.payload],
        "many": [each and each.payload for each in memory.get_many(["none", "fox"])],
        "counts": [memory.count(), memory.count(animals)],
        "deleted": [memory.delete("oak", "none"), memory.delete_matching(animals), memory.count()],
    }


def objects():
    pictures = stores.objects("pictures")
    put = pictures.put("a/fox.txt", Media("text/plain", b"red fox"))
    large = bytes(range(256)) * (3 << 12)
    pictures.put("large", Media("application/octet-stream", large))
    whole, rest = pictures.get("a/fox.txt"), pictures.get("a/fox.txt", offset=4)
    part = pictures.get("large", offset=255, length=3)
    texts = [each.content.data.decode() for each in (whole, rest)]
    again = pictures.put("a/fox.txt", whole.content, only_if=put.etag)
    return {
        "put": [put.key, put.bytes, put.media_type, put.modified_ms > 0],
        "refused": pictures.put("large", whole.content, only_if=stores.ABSENT),
        "none": [pictures.get("none"), pictures.describe("none")],
        "written": again.etag == put.etag == whole.description.etag,
        "read": [texts, whole.content.media_type, list(part.content.data)],
        "large": [pictures.get("large").content.data == large, pictures.describe("large").bytes],
        "many": [each and each.media_type for each in pictures.describe_many(["none", "a/fox.txt"])],
        "listed": [[each.key for each in pictures.objects()], [each.key for each in pictures.objects("a/", limit=1)]],
        "deleted": pictures.delete("large", "none"),
    }


def queue():
    work = stores.queue("work")
    first = work.send(b"draw", deduplication_key="once")
    again = work.send(b"draw", deduplication_key="once")
    work.send_many([stores.NewMessage(b"write"), stores.NewMessage(b"\0", delay_ms=60_000)])
    one, other = work.receive(2, lease_ms=60_000)
    counts = work.count()
    return {
        "sent": [first == again == one.id, one.body.decode(), other.body.decode(), one.attempts],
        "counts": [counts.ready, counts.delayed, counts.leased, counts.dead],
        "extended": work.extend(one.receipt, lease_ms=60_000),
        "settled": [work.acknowledge(one.receipt, "other"), work.release(other.receipt)],
        "again": [[each.body.decode(), each.attempts] for each in work.receive()],
        "none": work.receive(),
    }


def database():
    notes = stores.database("notes")
    notes.execute("create table n (id integer primary key, text text, x real, b blob)")
    insert = "insert into n (text, x, b) values (?1, ?2, ?3)"
    changed = notes.execute(insert, ["röd", 0.5, b"\0\1"])
    many = notes.execute_many([stores.Statement(insert, ["oak", None, None]), stores.Statement("update n set x = 2")])
    found = notes.query("select id, text, x, b from n where id = ?1", [1])
    broken = [stores.Statement("delete from n"), stores.Statement("insert into none values (1)")]
    large = [2**63 - 1, -(2**63)]
    return {
        "changed": [changed, many],
        "refused": [
            case(lambda: notes.execute_many(broken)),
            case(lambda: notes.query("delete from n")),
            case(lambda: notes.query("select ?1", [2**63])),
        ],
        "found": [found.columns, [*found.rows[0][:3], found.rows[0][3].hex()], found.has_more],
        "large": list(notes.query("select ?1, ?2", large).rows[0]) == large,
        "values": notes.query("select ?1, ?2, ?3, ?4", [True, None, 7, "7"]).rows,
        "page": [len(page.rows) for page in [notes.query("select * from n", limit=1)] if page.has_more],
    }


def case(ask):
    """Why it was not done."""
    try:
        return ask()
    except stores.StoreError as error:
        return error.case


def lent():
    return [[store.name, store.kind, store.read_only] for store in stores.lent()]


def refused():
    """What is not lent, which a provider may go without."""
    try:
        return stores.values("nobody").get("key")
    except stores.StoreError as error:
        return [error.case, error.message]


def fill():
    """More than there is room for, which is not caught."""
    return [stores.values("sessions").set(key, bytes(60_000)) for key in ("k", "l")]


def uncaught():
    return stores.values("nobody").get("key")


ALL = {each.__name__: each for each in (values, vectors, objects, queue, database, lent, refused, fill, uncaught)}
