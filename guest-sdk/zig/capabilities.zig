//! The capabilities: for each its request, and the function of the SDK for C that serves it.

const std = @import("std");
const c = @import("palisade_c");
const jobs = @import("jobs.zig");

const Allocator = std.mem.Allocator;
const Text = [:0]const u8;

/// A file of a request: `call.read` gives its bytes.
pub const Media = struct {
    raw: *const c.palisade_media,

    /// IANA media type, for example `image/png`.
    pub fn mediaType(media: Media) Text {
        return std.mem.span(@as([*:0]const u8, media.raw.media_type));
    }
};

/// A text, or a file.
pub const Content = union(enum) { text: Text, media: Media };

/// The size of a picture.
pub const Dimensions = union(enum) {
    /// Width and height in pixels.
    pixels: [2]u32,
    /// Width to height.
    aspect: [2]u32,
    /// As the provider likes.
    auto,
};

/// A picture that was made.
pub const Image = struct {
    media_type: Text,
    data: []const u8,
    width: ?u32 = null,
    height: ?u32 = null,
    seed: ?u64 = null,
    revised_prompt: ?Text = null,
};

/// Something that was found in a picture.
pub const Finding = struct {
    /// What it says, and what it is, for example `line` or `qr-code`.
    text: Text,
    kind: Text,
    /// How sure the model is, 0 to 1.
    confidence: ?f64 = null,
    region: struct { x: u32, y: u32, width: u32, height: u32 } = .{ .x = 0, .y = 0, .width = 0, .height = 0 },
};

/// A piece of a speech, with its times in seconds.
pub const Segment = struct { text: Text, start: f64, end: f64, speaker: ?Text = null };

pub const chat = struct {
    pub const exported = "palisade_chat";
    pub const Raw = c.palisade_chat_request;

    pub const Role = enum(c_uint) { system, user, assistant, tool };
    pub const ToolCall = struct { id: Text, name: Text, arguments: Text };
    pub const ToolResult = struct { id: Text, content: Text, is_error: bool };
    pub const Part = union(enum) { text: Text, media: Media, tool_call: ToolCall, tool_result: ToolResult };
    pub const Message = struct { role: Role, parts: []const Part };
    /// `parameters` is JSON Schema.
    pub const Tool = struct { name: Text, description: Text, parameters: Text };
    pub const ToolChoice = union(enum) { auto, none, required, named: Text };

    /// What to answer.
    pub const Request = struct {
        /// The conversation, oldest first. Never empty.
        messages: []const Message,
        tools: []const Tool = &.{},
        tool_choice: ToolChoice = .auto,
        temperature: ?f32 = null,
        top_p: ?f32 = null,
        max_output_tokens: ?u32 = null,
        /// Texts that end the answer.
        stop: []const Text = &.{},
        seed: ?u64 = null,
        /// JSON Schema that the answer must follow.
        response_schema: ?Text = null,

        /// The text of the last message of the user; empty when there is none.
        pub fn prompt(request: Request) Text {
            var index = request.messages.len;
            while (index > 0) {
                index -= 1;
                const message = request.messages[index];
                if (message.role != .user) continue;
                for (message.parts) |part| if (part == .text) return part.text;
                break;
            }
            return "";
        }
    };

    pub fn lift(allocator: Allocator, raw: *const Raw) !Request {
        const messages = try allocator.alloc(Message, raw.message_count);
        for (messages, 0..) |*message, index| {
            const from = raw.messages[index];
            const parts = try allocator.alloc(Part, from.part_count);
            for (parts, 0..) |*part, at| part.* = liftPart(from.parts[at]);
            message.* = .{ .role = @enumFromInt(from.role), .parts = parts };
        }
        const tools = try allocator.alloc(Tool, raw.tool_count);
        for (tools, 0..) |*tool, index| {
            const from = raw.tools[index];
            tool.* = .{ .name = text(from.name), .description = text(from.description), .parameters = text(from.parameters) };
        }
        return .{
            .messages = messages,
            .tools = tools,
            .tool_choice = switch (raw.tool_choice) {
                c.PALISADE_TOOLS_NONE => .none,
                c.PALISADE_TOOLS_REQUIRED => .required,
                c.PALISADE_TOOLS_NAMED => .{ .named = text(raw.tool_named) },
                else => .auto,
            },
            .temperature = value(f32, raw.temperature),
            .top_p = value(f32, raw.top_p),
            .max_output_tokens = value(u32, raw.max_output_tokens),
            .stop = try texts(allocator, raw.stop, raw.stop_count),
            .seed = value(u64, raw.seed),
            .response_schema = optional(raw.response_schema),
        };
    }

    fn liftPart(from: c.palisade_part) Part {
        return switch (from.kind) {
            c.PALISADE_PART_MEDIA => .{ .media = .{ .raw = from.media } },
            c.PALISADE_PART_TOOL_CALL => .{ .tool_call = .{ .id = text(from.id), .name = text(from.name), .arguments = text(from.text) } },
            c.PALISADE_PART_TOOL_RESULT => .{ .tool_result = .{ .id = text(from.id), .content = text(from.text), .is_error = from.is_error } },
            else => .{ .text = text(from.text) },
        };
    }
};

pub const embedding = struct {
    pub const exported = "palisade_embedding";
    pub const Raw = c.palisade_embedding_request;

    /// What to embed: add a vector for each item, in the same order.
    pub const Request = struct { items: []const Content, dimensions: ?u32 = null, task: ?Text = null };

    pub fn lift(allocator: Allocator, raw: *const Raw) !Request {
        return .{
            .items = try contents(allocator, raw.items, raw.item_count),
            .dimensions = value(u32, raw.dimensions),
            .task = optional(raw.task),
        };
    }
};

pub const rerank = struct {
    pub const exported = "palisade_rerank";
    pub const Raw = c.palisade_rerank_request;

    /// What to order: score the documents, in any order.
    pub const Request = struct { query: Text, documents: []const Text, top_n: ?u32 = null };

    pub fn lift(allocator: Allocator, raw: *const Raw) !Request {
        return .{
            .query = text(raw.query),
            .documents = try texts(allocator, raw.documents, raw.document_count),
            .top_n = value(u32, raw.top_n),
        };
    }
};

pub const moderation = struct {
    pub const exported = "palisade_moderation";
    pub const Raw = c.palisade_moderation_request;

    /// What to look at: add a category for each item and each kind that the model knows.
    pub const Request = struct { items: []const Content };

    pub fn lift(allocator: Allocator, raw: *const Raw) !Request {
        return .{ .items = try contents(allocator, raw.items, raw.item_count) };
    }
};

pub const text_to_image = struct {
    pub const exported = "palisade_text_to_image";
    pub const Raw = c.palisade_text_to_image_request;

    /// Which pictures to make.
    pub const Request = struct {
        prompt: Text,
        negative_prompt: ?Text = null,
        n: u32 = 1,
        size: Dimensions = .auto,
        resolution: ?Text = null,
        quality: ?Text = null,
        seed: ?u64 = null,
        output_format: ?Text = null,
        references: []const Media = &.{},
        mask: ?Media = null,
    };

    pub fn lift(allocator: Allocator, raw: *const Raw) !Request {
        return .{
            .prompt = text(raw.prompt),
            .negative_prompt = optional(raw.negative_prompt),
            .n = raw.n,
            .size = dimensions(raw.size),
            .resolution = optional(raw.resolution),
            .quality = optional(raw.quality),
            .seed = value(u64, raw.seed),
            .output_format = optional(raw.output_format),
            .references = try files(allocator, raw.references, raw.reference_count),
            .mask = file(raw.mask),
        };
    }
};

pub const image_edit = struct {
    pub const exported = "palisade_image_edit";
    pub const Raw = c.palisade_image_edit_request;

    /// What to change: the main picture first.
    pub const Request = struct {
        prompt: Text,
        images: []const Media,
        /// White is changed, black is kept.
        mask: ?Media = null,
        negative_prompt: ?Text = null,
        n: u32 = 1,
        size: Dimensions = .auto,
        quality: ?Text = null,
        seed: ?u64 = null,
        output_format: ?Text = null,
    };

    pub fn lift(allocator: Allocator, raw: *const Raw) !Request {
        return .{
            .prompt = text(raw.prompt),
            .images = try files(allocator, raw.images, raw.image_count),
            .mask = file(raw.mask),
            .negative_prompt = optional(raw.negative_prompt),
            .n = raw.n,
            .size = dimensions(raw.size),
            .quality = optional(raw.quality),
            .seed = value(u64, raw.seed),
            .output_format = optional(raw.output_format),
        };
    }
};

pub const image_upscale = struct {
    pub const exported = "palisade_image_upscale";
    pub const Raw = c.palisade_image_upscale_request;

    /// What to enlarge: so many times as wide and high, or to so many pixels.
    pub const Request = struct {
        image: Media,
        scale: union(enum) { factor: f32, pixels: [2]u32 },
        prompt: ?Text = null,
        seed: ?u64 = null,
        output_format: ?Text = null,
    };

    pub fn lift(_: Allocator, raw: *const Raw) !Request {
        return .{
            .image = file(raw.image).?,
            .scale = if (raw.factor > 0) .{ .factor = raw.factor } else .{ .pixels = .{ raw.width, raw.height } },
            .prompt = optional(raw.prompt),
            .seed = value(u64, raw.seed),
            .output_format = optional(raw.output_format),
        };
    }
};

pub const image_to_text = struct {
    pub const exported = "palisade_image_to_text";
    pub const Raw = c.palisade_image_to_text_request;

    /// What to read: give all of it with `call.text`, and the pieces.
    pub const Request = struct {
        image: Media,
        prompt: ?Text = null,
        task: ?Text = null,
        language: ?Text = null,
        max_output_tokens: ?u32 = null,
    };

    pub fn lift(_: Allocator, raw: *const Raw) !Request {
        return .{
            .image = file(raw.image).?,
            .prompt = optional(raw.prompt),
            .task = optional(raw.task),
            .language = optional(raw.language),
            .max_output_tokens = value(u32, raw.max_output_tokens),
        };
    }
};

pub const speech_to_text = struct {
    pub const exported = "palisade_speech_to_text";
    pub const Raw = c.palisade_speech_to_text_request;

    /// What to write down: give all of it with `call.text`, and the pieces where times were asked for.
    pub const Request = struct {
        audio: Media,
        language: ?Text = null,
        prompt: ?Text = null,
        timestamps: ?Text = null,
        speakers: bool = false,
    };

    pub fn lift(_: Allocator, raw: *const Raw) !Request {
        return .{
            .audio = file(raw.audio).?,
            .language = optional(raw.language),
            .prompt = optional(raw.prompt),
            .timestamps = optional(raw.timestamps),
            .speakers = raw.speakers,
        };
    }
};

pub const text_to_speech = struct {
    pub const exported = "palisade_text_to_speech";
    pub const Raw = c.palisade_text_to_speech_request;

    /// What to say.
    pub const Request = struct {
        text: Text,
        voice: ?Text = null,
        speed: ?f32 = null,
        language: ?Text = null,
        instructions: ?Text = null,
        output_format: ?Text = null,
        seed: ?u64 = null,
    };

    pub fn lift(_: Allocator, raw: *const Raw) !Request {
        return .{
            .text = text(raw.text),
            .voice = optional(raw.voice),
            .speed = value(f32, raw.speed),
            .language = optional(raw.language),
            .instructions = optional(raw.instructions),
            .output_format = optional(raw.output_format),
            .seed = value(u64, raw.seed),
        };
    }
};

pub const custom = struct {
    pub const exported = "palisade_custom";
    pub const Raw = c.palisade_custom_request;

    /// What to do: `input` is JSON, which the host has checked by the schema of the task.
    pub const Request = struct { task: Text, input: Text, media: []const Media = &.{} };

    pub fn lift(allocator: Allocator, raw: *const Raw) !Request {
        return .{ .task = text(raw.task), .input = text(raw.input), .media = try files(allocator, raw.media, raw.media_count) };
    }
};

pub const text_to_video = jobs.text_to_video;
pub const image_to_video = jobs.image_to_video;
pub const text_to_image_job = jobs.text_to_image_job;
pub const poll = jobs.poll;
pub const cancel = jobs.cancel;

pub fn text(raw: [*c]const u8) Text {
    return optional(raw) orelse "";
}

pub fn optional(raw: [*c]const u8) ?Text {
    return if (raw == null) null else std.mem.span(@as([*:0]const u8, raw));
}

pub fn dimensions(raw: c.palisade_dimensions) Dimensions {
    return switch (raw.kind) {
        c.PALISADE_PIXELS => .{ .pixels = .{ raw.width, raw.height } },
        c.PALISADE_ASPECT => .{ .aspect = .{ raw.width, raw.height } },
        else => .auto,
    };
}

pub fn file(raw: [*c]const c.palisade_media) ?Media {
    return if (raw == null) null else .{ .raw = @ptrCast(raw) };
}

pub fn value(comptime Number: type, raw: [*c]const Number) ?Number {
    return if (raw == null) null else raw.*;
}

fn texts(allocator: Allocator, raw: [*c]const [*c]const u8, count: usize) ![]const Text {
    const lifted = try allocator.alloc(Text, count);
    for (lifted, 0..) |*each, index| each.* = text(raw[index]);
    return lifted;
}

pub fn files(allocator: Allocator, raw: [*c]const c.palisade_media, count: usize) ![]const Media {
    const lifted = try allocator.alloc(Media, count);
    for (lifted, 0..) |*each, index| each.* = .{ .raw = @ptrCast(&raw[index]) };
    return lifted;
}

fn contents(allocator: Allocator, raw: [*c]const c.palisade_content, count: usize) ![]const Content {
    const lifted = try allocator.alloc(Content, count);
    for (lifted, 0..) |*each, index| {
        each.* = if (raw[index].media == null) .{ .text = text(raw[index].text) } else .{ .media = .{ .raw = raw[index].media } };
    }
    return lifted;
}
