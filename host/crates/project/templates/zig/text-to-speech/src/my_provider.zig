//! Beeps once for every word.

const palisade = @import("palisade");
const std = @import("std");

const rate = 8000;
/// Samples of a beep, and of the silence after it.
const tone = rate / 5;

pub const provider: palisade.Provider = .{
    .name = "my-provider",
    .summary = "Beeps once for every word.",
    .models = &.{.{ .id = "beeper", .output_types = &.{"audio/wav"}, .prices = &.{} }},
};

/// Each word is a turn: the host hears the first while the others are not there yet.
pub fn text_to_speech(call: palisade.Call, request: palisade.text_to_speech.Request) !palisade.Turn {
    const left = try call.state(?u32, null);
    if (left.* == null) {
        var words = std.mem.tokenizeAny(u8, request.text, " \t\r\n");
        left.* = 0;
        while (words.next()) |_| left.*.? += 1;
        call.sound("audio/wav");
        call.addSound(&head(left.*.? * 2 * tone * 2));
    }
    if (left.*.? == 0) return .done;
    var samples: [2 * tone]i16 = @splat(0);
    for (samples[0..tone], 0..) |*sample, at| {
        sample.* = @intFromFloat(12000 * @sin(2 * std.math.pi * 660 * @as(f32, @floatFromInt(at)) / rate));
    }
    call.addSound(std.mem.sliceAsBytes(&samples));
    left.*.? -= 1;
    return if (left.*.? == 0) .done else .more;
}

/// The head of a WAV file of so many bytes of samples: 16 bits, mono.
fn head(size: u32) [44]u8 {
    var bytes: [44]u8 = "RIFF....WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00....................".*;
    for ([_]struct { usize, u32 }{ .{ 4, 36 + size }, .{ 24, rate }, .{ 28, 2 * rate }, .{ 32, 16 << 16 | 2 }, .{ 40, size } }) |field| {
        std.mem.writeInt(u32, bytes[field[0]..][0..4], field[1], .little);
    }
    bytes[36..40].* = "data".*;
    return bytes;
}

comptime {
    palisade.serve(@This());
}

test "every word is a beep" {
    const call = palisade.testing.begin("beeper");
    defer palisade.testing.end(call);
    var turns: u32 = 1;
    while (try text_to_speech(call, .{ .text = "a red fox" }) == .more) turns += 1;
    try std.testing.expectEqual(3, turns);
    try std.testing.expectEqual(44 + 3 * 2 * 2 * tone, palisade.testing.sound(call).len);
}
