//! Has a server make films of pictures, which takes longer than a call.

const palisade = @import("palisade");
const std = @import("std");

const server = "https://films.example.com/v1";
const key = "api-key";

pub const provider: palisade.Provider = .{
    .name = "my-provider",
    .summary = "Has a server make films of pictures.",
    .hosts = &.{"films.example.com"},
    .credential_names = &.{key},
    .models = &.{.{
        .id = "film",
        .params = &.{.{ .name = "seconds", .values = .{ .number = .{ .min = 1, .max = 10 } } }},
        .input_types = &.{"image/*"},
        .output_types = &.{"video/mp4"},
    }},
};

/// What the server calls a film, or a picture.
const Named = struct { id: []const u8 };

/// What the server says of a film.
const Film = struct { state: []const u8, permille: ?u32 = null, seconds: f32 = 0, reason: []const u8 = "" };

pub fn image_to_video(call: palisade.Call, request: palisade.image_to_video.Request) !void {
    // The server takes the picture first, which costs nothing.
    const picture = try answer(call, .{
        .method = "POST",
        .url = server ++ "/pictures",
        .headers = &.{.{ .name = "content-type", .value = request.first_frame.mediaType() }},
        .body = try call.read(request.first_frame),
    });
    const wanted = .{ .picture = (try parsed(Named, call, picture)).id, .prompt = request.prompt, .seconds = request.seconds orelse 5 };
    // The same key means the same film: nobody pays twice.
    const body = try answer(call, .{
        .method = "POST",
        .url = server ++ "/films",
        .headers = &.{ .{ .name = "content-type", .value = "application/json" }, .{ .name = "idempotency-key", .value = call.idempotencyKey() } },
        .body = try call.format("{f}", .{std.json.fmt(wanted, .{})}),
    });
    try call.ticket("{s}", .{(try parsed(Named, call, body)).id});
}

pub fn poll(call: palisade.Call, ticket: palisade.Text) !void {
    const film = try parsed(Film, call, try get(call, "films/{s}", .{ticket}));
    if (std.mem.eql(u8, film.state, "failed")) return call.jobFailed(call.fail("the server failed: {s}", .{film.reason}));
    if (!std.mem.eql(u8, film.state, "done")) return call.jobRunning(.{ .permille = film.permille });
    call.used("video-second", film.seconds);
    call.addVideo(.{ .media_type = "video/mp4", .data = try get(call, "films/{s}/file", .{ticket}), .seconds = film.seconds });
}

/// What the server answers to a request.
fn answer(call: palisade.Call, request: palisade.HttpRequest) ![]const u8 {
    var sent = request;
    sent.credential = key;
    const response = try call.http(sent);
    return if (response.status() < 400) response.body() else response.failed();
}

/// What the server has at a path.
fn get(call: palisade.Call, comptime path: []const u8, values: anytype) ![]const u8 {
    return answer(call, .{ .url = try call.format(server ++ "/" ++ path, values) });
}

fn parsed(comptime Answer: type, call: palisade.Call, json: []const u8) !Answer {
    return std.json.parseFromSliceLeaky(Answer, call.allocator(), json, .{ .ignore_unknown_fields = true });
}

comptime {
    palisade.serve(@This());
}

const testing = palisade.testing;

test "a film is submitted, and fetched when it is done" {
    testing.answer(200, "{\"id\": \"p1\"}");
    testing.answer(200, "{\"id\": \"7\"}");
    const call = testing.begin("film");
    defer testing.end(call);
    try image_to_video(call, .{ .first_frame = try testing.media(call, "image/png", "fox"), .prompt = "it runs" });
    try std.testing.expectEqualStrings("POST https://films.example.com/v1/pictures fox", testing.asked(0).?);
    try std.testing.expectEqualStrings(
        "POST https://films.example.com/v1/films {\"picture\":\"p1\",\"prompt\":\"it runs\",\"seconds\":5}",
        testing.asked(1).?,
    );

    testing.answer(200, "{\"state\": \"running\", \"permille\": 500}");
    const running = testing.begin("film");
    defer testing.end(running);
    try poll(running, testing.kept(running, call).?);
    try std.testing.expectEqualStrings("running", testing.job(running).?);
    try std.testing.expectEqual(500, testing.permille(running).?);

    testing.answer(200, "{\"state\": \"done\", \"seconds\": 5}");
    testing.answer(200, "film");
    const done = testing.begin("film");
    defer testing.end(done);
    try poll(done, testing.kept(done, call).?);
    try std.testing.expectEqualStrings("succeeded", testing.job(done).?);
    try std.testing.expectEqualStrings("film", testing.video(done, 0).?);
}

test "what fails is told" {
    testing.answer(200, "{\"id\": \"p1\"}");
    testing.answer(429, "slow down");
    const call = testing.begin("film");
    defer testing.end(call);
    try std.testing.expectError(error.Failed, image_to_video(call, .{ .first_frame = try testing.media(call, "image/png", "fox") }));

    testing.answer(200, "{\"state\": \"failed\", \"reason\": \"no fox\"}");
    const failed = testing.begin("film");
    defer testing.end(failed);
    try poll(failed, "7");
    try std.testing.expectEqualStrings("failed", testing.job(failed).?);
    try std.testing.expect(std.mem.indexOf(u8, testing.failure(failed).?, "no fox") != null);
}
