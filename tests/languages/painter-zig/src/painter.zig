//! Takes longer than a call to paint: `text-to-image` as a job.

const palisade = @import("palisade");
const std = @import("std");

pub const provider: palisade.Provider = .{
    .name = "painter",
    .models = &.{.{ .id = "slow", .prices = &.{}, .params = &.{palisade.seed}, .output_types = &.{"image/svg+xml"} }},
};

/// What finds the pictures again.
const Ticket = struct { prompt: []const u8, n: u32, size: [2]u32, seed: ?u64 };

pub fn text_to_image_job(call: palisade.Call, request: palisade.text_to_image.Request) !void {
    const size = if (request.size == .pixels) request.size.pixels else .{ 64, 32 };
    const ticket: Ticket = .{ .prompt = request.prompt, .n = request.n, .size = size, .seed = request.seed };
    try call.ticket("{f}", .{std.json.fmt(ticket, .{})});
}

pub fn poll(call: palisade.Call, text: palisade.Text) !void {
    const ticket = try std.json.parseFromSliceLeaky(Ticket, call.allocator(), text, .{});
    const svg = try call.format("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{d}\" height=\"{d}\"/>", .{ ticket.size[0], ticket.size[1] });
    const prompt = try call.allocator().dupeSentinel(u8, ticket.prompt, 0);
    for (0..ticket.n) |_| call.addImage(.{
        .media_type = "image/svg+xml",
        .data = svg,
        .width = ticket.size[0],
        .height = ticket.size[1],
        .seed = ticket.seed,
        .revised_prompt = prompt,
    });
    call.used("image", @floatFromInt(ticket.n));
}

comptime {
    palisade.serve(@This());
}
