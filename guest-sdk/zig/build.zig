//! What `build.zig` of a project calls: `zig build test` runs its tests on this machine, and `palisade build` has it make the component.

const std = @import("std");

pub const Options = struct {
    /// The file with the provider.
    root: []const u8 = "src/provider.zig",
    /// What the provider imports beside `palisade`.
    imports: []const std.Build.Module.Import = &.{},
};

const sdk = "vendor/palisade";

/// Those of the SDK for C that a component and a test have.
const shared = [_][]const u8{ "call.c", "answer.c", "http.c", "jobs.c" };

/// Those that every component has.
const within = [_][]const u8{ "component/convert.c", "component/catalog.c", "component/services.c", "component/stream.c" };

/// Adds the steps of a provider to a build.
pub fn provider(b: *std.Build, options: Options) void {
    const bindings = b.option([]const u8, "bindings", "The folder with what is generated from the interface");
    const served = b.option([]const []const u8, "serve", "The interfaces that are served") orelse &.{};
    const optimize = b.standardOptimizeOption(.{ .preferred_optimize_mode = .ReleaseSmall });

    const tests = b.addTest(.{ .root_module = module(b, options, b.graph.host, .Debug) });
    add(b, tests.root_module, &shared, &.{});
    add(b, tests.root_module, &.{ "native/native.c", "native/stores.c" }, &.{});
    b.step("test", "Runs the tests on this machine").dependOn(&b.addRunArtifact(tests).step);

    const folder = bindings orelse return;
    const target = b.resolveTargetQuery(.{ .cpu_arch = .wasm32, .os_tag = .wasi });
    const component = b.addExecutable(.{ .name = "core", .root_module = module(b, options, target, optimize) });
    component.wasi_exec_model = .reactor;
    component.stack_size = 1 << 20;
    component.rdynamic = false;
    const root = component.root_module;
    root.strip = true;
    root.addIncludePath(b.path(folder));
    var names: std.ArrayList([]const u8) = .empty;
    for (served) |name| names.append(b.allocator, b.fmt("\"{s}\"", .{name})) catch @panic("out of memory");
    const list = std.mem.join(b.allocator, ",", names.items) catch @panic("out of memory");
    const defined = [_][]const u8{b.fmt("-DPALISADE_SERVED={s}", .{list})};
    add(b, root, &shared, &defined);
    add(b, root, &within, &defined);
    for (served) |name| add(b, root, &.{b.fmt("component/{s}.c", .{name})}, &defined);
    root.addCSourceFile(.{ .file = b.path(b.fmt("{s}/project.c", .{folder})) });
    root.addObjectFile(b.path(b.fmt("{s}/project_component_type.o", .{folder})));
    b.installArtifact(component);
}

fn add(b: *std.Build, to: *std.Build.Module, files: []const []const u8, flags: []const []const u8) void {
    const all = std.mem.concat(b.allocator, []const u8, &.{ &.{"-std=c11"}, flags }) catch @panic("out of memory");
    for (files) |file| to.addCSourceFile(.{ .file = b.path(b.fmt("{s}/src/{s}", .{ sdk, file })), .flags = all });
}

/// The provider, for a target.
fn module(b: *std.Build, options: Options, target: std.Build.ResolvedTarget, optimize: std.builtin.Optimize) *std.Build.Module {
    const header = b.addTranslateC(.{ .root_source_file = b.path(sdk ++ "/palisade_zig.h"), .target = target, .optimize = optimize });
    header.addIncludePath(b.path(sdk));
    const palisade = b.createModule(.{
        .root_source_file = b.path(sdk ++ "/palisade.zig"),
        .target = target,
        .optimize = optimize,
        .imports = &.{.{ .name = "palisade_c", .module = header.createModule() }},
    });
    const root = b.createModule(.{ .root_source_file = b.path(options.root), .target = target, .optimize = optimize, .link_libc = true });
    root.addImport("palisade", palisade);
    root.addIncludePath(b.path(sdk));
    for (options.imports) |import| root.addImport(import.name, import.module);
    return root;
}
