//! Sums files up in 32 bits.

const palisade = @import("palisade");
const std = @import("std");

pub const provider: palisade.Provider = .{
    .name = "my-provider",
    .summary = "Sums files up in 32 bits.",
    .models = &.{.{ .id = "sums", .input_types = &.{"*/*"}, .prices = &.{} }},
    .tasks = &.{.{
        .id = "crc-32",
        .summary = "The CRC-32 of each file, as gzip and PNG have it.",
        .input_schema =
        \\{"type": "object", "additionalProperties": false}
        ,
        .output_schema =
        \\{"type": "array", "items": {"type": "string", "pattern": "^[0-9a-f]{8}$"}}
        ,
    }},
};

pub fn custom(call: palisade.Call, request: palisade.custom.Request) !void {
    const sums = try call.allocator().alloc([]const u8, request.media.len);
    for (request.media, sums) |file, *sum| {
        sum.* = try call.format("{x:0>8}", .{std.hash.Crc32.hash(try call.read(file))});
    }
    try call.output(sums);
}

comptime {
    palisade.serve(@This());
}

test "every file has its sum" {
    const call = palisade.testing.begin("sums");
    defer palisade.testing.end(call);
    const files = [_]palisade.Media{
        try palisade.testing.media(call, "text/plain", "123456789"),
        try palisade.testing.media(call, "text/plain", ""),
    };
    try custom(call, .{ .task = "crc-32", .input = "{}", .media = &files });
    try std.testing.expectEqualStrings("[\"cbf43926\",\"00000000\"]", palisade.testing.output(call).?);
}
