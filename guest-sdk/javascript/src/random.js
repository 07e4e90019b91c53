// `Math.random` for a component: the state of the engine's own is part of the component, so that every instance would draw the same.

let state = 0;

// Begins anew from a text: FNV-1a.
export function seedRandom(text) {
  state = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) state = Math.imul(state ^ text.charCodeAt(at), 0x01000193);
}

// 32 bits: Mulberry32, by Tommy Ettinger.
function draw() {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return (mixed ^ (mixed >>> 14)) >>> 0;
}

// A number of 53 bits from 0 to 1. Never for secrets.
export const random = () => (draw() * 2 ** 21 + (draw() >>> 11)) / 2 ** 53;
