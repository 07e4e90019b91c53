//! Finds profanity by a list of words.

const palisade = @import("palisade");
const std = @import("std");

const list = [_][]const u8{ "damn", "heck" };

pub const provider: palisade.Provider = .{
    .name = "my-provider",
    .summary = "Finds profanity by a list of words.",
    .models = &.{.{ .id = "words", .prices = &.{} }},
};

pub fn moderation(call: palisade.Call, request: palisade.moderation.Request) !void {
    for (request.items, 0..) |item, index| switch (item) {
        .text => |text| {
            const found = isProfane(text);
            call.addCategory(index, "profanity", found, if (found) 1 else 0);
        },
        .media => return call.unsupported("media"),
    };
}

/// Whether a text holds a word of the list.
fn isProfane(text: []const u8) bool {
    var words = std.mem.tokenizeAny(u8, text, " \t\r\n.,;:!?");
    while (words.next()) |word| {
        for (list) |listed| if (std.ascii.eqlIgnoreCase(word, listed)) return true;
    }
    return false;
}

comptime {
    palisade.serve(@This());
}

test "a word of the list is flagged" {
    const call = palisade.testing.begin("words");
    defer palisade.testing.end(call);
    try moderation(call, .{ .items = &.{ .{ .text = "a red fox" }, .{ .text = "what the heck!" } } });
    try std.testing.expect(!palisade.testing.flagged(call, 0) and palisade.testing.flagged(call, 1));
}
