//! Serves every capability that the SDK knows, as plainly as can be: what the tests of the SDK call.

const films = @import("films.zig");
const palisade = @import("palisade");
const media = @import("media.zig");
const std = @import("std");
const tasks = @import("tasks.zig");

pub const provider: palisade.Provider = .{
    .name = "sampler",
    .version = "1.2.3",
    .summary = "A bit of everything, for tests.",
    .models = &.{ .{
        .id = "sampler",
        .params = &.{
            palisade.seed,
            .{ .name = "mood", .values = .{ .choice = &.{ "calm", "wild" } } },
            .{ .name = "weight", .values = .{ .number = .{ .max = 1 } } },
        },
        .input_types = &.{"*/*"},
        .output_types = &.{ "image/svg+xml", "audio/wav" },
        .prices = &.{},
        .capabilities = &.{
            "chat",       "custom", "embedding",      "image-edit",    "image-to-text",  "image-upscale",
            "moderation", "rerank", "speech-to-text", "text-to-image", "text-to-speech",
        },
    }, .{
        .id = "slow",
        .params = &.{.{ .name = "seconds", .values = .{ .number = .{ .min = 1, .max = 9 } } }},
        .prices = &.{},
        .capabilities = &.{ "image-to-video", "text-to-video" },
    } },
    .tasks = &tasks.all,
    .credential_names = &.{"key"},
    .hosts = &.{"127.0.0.1"},
};

pub const cancel = films.cancel;
pub const custom = tasks.custom;
pub const image_edit = media.image_edit;
pub const image_to_text = media.image_to_text;
pub const image_to_video = films.image_to_video;
pub const image_upscale = media.image_upscale;
pub const poll = films.poll;
pub const speech_to_text = media.speech_to_text;
pub const text_to_video = films.text_to_video;

const Spelling = struct { left: ?[:0]const u8 = null, broken: bool = false };

/// A letter each turn.
pub fn chat(call: palisade.Call, request: palisade.chat.Request) !palisade.Turn {
    const own = try call.state(Spelling, .{});
    if (own.left == null) {
        own.left = request.prompt();
        if (std.mem.eql(u8, own.left.?, "refuse")) return call.invalidInput("messages[0]", "it asks to be refused", .{});
        if (std.mem.eql(u8, own.left.?, "break")) {
            own.broken = true;
            try call.say("so far", .{});
            return .more;
        }
        try call.think("letter by letter", .{});
    }
    if (own.broken) return call.rateLimited(1500, "slow down", .{});
    if (own.left.?.len > 0) {
        try call.say("{c}", .{own.left.?[0]});
        own.left = own.left.?[1..];
        return .more;
    }
    if (request.tools.len > 0) {
        call.callTool(0, "1", request.tools[0].name, "{\"a\":");
        call.callTool(0, null, null, "1}");
        call.used("output-token", 7);
        try call.note("careful", .{});
        call.finish(.tool_calls);
    }
    return .done;
}

pub fn embedding(call: palisade.Call, request: palisade.embedding.Request) !void {
    for (request.items) |item| {
        const bytes = switch (item) {
            .text => |text| text,
            .media => |file| try call.read(file),
        };
        var random = std.Random.DefaultPrng.init(std.hash.Fnv1a_64.hash(bytes));
        const numbers = try call.allocator().alloc(f32, request.dimensions orelse 4);
        var sum: f32 = 0;
        for (numbers) |*number| {
            number.* = 1 + random.random().float(f32);
            sum += number.* * number.*;
        }
        for (numbers) |*number| number.* /= @sqrt(sum);
        call.addVector(numbers);
    }
}

pub fn rerank(call: palisade.Call, request: palisade.rerank.Request) !void {
    for (request.documents, 0..) |document, index| {
        call.addScore(index, if (std.mem.indexOf(u8, document, request.query) == null) 0 else 1);
    }
}

pub fn moderation(call: palisade.Call, request: palisade.moderation.Request) !void {
    for (request.items, 0..) |item, index| {
        const bad = item == .text and std.mem.indexOf(u8, item.text, "bad") != null;
        call.addCategory(index, "profanity", bad, if (bad) 1 else 0);
    }
}

pub fn text_to_image(call: palisade.Call, request: palisade.text_to_image.Request) !void {
    const width, const height = switch (request.size) {
        .pixels => |size| size,
        .auto => .{ 64, 32 },
        .aspect => nearest: {
            try call.adjusted("size", "64x32", .{});
            break :nearest .{ 64, 32 };
        },
    };
    const svg = try call.format("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{d}\" height=\"{d}\"/>", .{ width, height });
    for (0..request.n) |_| {
        call.addImage(.{ .media_type = "image/svg+xml", .data = svg, .width = width, .height = height, .seed = request.seed });
    }
}

pub fn text_to_speech(call: palisade.Call, request: palisade.text_to_speech.Request) !void {
    const size: u32 = @intCast(200 * request.text.len);
    var head: [44]u8 = "RIFF....WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00....................".*;
    for ([_]struct { usize, u32 }{ .{ 4, 36 + size }, .{ 24, 8000 }, .{ 28, 16000 }, .{ 32, 16 << 16 | 2 }, .{ 40, size } }) |field| {
        std.mem.writeInt(u32, head[field[0]..][0..4], field[1], .little);
    }
    head[36..40].* = "data".*;
    call.sound("audio/wav");
    call.addSound(&head);
    const samples = try call.allocator().alloc(u8, size);
    @memset(samples, 0);
    call.addSound(samples);
}

comptime {
    palisade.serve(@This());
}
