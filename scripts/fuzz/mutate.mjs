/** A repeatable source of whole numbers below a limit. */
export function randomFrom(seed) {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

/** What readers have stumbled over: ends of ranges, marks of formats, brackets, numbers without measure. */
const pieces = [
  [0],
  [0xff],
  [0xff, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0x7f],
  [0, 0, 0, 0, 0, 0, 0, 0x10],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
  ...[
    "{",
    "}",
    "[",
    "]",
    '"',
    "\\",
    ",",
    ":",
    "\n",
    "null",
    "-1",
    "1e999",
    "99999999999999999999",
    "NaN",
    '"__proto__":',
    "\u001b[31m",
    "\ud800",
    "../",
    "[[[[[[[[",
    '{"a":{"a":{"a":',
  ].map((text) => [...Buffer.from(text)]),
].map((bytes) => Buffer.from(bytes));

/** A file with one to four wounds. */
export function mutated(valid, random) {
  let bytes = Buffer.from(valid);
  for (let wounds = 1 + random(4); wounds > 0; wounds--) bytes = wounded(bytes, random);
  return bytes;
}

function wounded(bytes, random) {
  const at = random(bytes.length + 1);
  const length = 1 + random(Math.max(1, Math.min(64, bytes.length - at)));
  const piece = pieces[random(pieces.length)];
  switch (random(7)) {
    case 0: {
      const flipped = Buffer.from(bytes);
      if (at < bytes.length) flipped[at] ^= 1 << random(8);
      return flipped;
    }
    case 1:
      return bytes.subarray(0, at);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
    case 4:
      return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at + piece.length)]);
    case 5: {
      const repeated = Array.from({ length: 1 + random(50) }, () => bytes.subarray(at, at + length));
      return Buffer.concat([bytes.subarray(0, at), ...repeated, bytes.subarray(at)]);
    }
    default: {
      const from = random(bytes.length + 1);
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(from, from + length), bytes.subarray(at + length)]);
    }
  }
}
