//! Write a Palisade provider in Zig: say what it is in `provider`, and write the function of each capability that it serves.
//!
//!     const palisade = @import("palisade");
//!
//!     pub const provider: palisade.Provider = .{
//!         .name = "greeter",
//!         .models = &.{.{ .id = "polite", .prices = &.{} }},
//!     };
//!
//!     pub fn chat(call: palisade.Call, request: palisade.chat.Request) !void {
//!         try call.say("Hello, {s}!", .{request.prompt()});
//!     }
//!
//!     comptime {
//!         palisade.serve(@This());
//!     }
//!
//! What a request holds, and what `call.allocator()` gives, is there until the call has ended, and is freed then. A function that fails has
//! said why: `return call.invalidInput("prompt", "it is empty", .{})`. Any other error is a failure of the provider's own. For an answer
//! in pieces return a `Turn`: `.more` after each.

const std = @import("std");
const catalog = @import("catalog.zig");
const jobs = @import("jobs.zig");
pub const Call = @import("call.zig").Call;
pub const HttpRequest = @import("call.zig").HttpRequest;
pub const HttpResponse = @import("call.zig").HttpResponse;
pub const capabilities = @import("capabilities.zig");
pub const stores = @import("stores.zig");
pub const testing = @import("testing.zig");

/// The SDK for C, which this is made of.
pub const c = @import("palisade_c");

pub const chat = capabilities.chat;
pub const custom = capabilities.custom;
pub const embedding = capabilities.embedding;
pub const image_edit = capabilities.image_edit;
pub const image_to_text = capabilities.image_to_text;
pub const image_to_video = capabilities.image_to_video;
pub const image_upscale = capabilities.image_upscale;
pub const moderation = capabilities.moderation;
pub const rerank = capabilities.rerank;
pub const speech_to_text = capabilities.speech_to_text;
pub const text_to_image = capabilities.text_to_image;
pub const text_to_image_job = capabilities.text_to_image_job;
pub const text_to_speech = capabilities.text_to_speech;
pub const text_to_video = capabilities.text_to_video;

pub const Provider = catalog.Provider;
pub const Model = catalog.Model;
pub const Param = catalog.Param;
pub const Price = catalog.Price;
pub const Task = catalog.Task;
pub const seed = catalog.seed;

/// What a function of a capability fails with when it has said why.
pub const Failed = @import("call.zig").Failed;

/// Whether an answer is complete, or there is more of it: then the function is called again.
pub const Turn = enum { done, more };

/// Text that ends with a zero, as the host gives it.
pub const Text = [:0]const u8;

/// A file of a request: `call.read` gives its bytes.
pub const Media = capabilities.Media;
/// A text, or a file.
pub const Content = capabilities.Content;
/// The size of a picture.
pub const Dimensions = capabilities.Dimensions;
/// A picture that was made.
pub const Image = capabilities.Image;
/// A film that was made.
pub const Video = jobs.Video;
/// How far a job is.
pub const Progress = jobs.Progress;

/// The capabilities that this knows, by the names of their functions, and what is asked of jobs.
const served = .{
    "cancel",         "chat",          "custom", "embedding", "image_edit",     "image_to_text", "image_to_video",
    "image_upscale",  "moderation",    "poll",   "rerank",    "speech_to_text", "text_to_image", "text_to_image_job",
    "text_to_speech", "text_to_video",
};

/// Exports what a provider says of itself, and the functions of its capabilities.
pub fn serve(comptime Own: type) void {
    const description = catalog.lowered(Own.provider);
    @export(&description, .{ .name = "palisade_provider" });
    inline for (served) |name| {
        if (@hasDecl(Own, name)) {
            const capability = @field(capabilities, name);
            const adapter = Adapter(capability, @field(Own, name));
            @export(&adapter.run, .{ .name = capability.exported });
        }
    }
}

/// Between a function of the SDK for C and one of the author's.
fn Adapter(comptime capability: type, comptime own: anytype) type {
    return struct {
        fn run(raw_call: *c.palisade_call, raw: *const capability.Raw) callconv(.c) c.palisade_result {
            const call: Call = .{ .raw = raw_call };
            const result = answer(call, raw) catch |failure| {
                // Who fails with something else has not said why.
                if (failure != error.Failed) call.fail("the provider failed: {s}", .{@errorName(failure)}) catch {};
                return c.PALISADE_FAILED;
            };
            return switch (result) {
                .done => c.PALISADE_DONE,
                .more => c.PALISADE_MORE,
            };
        }

        fn answer(call: Call, raw: *const capability.Raw) anyerror!Turn {
            const given = try own(call, try capability.lift(call.allocator(), raw));
            return if (@TypeOf(given) == Turn) given else .done;
        }
    };
}
