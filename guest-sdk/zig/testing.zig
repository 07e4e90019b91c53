//! Calls for tests on this machine, without a host.

const std = @import("std");
const c = @import("palisade_c");
const Call = @import("call.zig").Call;
const capabilities = @import("capabilities.zig");

/// A call of a model. Let go of it with `end`.
pub fn begin(model: [:0]const u8) Call {
    return .{ .raw = c.palisade_test_call(model).? };
}

pub fn end(call: Call) void {
    c.palisade_test_end(call.raw);
}

/// A conversation of one message of the user.
pub fn prompt(call: Call, text: [:0]const u8) !capabilities.chat.Request {
    const raw = c.palisade_test_prompt(call.raw, text);
    return capabilities.chat.lift(call.allocator(), &raw);
}

/// A file of a request.
pub fn media(call: Call, media_type: [:0]const u8, data: []const u8) !capabilities.Media {
    const raw = try call.allocator().create(c.palisade_media);
    raw.* = c.palisade_test_media(media_type, data.ptr, data.len);
    return .{ .raw = raw };
}

/// What `call.config` gives from now on.
pub fn config(key: [:0]const u8, value: ?[:0]const u8) void {
    c.palisade_test_config(key, if (value) |text| text.ptr else null);
}

/// What the next request with `call.http` is answered with, and those after it in the same order.
pub fn answer(status: u16, body: [:0]const u8) void {
    c.palisade_test_answer(status, body);
}

/// What was asked, as the method, the address and the body with a space between them; null when there were not so many requests.
pub fn asked(index: usize) ?[:0]const u8 {
    return spanned(c.palisade_test_asked(index));
}

/// All the text of a reply so far, of a picture or of a speech.
pub fn said(call: Call) [:0]const u8 {
    return std.mem.span(@as([*:0]const u8, c.palisade_test_said(call.raw)));
}

/// How long a speech is; 0 where that is not said.
pub fn seconds(call: Call) f64 {
    return c.palisade_test_seconds(call.raw);
}

/// All the bytes of a sound so far.
pub fn sound(call: Call) []const u8 {
    const bytes = c.palisade_test_sound(call.raw);
    return if (bytes.size == 0) "" else bytes.data[0..bytes.size];
}

/// The output of a task, as JSON.
pub fn output(call: Call) ?[:0]const u8 {
    return spanned(c.palisade_test_output(call.raw));
}

/// The bytes of a picture that was added.
pub fn image(call: Call, index: usize) ?[]const u8 {
    const made: *const c.palisade_image = c.palisade_test_image(call.raw, index) orelse return null;
    return @as([*]const u8, @ptrCast(made.data))[0..made.size];
}

/// The width and the height of a picture that was added, where it says them.
pub fn imageSize(call: Call, index: usize) ?[2]u32 {
    const made: *const c.palisade_image = c.palisade_test_image(call.raw, index) orelse return null;
    return if (made.width == 0) null else .{ made.width, made.height };
}

/// A vector that was added.
pub fn vector(call: Call, index: usize) ?[]const f32 {
    var length: usize = undefined;
    const numbers: [*c]const f32 = c.palisade_test_vector(call.raw, index, &length);
    return if (numbers == null) null else numbers[0..length];
}

/// The score of a document.
pub fn score(call: Call, document: usize) f64 {
    return c.palisade_test_score(call.raw, document);
}

/// Whether an item was flagged.
pub fn flagged(call: Call, item: usize) bool {
    return c.palisade_test_flagged(call.raw, item);
}

/// What finds submitted work again.
pub fn ticket(call: Call) ?[:0]const u8 {
    return spanned(c.palisade_test_ticket(call.raw));
}

/// The ticket of the job that another call has submitted, in a call that asks after it.
pub fn kept(call: Call, submitted: Call) ?[:0]const u8 {
    return spanned(c.palisade_test_kept(call.raw, submitted.raw));
}

/// Where a job is, as the interface calls it: `queued`, `running`, `succeeded`, ...; null where nobody has told.
pub fn job(call: Call) ?[:0]const u8 {
    return spanned(c.palisade_test_job(call.raw));
}

/// Thousandths of a job that are done.
pub fn permille(call: Call) ?u32 {
    const known: [*c]const u32 = c.palisade_test_progress(call.raw).*.permille;
    return if (known == null) null else known.*;
}

/// What became of an attempt to cancel: `cancelled`, `too-late` or `unsupported`.
pub fn cancelled(call: Call) [:0]const u8 {
    return spanned(c.palisade_test_cancelled(call.raw)).?;
}

/// The bytes of a film that was added.
pub fn video(call: Call, index: usize) ?[]const u8 {
    const made: *const c.palisade_video = c.palisade_test_video(call.raw, index) orelse return null;
    return @as([*]const u8, @ptrCast(made.data))[0..made.size];
}

/// Why the call failed; null when it did not.
pub fn failure(call: Call) ?[:0]const u8 {
    return spanned(c.palisade_test_failure(call.raw));
}

fn spanned(text: [*c]const u8) ?[:0]const u8 {
    return if (text == null) null else std.mem.span(@as([*:0]const u8, text));
}
