// Bytes with a type.

export class Media {
  #data;

  // Takes the bytes, or a function that reads them when they are asked for.
  constructor(mediaType, data) {
    this.mediaType = mediaType;
    this.#data = data;
  }

  get data() {
    if (typeof this.#data === "function") this.#data = this.#data();
    return this.#data;
  }

  static text(mediaType, text) {
    return new Media(mediaType, encodeText(text));
  }
}

// A text as UTF-8. The engine of a component has no TextEncoder of its own.
export function encodeText(text) {
  const bytes = [];
  for (const character of text) {
    let code = character.codePointAt(0);
    if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  return Uint8Array.from(bytes);
}

// The least code point of a sequence of so many bytes: a longer sequence than needed is none.
const LEAST = [0, 0, 0x80, 0x800, 0x10000];

// UTF-8 as a text; what is none becomes U+FFFD.
export function decodeText(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at++];
    if (first < 0x80) {
      text += String.fromCharCode(first);
      continue;
    }
    const length = first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xc2 && first < 0xe0 ? 2 : 0;
    let code = length ? first & (0xff >> (length + 1)) : 0xfffd;
    let left = Math.max(0, length - 1);
    while (left > 0 && (bytes[at] & 0xc0) === 0x80) {
      code = (code << 6) | (bytes[at++] & 63);
      left--;
    }
    const whole = length && left === 0 && code >= LEAST[length] && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
    text += String.fromCodePoint(whole ? code : 0xfffd);
  }
  return text;
}
