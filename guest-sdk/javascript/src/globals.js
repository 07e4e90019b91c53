// What programs expect of their surroundings, and the engine of a component lacks. `palisade build` has it loaded first.

import { host } from "./host.js";
import { decodeText, encodeText } from "./media.js";
import { random } from "./random.js";

const shown = (value) => (typeof value === "string" ? value : value instanceof Error ? `${value}` : json(value));

function json(value) {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

const at = (level) => (...values) => host().log(level, values.map(shown).join(" "));

globalThis.console = { debug: at("debug"), log: at("info"), info: at("info"), warn: at("warn"), error: at("error"), trace: at("trace") };

globalThis.TextEncoder ??= class TextEncoder {
  encoding = "utf-8";
  encode(text = "") {
    return encodeText(text);
  }
};

globalThis.TextDecoder ??= class TextDecoder {
  encoding = "utf-8";
  decode(bytes = new Uint8Array()) {
    return decodeText(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes.buffer ?? bytes));
  }
};

Math.random = random;
