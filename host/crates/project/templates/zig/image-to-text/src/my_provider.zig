//! Says how large a picture is.

const palisade = @import("palisade");
const std = @import("std");

const signature = "\x89PNG\r\n\x1a\n";
const most_pixels = 100_000_000;

pub const provider: palisade.Provider = .{
    .name = "my-provider",
    .summary = "Says how large a picture is.",
    .models = &.{.{ .id = "measure", .input_types = &.{"image/png"}, .prices = &.{} }},
};

/// Width and height are in the header of the file.
pub fn image_to_text(call: palisade.Call, request: palisade.image_to_text.Request) !void {
    const file = try call.read(request.image);
    if (!std.mem.startsWith(u8, file, signature) or file.len < 24) return call.invalidInput("image", "must be a PNG file", .{});
    const width = std.mem.readInt(u32, file[16..20], .big);
    const height = std.mem.readInt(u32, file[20..24], .big);
    if (@as(u64, width) * height > most_pixels) return call.limitExceeded("image", "at most {d} pixels", .{most_pixels});
    try call.text("{d} x {d} pixels", .{ width, height });
}

comptime {
    palisade.serve(@This());
}

const testing = palisade.testing;
const head = signature ++ "\x00\x00\x00\x0dIHDR";

fn measure(call: palisade.Call, file: []const u8) !void {
    try image_to_text(call, .{ .image = try testing.media(call, "image/png", file) });
}

test "the size is that of the header" {
    const call = testing.begin("measure");
    defer testing.end(call);
    try measure(call, head ++ "\x00\x00\x02\x80\x00\x00\x00\xa0");
    try std.testing.expectEqualStrings("640 x 160 pixels", testing.said(call));
}

test "what is no picture, or is cut off or too large, is refused" {
    const call = testing.begin("measure");
    defer testing.end(call);
    for ([_][]const u8{ "GIF89a", head ++ "\x00\x00\x02\x80\x00\x00\x00", head ++ "\x01\x01\x01\x01\x01\x01\x01\x01" }) |file| {
        try std.testing.expectError(error.Failed, measure(call, file));
    }
    try std.testing.expectEqualStrings("at most 100000000 pixels", testing.failure(call).?);
}
