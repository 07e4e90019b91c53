//! What a provider says of itself and of its models.

const std = @import("std");
const c = @import("palisade_c");

const Text = [:0]const u8;

/// What values a parameter takes.
pub const Values = union(enum) {
    flag,
    /// Whole numbers, both ends included.
    integer: Range,
    /// Numbers, both ends included.
    number: Range,
    /// One of these.
    choice: []const Text,
    /// A text of at most so many characters.
    text: u32,
    /// Whatever this JSON Schema allows.
    schema: Text,
};

pub const Range = struct { min: f64 = 0, max: f64, step: f64 = 0 };

/// A parameter that a model knows. One that is not listed is warned of without a line of yours.
pub const Param = struct { name: Text, values: Values };

/// A seed of any 64 bits.
pub const seed: Param = .{ .name = "seed", .values = .{ .integer = .{ .max = 18446744073709551615.0 } } };

/// A condition on the request under which a price applies: `value` is JSON.
pub const PriceWhen = struct { param: Text, op: Text, value: Text };

/// What one unit costs, in pico-USD (10^-12 US dollar).
pub const Price = struct { unit: Text, pico_usd: u64, when: []const PriceWhen = &.{} };

/// How much of a unit may be used in a window of so many milliseconds.
pub const Quota = struct { unit: Text, per_ms: u64, amount: u64 };

/// A model that the provider serves.
pub const Model = struct {
    id: Text,
    model_ref: ?Text = null,
    /// Those that it serves; null for all of the provider's.
    capabilities: ?[]const Text = null,
    input_types: []const Text = &.{},
    output_types: []const Text = &.{},
    params: []const Param = &.{},
    /// Null: unknown. Empty: free.
    prices: ?[]const Price = null,
    quotas: []const Quota = &.{},
    max_concurrency: u32 = 0,
    context_tokens: u32 = 0,
    max_output_tokens: u32 = 0,
    regions: []const Text = &.{},
    tags: []const Text = &.{},
    status: Text = "live",
};

/// A task of `custom`. Its schemas are JSON Schema.
pub const Task = struct { id: Text, summary: Text, input_schema: Text, output_schema: Text };

/// The provider's own words about itself.
pub const Provider = struct {
    name: Text,
    version: Text = "0.1.0",
    summary: Text = "",
    models: []const Model,
    tasks: []const Task = &.{},
    credential_names: []const Text = &.{},
    hosts: []const Text = &.{},
    config_schema: ?Text = null,
    bills_on_failure: enum { never, always, unknown } = .never,
    cancellation: enum { none, refunded, billed } = .none,
    idempotent: bool = false,
    /// Versions of this provider whose jobs it goes on with, beside its own.
    resumes: []const Text = &.{},
};

/// The same, as the SDK for C has it.
pub fn lowered(comptime own: Provider) c.palisade_description {
    return .{
        .name = own.name,
        .version = own.version,
        .summary = own.summary,
        .models = list(c.palisade_model, own.models, model),
        .tasks = list(c.palisade_task, own.tasks, task),
        .credential_names = texts(own.credential_names),
        .hosts = texts(own.hosts),
        .config_schema = optional(own.config_schema),
        .bills_on_failure = @intFromEnum(own.bills_on_failure),
        .cancellation = @intFromEnum(own.cancellation),
        .idempotent = own.idempotent,
        .resumes = texts(own.resumes),
    };
}

fn model(comptime own: Model) c.palisade_model {
    return .{
        .id = own.id,
        .model_ref = optional(own.model_ref),
        .capabilities = if (own.capabilities) |names| texts(names) else null,
        .input_types = texts(own.input_types),
        .output_types = texts(own.output_types),
        .params = list(c.palisade_param, own.params, param),
        .prices = if (own.prices) |prices| list(c.palisade_price, prices, price) else null,
        .quotas = list(c.palisade_quota, own.quotas, quota),
        .max_concurrency = own.max_concurrency,
        .context_tokens = own.context_tokens,
        .max_output_tokens = own.max_output_tokens,
        .regions = texts(own.regions),
        .tags = texts(own.tags),
        .status = own.status,
    };
}

fn param(comptime own: Param) c.palisade_param {
    const plain: c.palisade_param = .{ .name = own.name };
    var made = plain;
    switch (own.values) {
        .flag => made.kind = c.PALISADE_FLAG,
        .integer, .number => |range| {
            made.kind = if (own.values == .integer) c.PALISADE_INTEGER else c.PALISADE_NUMBER;
            made.min = range.min;
            made.max = range.max;
            made.step = range.step;
        },
        .choice => |words| {
            made.kind = c.PALISADE_CHOICE;
            made.choices = texts(words);
        },
        .text => |most| {
            made.kind = c.PALISADE_TEXT;
            made.max_characters = most;
        },
        .schema => |schema| {
            made.kind = c.PALISADE_SCHEMA;
            made.schema = schema;
        },
    }
    return made;
}

fn price(comptime own: Price) c.palisade_price {
    return .{ .unit = own.unit, .pico_usd = own.pico_usd, .when = list(c.palisade_price_when, own.when, condition) };
}

fn condition(comptime own: PriceWhen) c.palisade_price_when {
    return .{ .param = own.param, .op = own.op, .value = own.value };
}

fn quota(comptime own: Quota) c.palisade_quota {
    return .{ .unit = own.unit, .per_ms = own.per_ms, .amount = own.amount };
}

fn task(comptime own: Task) c.palisade_task {
    return .{ .id = own.id, .summary = own.summary, .input_schema = own.input_schema, .output_schema = own.output_schema };
}

/// An array that ends with an empty one.
fn list(comptime Raw: type, comptime own: anytype, comptime lower: anytype) [*c]const Raw {
    comptime var made: [own.len + 1]Raw = undefined;
    inline for (own, made[0..own.len]) |each, *raw| raw.* = lower(each);
    made[own.len] = .{};
    const kept = made;
    return &kept;
}

fn texts(comptime own: []const Text) [*c]const [*c]const u8 {
    comptime var made: [own.len + 1][*c]const u8 = undefined;
    inline for (own, made[0..own.len]) |each, *raw| raw.* = each.ptr;
    made[own.len] = null;
    const kept = made;
    return &kept;
}

fn optional(comptime own: ?Text) [*c]const u8 {
    return if (own) |present| present.ptr else null;
}
