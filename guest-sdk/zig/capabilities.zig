//! The capabilities: for each its request, and the function of the SDK for C that serves it.

const std = @import("std");
const c = @import("palisade_c");

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
            .size = switch (raw.size.kind) {
                c.PALISADE_PIXELS => .{ .pixels = .{ raw.size.width, raw.size.height } },
                c.PALISADE_ASPECT => .{ .aspect = .{ raw.size.width, raw.size.height } },
                else => .auto,
            },
            .resolution = optional(raw.resolution),
            .quality = optional(raw.quality),
            .seed = value(u64, raw.seed),
            .output_format = optional(raw.output_format),
            .references = try files(allocator, raw.references, raw.reference_count),
            .mask = if (raw.mask == null) null else .{ .raw = raw.mask },
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

fn text(raw: [*c]const u8) Text {
    return optional(raw) orelse "";
}

fn optional(raw: [*c]const u8) ?Text {
    return if (raw == null) null else std.mem.span(@as([*:0]const u8, raw));
}

fn value(comptime Number: type, raw: [*c]const Number) ?Number {
    return if (raw == null) null else raw.*;
}

fn texts(allocator: Allocator, raw: [*c]const [*c]const u8, count: usize) ![]const Text {
    const lifted = try allocator.alloc(Text, count);
    for (lifted, 0..) |*each, index| each.* = text(raw[index]);
    return lifted;
}

fn files(allocator: Allocator, raw: [*c]const c.palisade_media, count: usize) ![]const Media {
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
