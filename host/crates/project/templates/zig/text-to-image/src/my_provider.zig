//! Draws the prompt in large letters.

const palisade = @import("palisade");
const std = @import("std");

pub const provider: palisade.Provider = .{
    .name = "my-provider",
    .summary = "Draws the prompt in large letters.",
    .models = &.{.{ .id = "letters", .output_types = &.{"image/svg+xml"}, .prices = &.{} }},
};

pub fn text_to_image(call: palisade.Call, request: palisade.text_to_image.Request) !void {
    const width, const height = switch (request.size) {
        .pixels => |size| size,
        .auto => .{ 640, 160 },
        .aspect => |ratio| nearest: {
            const wide = std.math.clamp(160 * @as(u64, ratio[0]) / ratio[1], 1, 16384);
            try call.adjusted("size", "{d}x160", .{wide});
            break :nearest .{ @as(u32, @intCast(wide)), 160 };
        },
    };
    const drawing = try call.format(
        \\<svg xmlns="http://www.w3.org/2000/svg" width="{d}" height="{d}"><text x="50%" y="50%" text-anchor="middle" font-size="{d}">{f}</text></svg>
    , .{ width, height, height / 3, Escaped{ .text = request.prompt } });
    for (0..request.n) |_| {
        call.addImage(.{ .media_type = "image/svg+xml", .data = drawing, .width = width, .height = height });
    }
}

/// A text that means the same in markup.
const Escaped = struct {
    text: []const u8,

    pub fn format(escaped: Escaped, writer: *std.Io.Writer) std.Io.Writer.Error!void {
        for (escaped.text) |byte| switch (byte) {
            '<' => try writer.writeAll("&lt;"),
            '>' => try writer.writeAll("&gt;"),
            '&' => try writer.writeAll("&amp;"),
            else => try writer.writeByte(byte),
        };
    }
};

comptime {
    palisade.serve(@This());
}

test "the prompt is drawn, and nothing of it is markup" {
    const call = palisade.testing.begin("letters");
    defer palisade.testing.end(call);
    try text_to_image(call, .{ .prompt = "<fox>", .n = 2 });
    try std.testing.expect(palisade.testing.image(call, 1) != null);
    try std.testing.expect(std.mem.indexOf(u8, palisade.testing.image(call, 0).?, "&lt;fox&gt;") != null);
}

test "who is strict gets the size that was asked for, or none" {
    const call = palisade.testing.begin("letters");
    defer palisade.testing.end(call);
    call.raw.strict = true;
    try std.testing.expectError(error.Failed, text_to_image(call, .{ .prompt = "fox", .size = .{ .aspect = .{ 16, 9 } } }));
}
