//! Work that takes longer than a call. It is submitted once, which gives a ticket, by which the host asks after it until it is done.
//!
//!     pub fn text_to_video(call: palisade.Call, request: palisade.text_to_video.Request) !void {
//!         // Ask the upstream, and keep what it calls the work.
//!         try call.ticket("{s}", .{upstream_id});
//!     }
//!
//!     pub fn poll(call: palisade.Call, ticket: palisade.Text) !void {
//!         // Ask the upstream about `ticket`.
//!         call.jobRunning(.{ .permille = 500 });
//!     }
//!
//! The host keeps the ticket: it may ask another instance, or after a restart. So nothing of a job is kept in the provider.

const std = @import("std");
const c = @import("palisade_c");
const capabilities = @import("capabilities.zig");

const Allocator = std.mem.Allocator;
const Dimensions = capabilities.Dimensions;
const Media = capabilities.Media;
const Text = [:0]const u8;

/// How far a job is. What is null is not known.
pub const Progress = struct {
    /// Thousandths of the work done, 0 to 1000.
    permille: ?u32 = null,
    /// How many are before it.
    queue_position: ?u32 = null,
    /// Milliseconds until it is likely done.
    eta_ms: ?u32 = null,
    /// What it looks like so far.
    preview: ?struct { media_type: Text, data: []const u8 } = null,
};

/// A film that was made.
pub const Video = struct {
    media_type: Text,
    data: []const u8,
    width: ?u32 = null,
    height: ?u32 = null,
    seconds: ?f32 = null,
    seed: ?u64 = null,
    revised_prompt: ?Text = null,
};

pub const text_to_video = struct {
    pub const exported = "palisade_text_to_video";
    pub const Raw = c.palisade_video_request;

    /// Which films to make: submit the work, and say with `call.ticket` what finds it again.
    pub const Request = struct {
        prompt: Text,
        /// The picture to begin with.
        first_frame: ?Media = null,
        last_frame: ?Media = null,
        references: []const Media = &.{},
        size: Dimensions = .auto,
        resolution: ?Text = null,
        seconds: ?f32 = null,
        fps: ?u32 = null,
        audio: ?bool = null,
        n: u32 = 1,
        seed: ?u64 = null,
    };

    pub fn lift(allocator: Allocator, raw: *const Raw) !Request {
        return lifted(Request, allocator, raw, capabilities.text(raw.prompt), capabilities.file(raw.first_frame));
    }
};

pub const image_to_video = struct {
    pub const exported = "palisade_image_to_video";
    pub const Raw = c.palisade_video_request;

    /// Which films to make: submit the work, and say with `call.ticket` what finds it again.
    pub const Request = struct {
        /// The picture to begin with.
        first_frame: Media,
        /// What happens in it; null lets the model decide.
        prompt: ?Text = null,
        last_frame: ?Media = null,
        references: []const Media = &.{},
        size: Dimensions = .auto,
        resolution: ?Text = null,
        seconds: ?f32 = null,
        fps: ?u32 = null,
        audio: ?bool = null,
        n: u32 = 1,
        seed: ?u64 = null,
    };

    pub fn lift(allocator: Allocator, raw: *const Raw) !Request {
        return lifted(Request, allocator, raw, capabilities.optional(raw.prompt), capabilities.file(raw.first_frame).?);
    }
};

fn lifted(comptime Request: type, allocator: Allocator, raw: *const c.palisade_video_request, prompt: anytype, first_frame: anytype) !Request {
    return .{
        .prompt = prompt,
        .first_frame = first_frame,
        .last_frame = capabilities.file(raw.last_frame),
        .references = try capabilities.files(allocator, raw.references, raw.reference_count),
        .size = capabilities.dimensions(raw.size),
        .resolution = capabilities.optional(raw.resolution),
        .seconds = capabilities.value(f32, raw.seconds),
        .fps = capabilities.value(u32, raw.fps),
        .audio = capabilities.value(bool, raw.audio),
        .n = raw.n,
        .seed = capabilities.value(u64, raw.seed),
    };
}

/// Pictures that take longer than a call. To a caller it is `text_to_image`.
pub const text_to_image_job = struct {
    pub const exported = "palisade_text_to_image_job";
    pub const Raw = capabilities.text_to_image.Raw;
    pub const Request = capabilities.text_to_image.Request;
    pub const lift = capabilities.text_to_image.lift;
};

/// Asks after a job, and stops one: both by its ticket.
pub const poll = Asking("palisade_poll");
pub const cancel = Asking("palisade_cancel");

fn Asking(comptime function: []const u8) type {
    return struct {
        pub const exported = function;
        pub const Raw = u8;

        pub fn lift(_: Allocator, raw: *const Raw) !Text {
            return capabilities.text(raw);
        }
    };
}
