//! Turns texts into vectors by the letters that they hold.

const palisade = @import("palisade");
const std = @import("std");

const letters = 26;

pub const provider: palisade.Provider = .{
    .name = "my-provider",
    .summary = "Turns texts into vectors by the letters that they hold.",
    .models = &.{.{ .id = "letters", .prices = &.{} }},
};

pub fn embedding(call: palisade.Call, request: palisade.embedding.Request) !void {
    for (request.items) |item| switch (item) {
        .text => |text| call.addVector(&vector(text)),
        .media => return call.unsupported("media"),
    };
}

/// How often each letter comes, as a vector of length 1.
fn vector(text: []const u8) [letters]f32 {
    var counts: [letters]f32 = @splat(1);
    for (text) |byte| {
        const letter = std.ascii.toLower(byte) -% 'a';
        if (letter < letters) counts[letter] += 1;
    }
    const all: @Vector(letters, f32) = counts;
    return all / @as(@TypeOf(all), @splat(@sqrt(@reduce(.Add, all * all))));
}

comptime {
    palisade.serve(@This());
}

test "every text has a vector of length 1" {
    const call = palisade.testing.begin("letters");
    defer palisade.testing.end(call);
    try embedding(call, .{ .items = &.{ .{ .text = "a red fox" }, .{ .text = "" } } });
    for (0..2) |item| {
        var sum: f32 = 0;
        for (palisade.testing.vector(call, item).?) |number| sum += number * number;
        try std.testing.expectApproxEqAbs(1, sum, 1e-5);
    }
}
