//! Enlarges a drawing.

const palisade = @import("palisade");
const std = @import("std");

const svg = "image/svg+xml";

pub const provider: palisade.Provider = .{
    .name = "my-provider",
    .summary = "Enlarges a drawing.",
    .models = &.{.{ .id = "vector", .input_types = &.{svg}, .output_types = &.{svg}, .prices = &.{} }},
};

pub fn image_upscale(call: palisade.Call, request: palisade.image_upscale.Request) !void {
    const drawing = try call.read(request.image);
    const wide, const high = sizeOf(drawing) orelse {
        return call.invalidInput("image", "must be an SVG file with a width and a height in pixels", .{});
    };
    const width, const height = switch (request.scale) {
        .pixels => |size| size,
        .factor => |factor| .{ scaled(wide, factor), scaled(high, factor) },
    };
    // A drawing within a larger one grows with it.
    const larger = try call.format(
        \\<svg xmlns="http://www.w3.org/2000/svg" width="{d}" height="{d}" viewBox="0 0 {d} {d}">{s}</svg>
    , .{ width, height, wide, high, drawing });
    call.addImage(.{ .media_type = svg, .data = larger, .width = width, .height = height });
}

/// The size of a drawing that begins with it in pixels: `<svg width="64" height="48">`.
fn sizeOf(drawing: []const u8) ?[2]u32 {
    const end = std.mem.indexOfScalar(u8, drawing, '>') orelse return null;
    if (!std.mem.startsWith(u8, drawing, "<svg ")) return null;
    return .{ side(drawing[0..end], " width=\"") orelse return null, side(drawing[0..end], " height=\"") orelse return null };
}

fn side(head: []const u8, start: []const u8) ?u32 {
    const found = std.mem.indexOf(u8, head, start) orelse return null;
    return std.fmt.parseInt(u32, std.mem.sliceTo(head[found + start.len ..], '"'), 10) catch null;
}

fn scaled(length: u32, factor: f32) u32 {
    return std.math.lossyCast(u32, @round(@as(f64, @floatFromInt(length)) * factor));
}

comptime {
    palisade.serve(@This());
}

const testing = palisade.testing;

test "a drawing grows as asked" {
    const call = testing.begin("vector");
    defer testing.end(call);
    const drawing =
        \\<svg width="30" height="20"><circle r="9"/></svg>
    ;
    const image = try testing.media(call, svg, drawing);
    try image_upscale(call, .{ .image = image, .scale = .{ .factor = 2.5 } });
    try image_upscale(call, .{ .image = image, .scale = .{ .pixels = .{ 90, 60 } } });
    try image_upscale(call, .{ .image = image, .scale = .{ .factor = 1e30 } });
    for ([_][2]u32{ .{ 75, 50 }, .{ 90, 60 }, @splat(std.math.maxInt(u32)) }, 0..) |size, index| {
        try std.testing.expectEqual(size, testing.imageSize(call, index).?);
    }
    const larger = testing.image(call, 0).?;
    try std.testing.expect(std.mem.indexOf(u8, larger, "width=\"75\" height=\"50\" viewBox=\"0 0 30 20\">" ++ drawing) != null);
}

test "what has no size is refused" {
    const call = testing.begin("vector");
    defer testing.end(call);
    for ([_][]const u8{ "", "<svg></svg>", "<svg width=\"30\"><a height=\"20\"/></svg>", "<svg width=\"30\" height=\"9%\"></svg>" }) |drawing| {
        const image = try testing.media(call, svg, drawing);
        try std.testing.expectError(error.Failed, image_upscale(call, .{ .image = image, .scale = .{ .factor = 2 } }));
    }
}
