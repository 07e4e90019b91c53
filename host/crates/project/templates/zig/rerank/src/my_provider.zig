//! Orders documents by how many words they share with the query.

const palisade = @import("palisade");
const std = @import("std");

pub const provider: palisade.Provider = .{
    .name = "my-provider",
    .summary = "Orders documents by how many words they share with the query.",
    .models = &.{.{ .id = "overlap", .prices = &.{} }},
};

pub fn rerank(call: palisade.Call, request: palisade.rerank.Request) !void {
    for (request.documents, 0..) |document, index| {
        var score: f64 = 0;
        var words = std.mem.tokenizeAny(u8, request.query, " \t\r\n");
        while (words.next()) |word| {
            if (hasWord(document, word)) score += 1;
        }
        call.addScore(index, score);
    }
}

fn hasWord(text: []const u8, wanted: []const u8) bool {
    var words = std.mem.tokenizeAny(u8, text, " \t\r\n");
    while (words.next()) |word| {
        if (std.ascii.eqlIgnoreCase(word, wanted)) return true;
    }
    return false;
}

comptime {
    palisade.serve(@This());
}

test "the document with the most words of the query has the highest score" {
    const call = palisade.testing.begin("overlap");
    defer palisade.testing.end(call);
    try rerank(call, .{ .query = "red fox", .documents = &.{ "a grey wolf", "a red fox", "a red hen" } });
    for ([_]f64{ 0, 2, 1 }, 0..) |score, document| {
        try std.testing.expectEqual(score, palisade.testing.score(call, document));
    }
}
