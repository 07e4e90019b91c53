//! The stores that the operator has lent to this provider, each by its name:
//! `palisade.stores.vectors(call, "memory").query(.{ .vector = &numbers })`.
//!
//! What is given is there until the call has ended. A refusal is `error.Failed`, with which the call fails: too large is limit-exceeded,
//! unavailable is overloaded, and the rest is internal. Who goes on instead asks `refusal` why. In a test every store is denied.

const std = @import("std");
const c = @import("palisade_c");
const capabilities = @import("capabilities.zig");
const Call = @import("call.zig").Call;
const Failed = @import("call.zig").Failed;
const databases = @import("databases.zig");
const queues = @import("queues.zig");

pub const Counts = queues.Counts;
pub const Database = databases.Database;
pub const Message = queues.Message;
pub const NewMessage = queues.NewMessage;
pub const Queue = queues.Queue;
pub const Rows = databases.Rows;
pub const Statement = databases.Statement;
pub const Value = databases.Value;

const Text = [:0]const u8;

/// Why a store did not do what it was asked. What is denied, invalid or too large is not done at all.
pub const Refusal = enum(c.palisade_refusal) {
    /// No store of this name and kind is lent to this provider, or none to be written to.
    denied = c.PALISADE_STORE_DENIED,
    /// No store can do this.
    invalid = c.PALISADE_STORE_INVALID,
    /// There is no room for it, or it is more than is told at a time.
    too_large = c.PALISADE_STORE_TOO_LARGE,
    /// Later it may work.
    unavailable = c.PALISADE_STORE_UNAVAILABLE,
    /// The host could not read or write it.
    io = c.PALISADE_STORE_IO,
};

/// A store that is lent.
pub const LentStore = struct {
    name: Text,
    /// `vector-store`, `key-value-store`, `object-store`, `queue` or `sql`; others may come.
    kind: Text,
    read_only: bool,
};

/// Those that are lent, by name, in ascending order.
pub fn lent(call: Call) Failed![]const LentStore {
    const raw = c.palisade_lent(call.raw);
    var count: usize = 0;
    while (raw[count].name != null) count += 1;
    const all = try call.allocator().alloc(LentStore, count);
    for (all, raw[0..count]) |*store, each| {
        store.* = .{ .name = spanned(each.name), .kind = spanned(each.kind), .read_only = each.read_only };
    }
    return all;
}

/// The store of vectors that is lent by this name.
pub fn vectors(call: Call, name: Text) VectorStore {
    return .{ .call = call, .name = name };
}

/// The store of values that is lent by this name.
pub fn values(call: Call, name: Text) KeyValueStore {
    return .{ .call = call, .name = name };
}

/// The store of files that is lent by this name.
pub fn objects(call: Call, name: Text) ObjectStore {
    return .{ .call = call, .name = name };
}

/// The queue that is lent by this name.
pub fn queue(call: Call, name: Text) Queue {
    return .{ .call = call, .name = name };
}

/// The database that is lent by this name.
pub fn database(call: Call, name: Text) Database {
    return .{ .call = call, .name = name };
}

/// Why the store that was asked last did not do it; null where it did.
pub fn refusal(call: Call) ?Refusal {
    const raw = c.palisade_store_refusal(call.raw);
    return if (raw == c.PALISADE_NOT_REFUSED) null else @enumFromInt(raw);
}

// ------------------------------------------------------------------------------------------------------------------------ Vectors

/// A vector with what belongs to it.
pub const Point = struct {
    id: Text,
    vector: []const f32,
    /// What else is known of it, a JSON object.
    payload: ?Text = null,
};

/// What to find.
pub const Search = struct {
    /// What is to be near.
    vector: []const f32,
    /// How many of the nearest.
    top_k: u32 = 10,
    /// What holds of them, a JSON list: `[{"field": "kind", "is": {"equal": "animal"}}]`.
    filter: ?Text = null,
    /// Whether every point is looked at, rather than those that an index leads to.
    exact: bool = false,
    /// Whether the vectors are told.
    with_vectors: bool = false,
};

/// A point that was found.
pub const Found = struct {
    id: Text,
    /// How near it is, higher is nearer; comparable within one store.
    score: f32,
    /// What else is known of it, a JSON object.
    payload: Text,
    /// Where it was asked for.
    vector: ?[]const f32,
};

/// A store of vectors, found by what is near to them.
pub const VectorStore = struct {
    call: Call,
    name: Text,

    /// Writes points, in the place of those of the same ids, all of them in one go. Gives how many.
    pub fn upsert(store: VectorStore, points: []const Point) Failed!u64 {
        const raw = try listed(c.palisade_point, store.call, points.len);
        for (points, raw[0..points.len]) |point, *each| {
            each.* = .{ .id = point.id, .vector = point.vector.ptr, .length = point.vector.len, .payload = pointer(point.payload) };
        }
        var many: u64 = undefined;
        try checked(c.palisade_vectors_upsert(store.call.raw, store.name, raw.ptr, &many));
        return many;
    }

    /// Finds the points that are nearest, nearest first.
    pub fn query(store: VectorStore, search: Search) Failed![]const Found {
        var raw: [*c]const c.palisade_found = undefined;
        try checked(c.palisade_vectors_query(store.call.raw, store.name, .{
            .vector = search.vector.ptr,
            .length = search.vector.len,
            .top_k = search.top_k,
            .filter = pointer(search.filter),
            .exact = search.exact,
            .with_vectors = search.with_vectors,
        }, &raw));
        var length: usize = 0;
        while (raw[length].id != null) length += 1;
        const found = try store.call.allocator().alloc(Found, length);
        for (found, raw[0..length]) |*point, each| point.* = .{
            .id = spanned(each.id),
            .score = each.score,
            .payload = spanned(each.payload),
            .vector = if (each.vector == null) null else each.vector[0..each.length],
        };
        return found;
    }

    /// Reads points: for each id its own, null where there is none.
    pub fn get(store: VectorStore, ids: []const Text) Failed![]const ?Point {
        var raw: [*c]const c.palisade_point = undefined;
        try checked(c.palisade_vectors_get(store.call.raw, store.name, try texts(store.call, ids), &raw));
        const points = try store.call.allocator().alloc(?Point, ids.len);
        for (points, raw[0..ids.len]) |*point, each| point.* = if (each.id == null) null else .{
            .id = spanned(each.id),
            .vector = each.vector[0..each.length],
            .payload = optional(each.payload),
        };
        return points;
    }

    /// Forgets points. Gives how many there were.
    pub fn delete(store: VectorStore, ids: []const Text) Failed!u64 {
        var many: u64 = undefined;
        try checked(c.palisade_vectors_delete(store.call.raw, store.name, try texts(store.call, ids), &many));
        return many;
    }

    /// Forgets the points of which this holds; all where the list is empty. Gives how many there were.
    pub fn deleteMatching(store: VectorStore, filter: Text) Failed!u64 {
        var many: u64 = undefined;
        try checked(c.palisade_vectors_delete_matching(store.call.raw, store.name, filter, &many));
        return many;
    }

    /// Counts the points of which this holds; all of them where it is null.
    pub fn count(store: VectorStore, filter: ?Text) Failed!u64 {
        var many: u64 = undefined;
        try checked(c.palisade_vectors_count(store.call.raw, store.name, pointer(filter), &many));
        return many;
    }
};

// ------------------------------------------------------------------------------------------------------------------------- Values

/// What must be so for a value to be written.
pub const Condition = union(enum) {
    always,
    /// There is none.
    absent,
    /// The one that is there is of this version.
    version: u64,
};

/// A value to keep.
pub const Entry = struct {
    /// Under which key. Each once.
    key: Text,
    value: []const u8,
    /// Milliseconds until it is forgotten; null keeps it.
    ttl_ms: ?u64 = null,
    only_if: Condition = .always,
};

/// A value that is kept.
pub const Kept = struct {
    value: []const u8,
    /// Another one with each change.
    version: u64,
    /// Milliseconds until it is forgotten; null when it is kept.
    expires_in_ms: ?u64,
};

/// A store of values under keys, for as long as they are wanted.
pub const KeyValueStore = struct {
    call: Call,
    name: Text,

    /// Reads values: for each key its own, null where there is none.
    pub fn get(store: KeyValueStore, wanted: []const Text) Failed![]const ?Kept {
        var raw: [*c]const c.palisade_kept = undefined;
        try checked(c.palisade_values_get(store.call.raw, store.name, try texts(store.call, wanted), &raw));
        const all = try store.call.allocator().alloc(?Kept, wanted.len);
        for (all, raw[0..wanted.len]) |*kept, each| kept.* = if (each.value.data == null) null else .{
            .value = each.value.data[0..each.value.size],
            .version = each.version,
            .expires_in_ms = if (each.expires_in_ms == 0) null else each.expires_in_ms,
        };
        return all;
    }

    /// Writes values. Gives for each the version that was written, null where its condition did not hold.
    pub fn set(store: KeyValueStore, entries: []const Entry) Failed![]const ?u64 {
        const raw = try listed(c.palisade_entry, store.call, entries.len);
        for (entries, raw[0..entries.len]) |entry, *each| each.* = .{
            .key = entry.key,
            .data = entry.value.ptr,
            .size = entry.value.len,
            .ttl_ms = entry.ttl_ms orelse 0,
            .only_if_absent = entry.only_if == .absent,
            .only_if_version = switch (entry.only_if) {
                .version => |version| version,
                else => 0,
            },
        };
        var written: [*c]const u64 = undefined;
        try checked(c.palisade_values_set(store.call.raw, store.name, raw.ptr, &written));
        const versions = try store.call.allocator().alloc(?u64, entries.len);
        for (versions, written[0..entries.len]) |*version, each| version.* = if (each == 0) null else each;
        return versions;
    }

    /// Forgets values. Gives how many there were.
    pub fn delete(store: KeyValueStore, unwanted: []const Text) Failed!u64 {
        var many: u64 = undefined;
        try checked(c.palisade_values_delete(store.call.raw, store.name, try texts(store.call, unwanted), &many));
        return many;
    }

    /// The keys that begin with `prefix`, in ascending order: a page of them.
    pub fn keys(store: KeyValueStore, prefix: Text, page: Page) Failed![]const Text {
        var raw: [*c]const [*c]const u8 = undefined;
        try checked(c.palisade_values_keys(store.call.raw, store.name, prefix, pointer(page.after), page.limit, &raw));
        return lifted(store.call, raw);
    }

    /// Adds to a number, which is 0 where there is none, and gives the sum. Where it is new, it is forgotten after `ttl_ms`.
    pub fn increment(store: KeyValueStore, key: Text, by: i64, ttl_ms: ?u64) Failed!i64 {
        var sum: i64 = undefined;
        try checked(c.palisade_values_increment(store.call.raw, store.name, key, by, ttl_ms orelse 0, &sum));
        return sum;
    }
};

/// Which of those that begin with a prefix.
pub const Page = struct {
    /// The last of the page before; null for the first page.
    after: ?Text = null,
    /// How many at most.
    limit: u32 = 1000,
};

// -------------------------------------------------------------------------------------------------------------------------- Files

/// What must be so for a file to be written.
pub const ObjectCondition = union(enum) {
    always,
    /// There is none.
    absent,
    /// The one that is there has this tag.
    etag: Text,
};

/// A file to keep.
pub const NewObject = struct {
    /// Parts that are separated by `/`, of which none is empty, `.` or `..`.
    key: Text,
    /// Its bytes and their type, or a file of the request, or one that was fetched.
    content: union(enum) { bytes: struct { media_type: Text, data: []const u8 }, media: capabilities.Media },
    only_if: ObjectCondition = .always,
};

/// What is known of a file that is kept.
pub const Description = struct {
    key: Text,
    bytes: u64,
    media_type: Text,
    /// Another one with each content.
    etag: Text,
    /// When it was written, in milliseconds since 1970.
    modified_ms: u64,

    fn of(raw: c.palisade_object) ?Description {
        return if (raw.key == null) null else .{
            .key = spanned(raw.key),
            .bytes = raw.bytes,
            .media_type = spanned(raw.media_type),
            .etag = spanned(raw.etag),
            .modified_ms = raw.modified_ms,
        };
    }
};

/// Some of the bytes of a file; what is beyond its end is not there.
pub const Range = struct { offset: u64, length: u64 };

/// A file that was read: `call.read` gives the bytes that were asked for.
pub const Object = struct {
    content: capabilities.Media,
    /// That of the whole.
    description: Description,
};

/// A store of files under keys.
pub const ObjectStore = struct {
    call: Call,
    name: Text,

    /// Writes a file, in the place of the one before. Gives what was written, null where the condition did not hold.
    pub fn put(store: ObjectStore, object: NewObject) Failed!?Description {
        var raw: c.palisade_new_object = .{ .key = object.key, .only_if_absent = object.only_if == .absent };
        switch (object.content) {
            .media => |media| raw.file = media.raw,
            .bytes => |bytes| {
                raw.media_type = bytes.media_type;
                raw.data = bytes.data.ptr;
                raw.size = bytes.data.len;
            },
        }
        switch (object.only_if) {
            .etag => |etag| raw.only_if_etag = etag,
            else => {},
        }
        var written: c.palisade_object = undefined;
        try checked(c.palisade_objects_put(store.call.raw, store.name, raw, &written));
        return .of(written);
    }

    /// Reads a file, or a part of it; null where there is none.
    pub fn get(store: ObjectStore, key: Text, range: ?Range) Failed!?Object {
        const part: c.palisade_range = if (range) |some| .{ .offset = some.offset, .length = some.length } else .{};
        const content = try store.call.allocator().create(c.palisade_media);
        var object: c.palisade_object = undefined;
        try checked(c.palisade_objects_get(store.call.raw, store.name, key, if (range == null) null else &part, content, &object));
        return .{ .content = .{ .raw = content }, .description = Description.of(object) orelse return null };
    }

    /// Tells of files, without their bytes: of each key, null where there is none.
    pub fn describe(store: ObjectStore, keys: []const Text) Failed![]const ?Description {
        var raw: [*c]const c.palisade_object = undefined;
        try checked(c.palisade_objects_describe(store.call.raw, store.name, try texts(store.call, keys), &raw));
        const all = try store.call.allocator().alloc(?Description, keys.len);
        for (all, raw[0..keys.len]) |*description, each| description.* = .of(each);
        return all;
    }

    /// Forgets files. Gives how many there were.
    pub fn delete(store: ObjectStore, keys: []const Text) Failed!u64 {
        var many: u64 = undefined;
        try checked(c.palisade_objects_delete(store.call.raw, store.name, try texts(store.call, keys), &many));
        return many;
    }

    /// The files whose keys begin with `prefix`, in ascending order of their keys: a page of them.
    pub fn list(store: ObjectStore, prefix: Text, page: Page) Failed![]const Description {
        var raw: [*c]const c.palisade_object = undefined;
        try checked(c.palisade_objects_list(store.call.raw, store.name, prefix, pointer(page.after), page.limit, &raw));
        var count: usize = 0;
        while (raw[count].key != null) count += 1;
        const all = try store.call.allocator().alloc(Description, count);
        for (all, raw[0..count]) |*description, each| description.* = Description.of(each).?;
        return all;
    }
};

// --------------------------------------------------------------------------------------------------------------- Between the two

/// An empty one at the end of a list, as C has it.
pub fn listed(comptime Raw: type, call: Call, count: usize) Failed![]Raw {
    const raw = try call.allocator().alloc(Raw, count + 1);
    @memset(raw, std.mem.zeroes(Raw));
    return raw;
}

pub fn texts(call: Call, given: []const Text) Failed![*c]const [*c]const u8 {
    const raw = try listed([*c]const u8, call, given.len);
    for (given, raw[0..given.len]) |text, *each| each.* = text.ptr;
    return raw.ptr;
}

pub fn lifted(call: Call, raw: [*c]const [*c]const u8) Failed![]const Text {
    var count: usize = 0;
    while (raw[count] != null) count += 1;
    const all = try call.allocator().alloc(Text, count);
    for (all, raw[0..count]) |*text, each| text.* = spanned(each);
    return all;
}

pub fn checked(result: c.palisade_result) Failed!void {
    if (result == c.PALISADE_FAILED) return error.Failed;
}

pub fn spanned(text: [*c]const u8) Text {
    return std.mem.span(@as([*:0]const u8, text));
}

fn optional(text: [*c]const u8) ?Text {
    return if (text == null) null else spanned(text);
}

pub fn pointer(text: ?Text) [*c]const u8 {
    return if (text) |present| present.ptr else null;
}
