//! What is made of pictures and sounds.

const palisade = @import("palisade");
const std = @import("std");

pub fn image_to_text(call: palisade.Call, request: palisade.image_to_text.Request) !void {
    const size = try call.format("{d} bytes", .{(try call.read(request.image)).len});
    call.addFinding(.{ .text = size, .kind = "size", .confidence = 0.5, .region = .{ .x = 1, .y = 2, .width = 3, .height = 4 } });
    try call.text("{s}, {s}", .{ request.image.mediaType(), size });
}

pub fn speech_to_text(call: palisade.Call, _: palisade.speech_to_text.Request) !void {
    call.addSegment(.{ .text = "so", .start = 0, .end = 0.5, .speaker = "a" });
    call.addSegment(.{ .text = "far", .start = 1, .end = 2 });
    call.speech("en", 2);
    try call.note("faint", .{});
    try call.text("so far", .{});
}

pub fn image_edit(call: palisade.Call, request: palisade.image_edit.Request) !void {
    const count = request.images.len + @intFromBool(request.mask != null);
    const loud = try call.allocator().dupeSentinel(u8, request.prompt, 0);
    _ = std.ascii.upperString(loud, request.prompt);
    for (request.images[0..@min(request.n, request.images.len)]) |image| {
        call.addImage(.{ .media_type = image.mediaType(), .data = try call.read(image), .seed = count, .revised_prompt = loud });
    }
}

pub fn image_upscale(call: palisade.Call, request: palisade.image_upscale.Request) !void {
    const width: u32, const height: u32 = switch (request.scale) {
        .pixels => |size| size,
        .factor => |factor| .{ @intFromFloat(10 * factor), @intFromFloat(20 * factor) },
    };
    const image = request.image;
    call.addImage(.{ .media_type = image.mediaType(), .data = try call.read(image), .width = width, .height = height, .seed = request.seed });
}
