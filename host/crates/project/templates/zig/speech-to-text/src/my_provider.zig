//! Writes a word for every beep.

const palisade = @import("palisade");
const std = @import("std");

/// What is louder than this is no silence.
const loud = 1000;

pub const provider: palisade.Provider = .{
    .name = "my-provider",
    .summary = "Writes a word for every beep.",
    .models = &.{.{ .id = "beeps", .input_types = &.{"audio/wav"}, .prices = &.{} }},
};

pub fn speech_to_text(call: palisade.Call, request: palisade.speech_to_text.Request) !void {
    const sound = Sound.find(try call.read(request.audio)) orelse {
        return call.invalidInput("audio", "must be a WAV file with one channel of 16-bit samples", .{});
    };
    const words = try call.allocator().alloc([]const u8, sound.beeps());
    @memset(words, "beep");
    try call.text("{s}", .{try std.mem.join(call.allocator(), " ", words)});
    call.speech(null, sound.seconds());
}

/// What a WAV file with one channel of 16 bits holds.
const Sound = struct {
    rate: u32,
    samples: []align(1) const i16,

    /// Finds it chunk by chunk.
    fn find(file: []const u8) ?Sound {
        if (file.len < 12 or !std.mem.eql(u8, file[0..4], "RIFF") or !std.mem.eql(u8, file[8..12], "WAVE")) return null;
        var rate: u32 = 0;
        var rest = file[12..];
        while (rest.len >= 8) {
            const size = @min(std.mem.readInt(u32, rest[4..8], .little), rest.len - 8);
            const name, const chunk = .{ rest[0..4], rest[8..][0..size] };
            if (std.mem.eql(u8, name, "fmt ") and size >= 16) {
                if (!std.mem.eql(u8, chunk[0..4], "\x01\x00\x01\x00") or std.mem.readInt(u16, chunk[14..16], .little) != 16) return null;
                rate = std.mem.readInt(u32, chunk[4..8], .little);
            } else if (std.mem.eql(u8, name, "data")) {
                return if (rate == 0) null else .{ .rate = rate, .samples = std.mem.bytesAsSlice(i16, chunk[0 .. size / 2 * 2]) };
            }
            // Chunks have an even length.
            rest = rest[@min(8 + size + size % 2, rest.len)..];
        }
        return null;
    }

    /// How often it is loud after a pause.
    fn beeps(sound: Sound) usize {
        const pause = sound.rate / 50;
        var count: usize = 0;
        var silent: usize = pause;
        for (sound.samples) |sample| {
            const is_loud = @abs(sample) > loud;
            if (is_loud and silent >= pause) count += 1;
            silent = if (is_loud) 0 else silent + 1;
        }
        return count;
    }

    fn seconds(sound: Sound) f64 {
        return @as(f64, @floatFromInt(sound.samples.len)) / @as(f64, @floatFromInt(sound.rate));
    }
};

comptime {
    palisade.serve(@This());
}

const testing = palisade.testing;

/// The head of a file of 1200 samples, 8000 a second.
const head = "RIFF....WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data\x60\x09\x00\x00";

fn hear(call: palisade.Call, file: []const u8) !void {
    try speech_to_text(call, .{ .audio = try testing.media(call, "audio/wav", file) });
}

test "every beep is a word" {
    const call = testing.begin("beeps");
    defer testing.end(call);
    const tone: [800]u8 = @splat('~');
    const silence: [800]u8 = @splat(0);
    try hear(call, head ++ silence ++ silence ++ silence);
    try std.testing.expectEqualStrings("", testing.said(call));
    try hear(call, head ++ tone ++ silence ++ tone);
    try std.testing.expectEqualStrings("beep beep", testing.said(call));
    try std.testing.expectEqual(0.15, testing.seconds(call));
}

test "what is no sound is refused" {
    const call = testing.begin("beeps");
    defer testing.end(call);
    for (0..head.len) |size| try std.testing.expectError(error.Failed, hear(call, head[0..size]));
    try std.testing.expectError(error.Failed, hear(call, "RIFF....WAVEdata\xff\xff\xff\xff"));
}
