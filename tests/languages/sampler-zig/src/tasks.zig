//! The tasks of `custom`.

const palisade = @import("palisade");
const std = @import("std");
const stores = @import("stores.zig").stores;

pub const all = [_]palisade.Task{
    .{ .id = "double", .summary = "Doubles a number.", .input_schema = "{\"type\": \"number\"}", .output_schema = "{\"type\": \"number\"}" },
    .{ .id = "fail", .summary = "Fails as it is told.", .input_schema = "{\"type\": \"string\"}", .output_schema = "{\"type\": \"null\"}" },
    .{ .id = "service", .summary = "Uses a service of the host.", .input_schema = "{\"type\": \"string\"}", .output_schema = "{}" },
    .{ .id = "echo", .summary = "Gives the media back.", .input_schema = "{}", .output_schema = "{}" },
    .{ .id = "reach", .summary = "Asks an upstream.", .input_schema = "{\"type\": \"string\"}", .output_schema = "{}" },
    .{ .id = "fetch", .summary = "Has a file fetched.", .input_schema = "{\"type\": \"string\"}", .output_schema = "{}" },
    .{ .id = "stores", .summary = "Asks the stores that are lent.", .input_schema = "{\"type\": \"string\"}", .output_schema = "{}" },
    .{ .id = "keep", .summary = "Counts its calls.", .input_schema = "{}", .output_schema = "{}" },
};

pub fn custom(call: palisade.Call, request: palisade.custom.Request) !void {
    const Task = enum { double, fail, service, echo, reach, fetch, keep, stores };
    switch (std.meta.stringToEnum(Task, request.task).?) {
        .double => try call.output(2 * try std.fmt.parseFloat(f64, request.input)),
        .fail => {
            try call.log(.@"error", "Error: there is no {s}", .{request.input});
            return error.NothingThere;
        },
        .service => try service(call, try text(call, request)),
        .echo => {
            for (request.media) |media| call.addMedia(media.mediaType(), try call.read(media));
            try call.output(request.media.len);
        },
        .stores => try stores(call, try text(call, request)),
        .reach => try reach(call, try text(call, request)),
        .fetch => {
            const file = try call.fetch(try text(call, request), 1 << 20);
            try call.output(.{ file.mediaType(), (try call.read(file)).len });
        },
        .keep => {
            const before = try call.get("count") orelse "0";
            const count = try std.fmt.parseInt(u32, before, 10);
            try call.set("count", try call.format("{d}", .{count + 1}));
            try call.output(count);
        },
    }
}

fn text(call: palisade.Call, request: palisade.custom.Request) ![:0]const u8 {
    const parsed = try std.json.parseFromSliceLeaky([]const u8, call.allocator(), request.input, .{});
    return call.allocator().dupeSentinel(u8, parsed, 0);
}

fn service(call: palisade.Call, name: []const u8) !void {
    const Service = enum { print, time, config, @"key-value" };
    switch (std.meta.stringToEnum(Service, name).?) {
        .print => {
            try call.log(.info, "printed", .{});
            try call.log(.warn, "logged", .{});
            call.progress(500, "half");
        },
        .time => {
            var now: std.c.timespec = undefined;
            if (std.c.clock_gettime(.REALTIME, &now) != 0) return error.NoClock;
            var random: [8]u8 = undefined;
            if (std.os.wasi.random_get(&random, random.len) != .SUCCESS) return error.NoEntropy;
            return call.output(.{ now.sec, null, std.mem.readInt(u32, random[0..4], .little) });
        },
        .config => return call.output(call.config("footer") orelse "none"),
        .@"key-value" => try call.set("key", "value"),
    }
    try call.output(null);
}

fn reach(call: palisade.Call, url: [:0]const u8) !void {
    const response = try call.http(.{
        .method = "POST",
        .url = url,
        .headers = &.{.{ .name = "x-mine", .value = "1" }},
        .body = "fox",
        .credential = "key",
    });
    if (response.status() >= 400) return response.failed();
    call.addMedia("text/plain", try response.body());
    try call.output(.{ response.status(), response.header("x-colour"), palisade.c.palisade_has_credential("key") });
}
