//! Messages in a queue that is lent, which wait until somebody has done what they ask for.

const c = @import("palisade_c");
const stores = @import("stores.zig");
const Call = @import("call.zig").Call;
const Failed = @import("call.zig").Failed;

const Text = [:0]const u8;

/// A message to add.
pub const NewMessage = struct {
    body: []const u8,
    /// Milliseconds until it can be taken.
    delay_ms: u64 = 0,
    /// Where a message that waits, or that somebody has, was sent with the same, none is added.
    deduplication_key: ?Text = null,
};

/// A message that was taken.
pub const Message = struct {
    id: Text,
    body: []const u8,
    /// By which it is acknowledged, released and extended; another one each time it is taken.
    receipt: Text,
    /// How many times it was taken, this time included.
    attempts: u32,
};

/// How many messages there are: those that can be taken, those that can be taken later, those that somebody has, and those that were given
/// out too often.
pub const Counts = struct { ready: u64, delayed: u64, leased: u64, dead: u64 };

/// A queue of messages, which wait until somebody has done what they ask for.
pub const Queue = struct {
    call: Call,
    name: Text,

    /// Adds messages, all of them in one go. Gives the id of each, that of the one that is there where it is there already.
    pub fn send(work: Queue, messages: []const NewMessage) Failed![]const Text {
        const raw = try stores.listed(c.palisade_new_message, work.call, messages.len);
        for (messages, raw[0..messages.len]) |message, *each| each.* = .{
            // One that says nothing is a message too.
            .data = if (message.body.len == 0) "" else message.body.ptr,
            .size = message.body.len,
            .delay_ms = message.delay_ms,
            .deduplication_key = stores.pointer(message.deduplication_key),
        };
        var ids: [*c]const [*c]const u8 = undefined;
        try stores.checked(c.palisade_queue_send(work.call.raw, work.name, raw.ptr, &ids));
        return stores.lifted(work.call, ids);
    }

    /// Takes the messages that have waited longest, at most `limit`. Nobody else gets them for `lease_ms`, 30 000 where it is null.
    pub fn receive(work: Queue, limit: u32, lease_ms: ?u64) Failed![]const Message {
        var raw: [*c]const c.palisade_queued = undefined;
        try stores.checked(c.palisade_queue_receive(work.call.raw, work.name, limit, lease_ms orelse 0, &raw));
        var count: usize = 0;
        while (raw[count].id != null) count += 1;
        const messages = try work.call.allocator().alloc(Message, count);
        for (messages, raw[0..count]) |*message, each| message.* = .{
            .id = stores.spanned(each.id),
            .body = each.body.data[0..each.body.size],
            .receipt = stores.spanned(each.receipt),
            .attempts = each.attempts,
        };
        return messages;
    }

    /// Says that messages are done with: they are forgotten. Gives for each receipt whether it still was this one's.
    pub fn acknowledge(work: Queue, receipts: []const Text) Failed![]const bool {
        var held: [*c]const bool = undefined;
        try stores.checked(c.palisade_queue_acknowledge(work.call.raw, work.name, try stores.texts(work.call, receipts), &held));
        return held[0..receipts.len];
    }

    /// Gives messages back, for others to take after `delay_ms`. Gives for each receipt whether it still was this one's.
    pub fn release(work: Queue, receipts: []const Text, delay_ms: u64) Failed![]const bool {
        var held: [*c]const bool = undefined;
        try stores.checked(c.palisade_queue_release(work.call.raw, work.name, try stores.texts(work.call, receipts), delay_ms, &held));
        return held[0..receipts.len];
    }

    /// Takes messages for `lease_ms` from now. Gives for each receipt whether it still was this one's.
    pub fn extend(work: Queue, receipts: []const Text, lease_ms: u64) Failed![]const bool {
        var held: [*c]const bool = undefined;
        try stores.checked(c.palisade_queue_extend(work.call.raw, work.name, try stores.texts(work.call, receipts), lease_ms, &held));
        return held[0..receipts.len];
    }

    /// Tells how many there are.
    pub fn counts(work: Queue) Failed!Counts {
        var raw: c.palisade_queue_counts = undefined;
        try stores.checked(c.palisade_queue_count(work.call.raw, work.name, &raw));
        return .{ .ready = raw.ready, .delayed = raw.delayed, .leased = raw.leased, .dead = raw.dead };
    }
};
