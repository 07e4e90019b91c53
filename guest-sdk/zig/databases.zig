//! Tables of a database that is lent, asked and changed in SQL.

const std = @import("std");
const c = @import("palisade_c");
const stores = @import("stores.zig");
const Call = @import("call.zig").Call;
const Failed = @import("call.zig").Failed;

const Text = [:0]const u8;

/// A value of a row or a parameter.
pub const Value = union(enum) { null, integer: i64, real: f64, text: Text, blob: []const u8 };

/// A statement of SQL.
pub const Statement = struct {
    /// One statement, with `?1`, `?2` and so on where its parameters go.
    sql: Text,
    parameters: []const Value = &.{},
};

/// Rows that were found.
pub const Rows = struct {
    columns: []const Text,
    /// Each with a value for each column.
    rows: []const []const Value,
    /// Whether there are more than were asked for.
    has_more: bool,
};

/// A database that is lent.
pub const Database = struct {
    call: Call,
    name: Text,

    /// Asks for at most `limit` rows, 1000 where it is null. Nothing is changed: a statement that would change something is refused.
    pub fn query(tables: Database, statement: Statement, limit: ?u32) Failed!Rows {
        var raw: c.palisade_rows = undefined;
        const asked = try lowered(tables.call, statement);
        try stores.checked(c.palisade_database_query(tables.call.raw, tables.name, asked, limit orelse 0, &raw));
        const memory = tables.call.allocator();
        const rows = try memory.alloc([]const Value, raw.row_count);
        for (rows, 0..) |*row, index| {
            const values = try memory.alloc(Value, raw.column_count);
            const first = index * raw.column_count;
            for (values, raw.values[first .. first + raw.column_count]) |*value, each| value.* = lift(each);
            row.* = values;
        }
        return .{ .columns = try stores.lifted(tables.call, raw.columns), .rows = rows, .has_more = raw.has_more };
    }

    /// Changes, all or nothing: where a statement fails, those before it did not happen. Gives for each how many rows it has changed.
    pub fn execute(tables: Database, statements: []const Statement) Failed![]const u64 {
        const raw = try stores.listed(c.palisade_statement, tables.call, statements.len);
        for (statements, raw[0..statements.len]) |statement, *each| each.* = try lowered(tables.call, statement);
        var changed: [*c]const u64 = undefined;
        try stores.checked(c.palisade_database_execute(tables.call.raw, tables.name, raw.ptr, &changed));
        return changed[0..statements.len];
    }
};

fn lowered(call: Call, statement: Statement) Failed!c.palisade_statement {
    const raw = try stores.listed(c.palisade_sql, call, statement.parameters.len);
    for (statement.parameters, raw[0..statement.parameters.len]) |value, *each| each.* = switch (value) {
        .null => .{ .kind = c.PALISADE_SQL_NULL },
        .integer => |number| .{ .kind = c.PALISADE_SQL_INTEGER, .integer = number },
        .real => |number| .{ .kind = c.PALISADE_SQL_REAL, .real = number },
        .text => |text| .{ .kind = c.PALISADE_SQL_TEXT, .text = text },
        .blob => |bytes| .{ .kind = c.PALISADE_SQL_BLOB, .bytes = .{ .data = bytes.ptr, .size = bytes.len } },
    };
    return .{ .sql = statement.sql, .parameters = raw.ptr };
}

fn lift(raw: c.palisade_sql) Value {
    return switch (raw.kind) {
        c.PALISADE_SQL_INTEGER => .{ .integer = raw.integer },
        c.PALISADE_SQL_REAL => .{ .real = raw.real },
        c.PALISADE_SQL_TEXT => .{ .text = raw.text[0..raw.bytes.size :0] },
        c.PALISADE_SQL_BLOB => .{ .blob = raw.bytes.data[0..raw.bytes.size] },
        else => .null,
    };
}
