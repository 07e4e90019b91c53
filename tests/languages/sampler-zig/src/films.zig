//! Work that takes longer than a call.

const palisade = @import("palisade");
const std = @import("std");

const film = "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom";

/// What becomes of a film, by what it shows.
const Prompt = enum { wait, queue, fail, stop, expire };

pub fn text_to_video(call: palisade.Call, request: palisade.text_to_video.Request) !void {
    if (std.mem.eql(u8, request.prompt, "refuse")) return call.invalidInput("prompt", "it asks to be refused", .{});
    try call.ticket("{d} {s}", .{ request.seconds orelse 0, request.prompt });
}

pub fn image_to_video(call: palisade.Call, request: palisade.image_to_video.Request) !void {
    const seconds = request.seconds orelse 0;
    if (request.prompt) |prompt| return call.ticket("{d} {s}", .{ seconds, prompt });
    try call.ticket("{d} {d} bytes", .{ seconds, (try call.read(request.first_frame)).len });
}

pub fn poll(call: palisade.Call, ticket: palisade.Text) !void {
    const end = std.mem.indexOfScalar(u8, ticket, ' ').?;
    const seconds = try std.fmt.parseFloat(f32, ticket[0..end]);
    const prompt = ticket[end + 1 ..];
    switch (std.meta.stringToEnum(Prompt, prompt) orelse return made(call, seconds, prompt)) {
        .wait => call.jobRunning(.{ .permille = 500, .eta_ms = 1000, .preview = .{
            .media_type = "image/svg+xml",
            .data = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        } }),
        .queue => call.jobQueued(.{ .queue_position = 3 }),
        .fail => try call.jobFailed(call.rateLimited(1500, "slow down", .{})),
        .stop => {
            call.used("video-second", 1);
            call.jobCancelled();
        },
        .expire => call.jobExpired(),
    }
}

fn made(call: palisade.Call, seconds: f32, prompt: palisade.Text) !void {
    call.used("video-second", if (seconds > 0) seconds else 1);
    try call.note("grainy", .{});
    call.addVideo(.{ .media_type = "video/mp4", .data = film, .width = 64, .height = 32, .seconds = seconds, .revised_prompt = prompt });
}

pub fn cancel(call: palisade.Call, ticket: palisade.Text) !void {
    if (!std.mem.endsWith(u8, ticket, " wait")) call.tooLate();
}
