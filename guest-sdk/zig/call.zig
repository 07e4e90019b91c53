//! A call, from its request to its answer.

const std = @import("std");
const c = @import("palisade_c");
const capabilities = @import("capabilities.zig");
const jobs = @import("jobs.zig");

pub const Failed = error{ Failed, OutOfMemory };

const Level = enum(c.palisade_level) { trace = c.PALISADE_TRACE, debug = c.PALISADE_DEBUG, info = c.PALISADE_INFO, warn = c.PALISADE_WARN, @"error" = c.PALISADE_ERROR };

pub const Call = struct {
    raw: *c.palisade_call,

    /// The model to use.
    pub fn model(call: Call) [:0]const u8 {
        return std.mem.span(call.raw.model);
    }

    /// Whether to fail where a parameter would be ignored or adjusted.
    pub fn strict(call: Call) bool {
        return call.raw.strict;
    }

    /// The same key means the same request.
    pub fn idempotencyKey(call: Call) [:0]const u8 {
        return std.mem.span(call.raw.idempotency_key);
    }

    /// The JSON of one of the provider's own parameters; null when it was not given.
    pub fn option(call: Call, key: [:0]const u8) ?[:0]const u8 {
        return spanned(c.palisade_option(call.raw, key));
    }

    /// Memory that is there until the call has ended.
    pub fn allocator(call: Call) std.mem.Allocator {
        return .{ .ptr = call.raw, .vtable = &.{
            .alloc = alloc,
            .resize = std.mem.Allocator.noResize,
            .remap = std.mem.Allocator.noRemap,
            .free = std.mem.Allocator.noFree,
        } };
    }

    /// What is yours from turn to turn of an answer in pieces: made with `initial` in the first.
    pub fn state(call: Call, comptime State: type, initial: State) Failed!*State {
        if (call.raw.state) |present| return @ptrCast(@alignCast(present));
        const own = try call.allocator().create(State);
        own.* = initial;
        call.raw.state = own;
        return own;
    }

    /// Text, until the call has ended.
    pub fn format(call: Call, comptime template: []const u8, values: anytype) Failed![:0]const u8 {
        return std.fmt.allocPrintSentinel(call.allocator(), template, values, 0);
    }

    // ------------------------------------------------------------------------------------------------------------------ Failures

    /// The request is wrong for every provider.
    pub fn invalidInput(call: Call, field: [:0]const u8, comptime why: []const u8, values: anytype) Failed {
        _ = c.palisade_invalid_input(call.raw, field, "%s", (try call.format(why, values)).ptr);
        return error.Failed;
    }

    /// The request is right, but larger than this model takes.
    pub fn limitExceeded(call: Call, field: [:0]const u8, comptime why: []const u8, values: anytype) Failed {
        _ = c.palisade_limit_exceeded(call.raw, field, "%s", (try call.format(why, values)).ptr);
        return error.Failed;
    }

    /// The named parameter or feature is not available here.
    pub fn unsupported(call: Call, feature: [:0]const u8) Failed {
        _ = c.palisade_unsupported(call.raw, feature);
        return error.Failed;
    }

    /// The content was refused; the category, when there is one.
    pub fn contentPolicy(call: Call, category: ?[:0]const u8) Failed {
        _ = c.palisade_content_policy(call.raw, if (category) |name| name.ptr else null);
        return error.Failed;
    }

    /// Too many requests.
    pub fn rateLimited(call: Call, retry_after_ms: u32, comptime message: []const u8, values: anytype) Failed {
        _ = c.palisade_rate_limited(call.raw, retry_after_ms, "%s", (try call.format(message, values)).ptr);
        return error.Failed;
    }

    /// The provider itself failed.
    pub fn fail(call: Call, comptime message: []const u8, values: anytype) Failed {
        _ = c.palisade_internal(call.raw, "%s", (try call.format(message, values)).ptr);
        return error.Failed;
    }

    // --------------------------------------------------------------------------------------------------------- Warnings and usage

    /// The named parameter has no effect. Fails where the caller is strict.
    pub fn ignored(call: Call, parameter: [:0]const u8) Failed!void {
        return checked(c.palisade_ignored(call.raw, parameter));
    }

    /// The named parameter was changed to a value. Fails where the caller is strict.
    pub fn adjusted(call: Call, parameter: [:0]const u8, comptime used_value: []const u8, values: anytype) Failed!void {
        return checked(c.palisade_adjusted(call.raw, parameter, "%s", (try call.format(used_value, values)).ptr));
    }

    /// Anything else that the caller should know, in a sentence.
    pub fn note(call: Call, comptime sentence: []const u8, values: anytype) Failed!void {
        return checked(c.palisade_note(call.raw, "%s", (try call.format(sentence, values)).ptr));
    }

    /// What the call used of a unit, where it is not what the SDK counts by itself.
    pub fn used(call: Call, unit: [:0]const u8, quantity: f64) void {
        _ = c.palisade_used(call.raw, unit, quantity);
    }

    // -------------------------------------------------------------------------------------------------------------------- Answers

    /// More of the text of a reply.
    pub fn say(call: Call, comptime template: []const u8, values: anytype) Failed!void {
        _ = c.palisade_say(call.raw, "%s", (try call.format(template, values)).ptr);
    }

    /// More of the reasoning.
    pub fn think(call: Call, comptime template: []const u8, values: anytype) Failed!void {
        _ = c.palisade_reason(call.raw, "%s", (try call.format(template, values)).ptr);
    }

    /// More of a tool call: `id` and `name` come with its first piece.
    pub fn callTool(call: Call, index: u32, id: ?[:0]const u8, name: ?[:0]const u8, arguments: [:0]const u8) void {
        _ = c.palisade_call_tool(call.raw, index, pointer(id), pointer(name), arguments);
    }

    /// Why a reply ends, where it is not that it is complete.
    pub fn finish(call: Call, why: enum { stop, length, tool_calls, withheld }) void {
        _ = c.palisade_finish(call.raw, @intFromEnum(why));
    }

    /// Adds the vector of the next item.
    pub fn addVector(call: Call, numbers: []const f32) void {
        _ = c.palisade_add_vector(call.raw, numbers.ptr, numbers.len);
    }

    /// Scores a document: higher is better.
    pub fn addScore(call: Call, document: usize, score: f64) void {
        _ = c.palisade_add_score(call.raw, document, score);
    }

    /// Says of an item how much of a category there is in it, 0 to 1, and whether that is too much.
    pub fn addCategory(call: Call, item: usize, name: [:0]const u8, flagged: bool, score: f64) void {
        _ = c.palisade_add_category(call.raw, item, name, flagged, score);
    }

    /// Adds a picture.
    pub fn addImage(call: Call, image: capabilities.Image) void {
        _ = c.palisade_add_image(call.raw, .{
            .media_type = image.media_type,
            .data = image.data.ptr,
            .size = image.data.len,
            .width = image.width orelse 0,
            .height = image.height orelse 0,
            .seed = if (image.seed) |*seed| seed else null,
            .revised_prompt = pointer(image.revised_prompt),
        });
    }

    /// All that was read or said, as one text.
    pub fn text(call: Call, comptime template: []const u8, values: anytype) Failed!void {
        _ = c.palisade_text(call.raw, "%s", (try call.format(template, values)).ptr);
    }

    /// Adds something that was found in a picture.
    pub fn addFinding(call: Call, finding: capabilities.Finding) void {
        _ = c.palisade_add_finding(call.raw, .{
            .text = finding.text,
            .kind = finding.kind,
            .confidence = if (finding.confidence) |*confidence| confidence else null,
            .x = finding.region.x,
            .y = finding.region.y,
            .width = finding.region.width,
            .height = finding.region.height,
        });
    }

    /// Adds a piece of a speech.
    pub fn addSegment(call: Call, segment: capabilities.Segment) void {
        _ = c.palisade_add_segment(call.raw, .{
            .text = segment.text,
            .start = segment.start,
            .end = segment.end,
            .speaker = pointer(segment.speaker),
        });
    }

    /// The language of a speech, and how long the sound is; 0 where that is not known.
    pub fn speech(call: Call, language: ?[:0]const u8, seconds: f64) void {
        _ = c.palisade_speech(call.raw, pointer(language), seconds);
    }

    /// Says what sound is made, before the first piece of it.
    pub fn sound(call: Call, media_type: [:0]const u8) void {
        _ = c.palisade_sound(call.raw, media_type);
    }

    /// Adds a piece of the file.
    pub fn addSound(call: Call, data: []const u8) void {
        _ = c.palisade_add_sound(call.raw, data.ptr, data.len);
    }

    /// The output of a task, as anything that becomes JSON.
    pub fn output(call: Call, value: anytype) Failed!void {
        _ = c.palisade_output(call.raw, "%s", (try call.format("{f}", .{std.json.fmt(value, .{})})).ptr);
    }

    /// Adds a file to what a task gives.
    pub fn addMedia(call: Call, media_type: [:0]const u8, data: []const u8) void {
        _ = c.palisade_add_media(call.raw, media_type, data.ptr, data.len);
    }

    // ----------------------------------------------------------------------------------------------------------------------- Jobs

    /// What finds submitted work again: with the warnings of the call at most 4 KiB. It must not hold a secret.
    pub fn ticket(call: Call, comptime template: []const u8, values: anytype) Failed!void {
        _ = c.palisade_ticket(call.raw, "%s", (try call.format(template, values)).ptr);
    }

    /// The job waits.
    pub fn jobQueued(call: Call, known: jobs.Progress) void {
        call.onItsWay(c.palisade_job_queued, known);
    }

    /// The job runs.
    pub fn jobRunning(call: Call, known: jobs.Progress) void {
        call.onItsWay(c.palisade_job_running, known);
    }

    fn onItsWay(call: Call, told: anytype, known: jobs.Progress) void {
        var preview: c.palisade_media = .{};
        if (known.preview) |file| {
            preview = .{ .media_type = file.media_type, .inline_data = file.data.ptr, .inline_size = file.data.len };
        }
        _ = told(call.raw, .{
            .permille = if (known.permille) |*number| number else null,
            .queue_position = if (known.queue_position) |*number| number else null,
            .eta_ms = if (known.eta_ms) |*number| number else null,
            .preview = if (known.preview == null) null else &preview,
        });
    }

    /// The job has failed for good: `try call.jobFailed(call.contentPolicy(null))`.
    pub fn jobFailed(call: Call, failure: Failed) Failed!void {
        if (failure != error.Failed) return failure;
        _ = c.palisade_job_failed(call.raw, c.PALISADE_FAILED);
    }

    /// The job was cancelled. What is billed all the same is told with `used`.
    pub fn jobCancelled(call: Call) void {
        _ = c.palisade_job_cancelled(call.raw);
    }

    /// The upstream does not know the job any more.
    pub fn jobExpired(call: Call) void {
        _ = c.palisade_job_expired(call.raw);
    }

    /// Adds a film to what a job has made; a picture is added with `addImage`.
    pub fn addVideo(call: Call, video: jobs.Video) void {
        _ = c.palisade_add_video(call.raw, .{
            .media_type = video.media_type,
            .data = video.data.ptr,
            .size = video.data.len,
            .width = video.width orelse 0,
            .height = video.height orelse 0,
            .seconds = video.seconds orelse 0,
            .seed = if (video.seed) |*seed| seed else null,
            .revised_prompt = pointer(video.revised_prompt),
        });
    }

    /// The job that is to be cancelled is done already. Who says nothing says that it stops.
    pub fn tooLate(call: Call) void {
        _ = c.palisade_too_late(call.raw);
    }

    /// The upstream cannot cancel it.
    pub fn cannotCancel(call: Call) void {
        _ = c.palisade_cannot_cancel(call.raw);
    }

    // ------------------------------------------------------------------------------------------------------------------- Services

    /// All bytes of a file of the request.
    pub fn read(call: Call, media: capabilities.Media) Failed![]const u8 {
        var bytes: c.palisade_bytes = undefined;
        try checked(c.palisade_read(call.raw, media.raw, &bytes));
        return sliced(bytes);
    }

    /// A setting of the operator; null when it is not set.
    pub fn config(call: Call, key: [:0]const u8) ?[:0]const u8 {
        return spanned(c.palisade_config(call.raw, key));
    }

    /// Tells the log of the host.
    pub fn log(call: Call, level: Level, comptime template: []const u8, values: anytype) Failed!void {
        c.palisade_log(@intFromEnum(level), "%s", (try call.format(template, values)).ptr);
    }

    /// Tells whoever waits how far the work is, in thousandths.
    pub fn progress(_: Call, permille: u32, message: ?[:0]const u8) void {
        c.palisade_progress(permille, pointer(message));
    }

    /// What the provider keeps from call to call; null where there is nothing.
    pub fn get(call: Call, key: [:0]const u8) Failed!?[]const u8 {
        var bytes: c.palisade_bytes = undefined;
        try checked(c.palisade_get(call.raw, key, &bytes));
        return if (bytes.data == null) null else sliced(bytes);
    }

    /// Keeps a value.
    pub fn set(call: Call, key: [:0]const u8, value: []const u8) Failed!void {
        return checked(c.palisade_set(call.raw, key, value.ptr, value.len));
    }

    /// Forgets a value.
    pub fn delete(call: Call, key: [:0]const u8) Failed!void {
        return checked(c.palisade_delete(call.raw, key));
    }

    /// Asks an upstream. Where there is no answer, the call fails as the host says why.
    pub fn http(call: Call, request: HttpRequest) Failed!HttpResponse {
        const headers = try call.allocator().alloc(c.palisade_header, request.headers.len + 1);
        for (request.headers, headers[0..request.headers.len]) |given, *raw| raw.* = .{ .name = given.name, .value = given.value };
        headers[request.headers.len] = .{};
        var response: HttpResponse = .{ .call = call, .raw = undefined };
        try checked(c.palisade_http(call.raw, .{
            .method = request.method,
            .url = request.url,
            .headers = headers.ptr,
            .body = request.body.ptr,
            .body_size = request.body.len,
            .credential = pointer(request.credential),
            .first_byte_ms = request.first_byte_ms,
        }, &response.raw));
        return response;
    }

    /// Has the host download a file that an upstream made, of at most so many bytes, under the same grants. `read` gives its bytes.
    pub fn fetch(call: Call, url: [:0]const u8, max_bytes: u64) Failed!capabilities.Media {
        const media = try call.allocator().create(c.palisade_media);
        try checked(c.palisade_fetch(call.raw, url, max_bytes, media));
        return .{ .raw = media };
    }
};

/// A header line.
pub const Header = struct { name: [:0]const u8, value: [:0]const u8 };

/// A request to an upstream.
pub const HttpRequest = struct {
    method: [:0]const u8 = "GET",
    /// An absolute https address.
    url: [:0]const u8,
    headers: []const Header = &.{},
    body: []const u8 = "",
    /// The credential that the host attaches.
    credential: ?[:0]const u8 = null,
    /// Milliseconds that the upstream may take to answer; 0 for what is left of the call.
    first_byte_ms: u32 = 0,
};

/// An answer of an upstream.
pub const HttpResponse = struct {
    call: Call,
    raw: c.palisade_http_response,

    pub fn status(response: HttpResponse) u16 {
        return response.raw.status;
    }

    /// A header, by its name in lower case.
    pub fn header(response: HttpResponse, name: [:0]const u8) ?[:0]const u8 {
        return spanned(c.palisade_http_header(&response.raw, name));
    }

    /// All the rest of the body.
    pub fn body(response: HttpResponse) Failed![]const u8 {
        var bytes: c.palisade_bytes = undefined;
        try checked(c.palisade_http_body(response.call.raw, &response.raw, &bytes));
        return sliced(bytes);
    }

    /// Fails as the status means.
    pub fn failed(response: HttpResponse) Failed {
        _ = c.palisade_http_failed(response.call.raw, &response.raw);
        return error.Failed;
    }
};

fn checked(result: c.palisade_result) Failed!void {
    if (result == c.PALISADE_FAILED) return error.Failed;
}

fn sliced(bytes: c.palisade_bytes) []const u8 {
    return if (bytes.size == 0) "" else bytes.data[0..bytes.size];
}

fn pointer(text: ?[:0]const u8) [*c]const u8 {
    return if (text) |present| present.ptr else null;
}

fn spanned(text: [*c]const u8) ?[:0]const u8 {
    return if (text == null) null else std.mem.span(@as([*:0]const u8, text));
}

fn alloc(context: *anyopaque, length: usize, alignment: std.mem.Alignment, _: usize) ?[*]u8 {
    const call: *c.palisade_call = @ptrCast(@alignCast(context));
    const most = @alignOf(std.c.max_align_t);
    const wanted = alignment.toByteUnits();
    const room = c.palisade_alloc(call, if (wanted > most) length + wanted else length) orelse return null;
    return @ptrFromInt(std.mem.alignForward(usize, @intFromPtr(room), wanted));
}
