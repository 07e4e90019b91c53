//! Washes a drawing in the colour that the prompt names.

const palisade = @import("palisade");
const std = @import("std");

const svg = "image/svg+xml";
const letters = "abcdefghijklmnopqrstuvwxyz";

pub const provider: palisade.Provider = .{
    .name = "my-provider",
    .summary = "Washes a drawing in the colour that the prompt names.",
    .models = &.{.{ .id = "wash", .input_types = &.{svg}, .output_types = &.{svg}, .prices = &.{} }},
};

pub fn image_edit(call: palisade.Call, request: palisade.image_edit.Request) !void {
    const colour = std.mem.trim(u8, request.prompt, " \t\r\n");
    if (colour.len == 0 or std.mem.indexOfNone(u8, colour, letters) != null) {
        return call.invalidInput("prompt", "must be the name of a colour", .{});
    }
    const drawing = try call.read(request.images[0]);
    const end = std.mem.lastIndexOf(u8, drawing, "</svg>") orelse {
        return call.invalidInput("images[0]", "must be an SVG file", .{});
    };
    const washed = try call.format(
        \\{s}<rect width="100%" height="100%" fill="{s}" opacity="0.4"/>{s}
    , .{ drawing[0..end], colour, drawing[end..] });
    call.addImage(.{ .media_type = svg, .data = washed });
}

comptime {
    palisade.serve(@This());
}

const testing = palisade.testing;

fn edit(call: palisade.Call, prompt: palisade.Text, drawing: []const u8) !void {
    try image_edit(call, .{ .prompt = prompt, .images = &.{try testing.media(call, svg, drawing)} });
}

test "the wash is over all of it" {
    const call = testing.begin("wash");
    defer testing.end(call);
    try edit(call, " tomato\n", "<svg><svg></svg></svg>\n");
    try std.testing.expectEqualStrings(
        \\<svg><svg></svg><rect width="100%" height="100%" fill="tomato" opacity="0.4"/></svg>
        \\
    , testing.image(call, 0).?);
}

test "what is no colour or no drawing is refused" {
    for ([_][2]palisade.Text{ .{ "\"/>", "<svg></svg>" }, .{ "", "<svg></svg>" }, .{ "tomato", "GIF89a" } }) |refused| {
        const call = testing.begin("wash");
        defer testing.end(call);
        try std.testing.expectError(error.Failed, edit(call, refused[0], refused[1]));
    }
}
