//! Greets whoever speaks to it.

const palisade = @import("palisade");
const std = @import("std");

pub const provider: palisade.Provider = .{
    .name = "hello-zig",
    .summary = "Greets whoever speaks to it.",
    .models = &.{.{ .id = "greeter", .prices = &.{} }},
};

pub fn chat(call: palisade.Call, request: palisade.chat.Request) !void {
    try call.say("Hello, ", .{});
    try call.say("{s}!", .{request.prompt()});
}

comptime {
    palisade.serve(@This());
}

test "whoever speaks is greeted" {
    const call = palisade.testing.begin("greeter");
    defer palisade.testing.end(call);
    try chat(call, try palisade.testing.prompt(call, "World"));
    try std.testing.expectEqualStrings("Hello, World!", palisade.testing.said(call));
}
