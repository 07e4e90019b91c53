// Builds the component with StarlingMonkey, an engine that has `fetch`: what other tools than those of Palisade make.

import { cp, mkdir, writeFile } from "node:fs/promises";

import { componentize } from "@bytecodealliance/componentize-js";

await cp("vendor/wit", "build/wit", { recursive: true });
const world = "world fetcher { include provider; export chat; }\n";
await writeFile("build/wit/fetcher.wit", world);
const { component } = await componentize({
  sourcePath: "src/provider.js",
  witPath: "build/wit",
  worldName: "fetcher",
  // It is no server.
  disableFeatures: ["fetch-event"],
});
await mkdir("build", { recursive: true });
await writeFile("build/fetcher-javascript.wasm", component);
