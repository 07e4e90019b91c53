//! `zig build test` runs the tests on this machine; `palisade build` makes the component, and calls this for it.

const std = @import("std");
const palisade = @import("vendor/palisade/build.zig");

pub fn build(b: *std.Build) void {
    palisade.provider(b, .{ .root = "src/painter.zig" });
}
