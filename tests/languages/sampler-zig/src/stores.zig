//! The stores that are lent: each kind is asked in its function, the same in each language.

const palisade = @import("palisade");
const lent = palisade.stores;
const std = @import("std");

const Kind = enum { values, vectors, objects, queue, database, lent, refused, uncaught, fill };

pub fn stores(call: palisade.Call, kind: []const u8) !void {
    switch (std.meta.stringToEnum(Kind, kind).?) {
        .values => try values(call),
        .vectors => try vectors(call),
        .objects => try objects(call),
        .queue => try queue(call),
        .database => try database(call),
        .lent => {
            const all = try lent.lent(call);
            const Told = struct { [:0]const u8, [:0]const u8, bool };
            const told = try call.allocator().alloc(Told, all.len);
            for (told, all) |*each, store| each.* = .{ store.name, store.kind, store.read_only };
            try call.output(told);
        },
        .refused => {
            if (lent.values(call, "nobody").get(&.{"k"})) |_| return error.NotRefused else |_| {}
            try call.output(lent.refusal(call));
        },
        .fill => _ = try lent.values(call, "sessions").set(&.{.{ .key = "large", .value = &(@as([100_000]u8, @splat(0))) }}),
        .uncaught => _ = try lent.values(call, "nobody").get(&.{"k"}),
    }
}

fn values(call: palisade.Call) !void {
    const store = lent.values(call, "sessions");
    const written = try store.set(&.{ .{ .key = "user/7", .value = "red" }, .{ .key = "b", .value = "" } });
    const refused = try store.set(&.{.{ .key = "user/7", .value = "blue", .only_if = .absent }});
    const replaced = try store.set(&.{.{ .key = "user/7", .value = "r\x00d", .only_if = .{ .version = written[0].? }, .ttl_ms = 60_000 }});
    const kept = try store.get(&.{ "user/7", "none", "b" });
    const right = std.mem.eql(u8, kept[0].?.value, "r\x00d") and kept[0].?.version == replaced[0].? and replaced[0].? != written[0].?;
    const timed = kept[0].?.expires_in_ms.? <= 60_000 and kept[2].?.expires_in_ms == null;
    const first = try store.increment("visits", 2, null);
    const second = try store.increment("visits", -3, null);
    const all = try store.keys("", .{});
    const rest = try store.keys("", .{ .after = "b", .limit = 1 });
    const deleted = try store.delete(&.{ "user/7", "none" });
    try call.output(.{ right and timed, refused[0] == null, kept[1] == null, kept[2].?.value.len == 0, first, second, all, rest, deleted });
}

fn vectors(call: palisade.Call) !void {
    const store = lent.vectors(call, "memory");
    const plants = "[{\"field\": \"kind\", \"is\": {\"equal\": \"plant\"}}]";
    const written = try store.upsert(&.{
        .{ .id = "fox", .vector = &.{ 1, 0 }, .payload = "{\"kind\": \"animal\"}" },
        .{ .id = "oak", .vector = &.{ 0, 1 }, .payload = "{\"kind\": \"plant\"}" },
    });
    const near = try store.query(.{ .vector = &.{ 1, 0 }, .top_k = 1 });
    const found = try store.query(.{ .vector = &.{ 1, 0 }, .filter = plants, .with_vectors = true });
    const points = try store.get(&.{ "fox", "none" });
    const left = try store.count(plants);
    const deleted = try store.delete(&.{ "fox", "none" });
    const matching = try store.deleteMatching("[]");
    const none = try store.count(null);
    try call.output(.{
        written,
        .{ near[0].id, near[0].score > 0.99, near.len == 1 and near[0].vector == null },
        .{ found[0].id, try json(call, found[0].payload), found[0].vector.? },
        .{ try json(call, points[0].?.payload.?), points[0].?.vector[0], if (points[1]) |point| point.id else null },
        left,
        deleted,
        matching,
        none,
    });
}

fn json(call: palisade.Call, text: []const u8) !std.json.Value {
    return std.json.parseFromSliceLeaky(std.json.Value, call.allocator(), text, .{});
}

fn objects(call: palisade.Call) !void {
    const store = lent.objects(call, "pictures");
    const text: lent.NewObject = .{ .key = "a/fox.txt", .content = .{ .bytes = .{ .media_type = "text/plain", .data = "red fox" } } };
    const first = (try store.put(text)).?;
    const refused = try store.put(.{ .key = text.key, .content = text.content, .only_if = .absent });
    const second = try store.put(.{ .key = text.key, .content = text.content, .only_if = .{ .etag = first.etag } });
    const whole = (try store.get("a/fox.txt", null)).?;
    const part = (try store.get("a/fox.txt", .{ .offset = 4, .length = 10 })).?;
    const missing = try store.get("none", null);
    const film = try call.allocator().alloc(u8, 3 << 20);
    @memset(film, 7);
    _ = try store.put(.{ .key = "large", .content = .{ .bytes = .{ .media_type = "video/mp4", .data = film } } });
    const large = (try store.get("large", null)).?;
    // What was read can be kept again, wherever it is.
    const kept = (try store.put(.{ .key = "copy", .content = .{ .media = large.content } })).?;
    const described = try store.describe(&.{ "a/fox.txt", "none" });
    const listed = try store.list("", .{ .after = "a/fox.txt" });
    const deleted = try store.delete(&.{ "large", "none" });
    try call.output(.{
        first.bytes,
        refused == null,
        second != null and second.?.modified_ms > 1_600_000_000_000,
        .{ try call.read(whole.content), whole.content.mediaType(), whole.description.bytes },
        try call.read(part.content),
        if (missing) |object| object.description.key else null,
        (try call.read(large.content)).len,
        .{ kept.media_type, kept.bytes },
        .{ described[0].?.media_type, if (described[1]) |object| object.key else null },
        .{ listed[0].key, listed[1].key },
        deleted,
    });
}

fn queue(call: palisade.Call) !void {
    const work = lent.queue(call, "work");
    const write: lent.NewMessage = .{ .body = "write", .deduplication_key = "w" };
    const sent = try work.send(&.{ .{ .body = "draw" }, write });
    const again = try work.send(&.{ write, .{ .body = "later", .delay_ms = 60_000 } });
    const taken = try work.receive(10, 60_000);
    const held = [_]bool{
        (try work.extend(&.{taken[0].receipt}, 90_000))[0],
        (try work.acknowledge(&.{taken[0].receipt}))[0],
        (try work.acknowledge(&.{taken[0].receipt}))[0],
        (try work.release(&.{taken[1].receipt}, 0))[0],
    };
    const counts = try work.counts();
    try call.output(.{
        std.mem.eql(u8, sent[1], again[0]) and sent.len == 2 and taken.len == 2,
        .{ taken[0].body, taken[1].body },
        taken[0].attempts,
        held,
        .{ counts.ready, counts.delayed, counts.leased, counts.dead },
    });
}

fn database(call: palisade.Call) !void {
    const notes = lent.database(call, "notes");
    const changed = try notes.execute(&.{
        .{ .sql = "create table n (id integer primary key, text text, x real, b blob, n, i)" },
        .{
            .sql = "insert into n (text, x, b, n, i) values (?1, ?2, ?3, ?4, ?5)",
            .parameters = &.{ .{ .text = "red fox" }, .{ .real = 0.5 }, .{ .blob = "\x00\x01" }, .null, .{ .integer = -7 } },
        },
    });
    const rows = try notes.query(.{ .sql = "select * from n" }, null);
    const page = try notes.query(.{ .sql = "select 1 union select 2" }, 1);
    const row = rows.rows[0];
    if (notes.query(.{ .sql = "delete from n" }, null)) |_| return error.NotRefused else |_| {}
    try call.output(.{
        changed,
        rows.columns,
        .{ row[0].integer, row[1].text, row[2].real, row[3].blob.len + row[3].blob[1], if (row[4] == .null) null else @as(?u8, 0), row[5].integer },
        .{ rows.has_more, page.has_more and page.rows.len == 1 },
        lent.refusal(call),
    });
}
