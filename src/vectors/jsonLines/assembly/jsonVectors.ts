// Byte scanner of JSON-lines vector files: `{"paper_id": "…", "embedding": [numbers], …}` and a line feed.
//
// It takes only what JSON.parse would take and understand in the same way. Whatever is unusual (escapes in an id,
// nested values, a number that no 128-bit product decides, anything malformed) is left to the host, which reads that
// line or that number with JavaScript's own parser.
//
// The text must end with a line feed and have 32 readable bytes behind it.

/** Value of the JSON number between two addresses, by JavaScript's own `Number`. */
@external("host", "numberOf")
declare function numberOf(start: usize, end: usize): f64;

// What a call on a line came to.
const LEFT_TO_HOST = 0;
/** The id is known and the cursor stands before the vector's numbers. */
const AT_VECTOR = 1;
/** The line is through; its vector, if not read yet, lies behind `arrayStart`. */
const LINE_READ = 2;

/** First and last decimal exponent of the power table. */
const MIN_EXPONENT: i32 = -64;
const MAX_EXPONENT: i32 = 64;

const FLOAT64_BIAS: i64 = 1023;

/** Powers of ten: 16 bytes each, the leading 64 bits (truncated) and the binary exponent. */
let powersAt: usize = 0;
/** For k = 0..16: 10^k, and the largest mantissa that can take k more digits without overflow. */
let digitsAt: usize = 0;
/** For k = 0..16: shuffle that moves the first k bytes of a vector to its end and clears the rest. */
let shufflesAt: usize = 0;

/** Bytes of the id, without its quotes; 0 while none was seen. */
export let idStart: usize = 0;
export let idEnd: usize = 0;
/** First byte behind the vector's bracket; 0 while none was seen. */
export let arrayStart: usize = 0;
/** First byte behind what the last call read. */
export let cursor: usize = 0;
/** Whether every number of the last vector is a float32. */
export let survives: bool = false;

/** First free byte of memory. */
export function heapBase(): usize {
  return __heap_base;
}

/** Says where the host has put the tables. */
export function setTables(powers: usize, digits: usize, shuffles: usize): void {
  powersAt = powers;
  digitsAt = digits;
  shufflesAt = shuffles;
}

@inline
function isSpace(byte: u32): bool {
  // A line feed ends the line and is never space inside it.
  return byte == 0x20 || byte == 0x09 || byte == 0x0d;
}

@inline
function skipSpace(start: usize): usize {
  let at = start;
  while (isSpace(load<u8>(at))) at++;
  return at;
}

/** Address of the first byte of a value from `start` on; the byte must be there. */
@inline
function find(start: usize, byte: u8): usize {
  const wanted = i8x16.splat(byte);
  let at = start;
  while (true) {
    const hits = i8x16.bitmask(i8x16.eq(v128.load(at), wanted));
    if (hits != 0) return at + ctz(hits);
    at += 16;
  }
}

/** Address behind the line feed that ends the line. */
export function nextLine(start: usize): usize {
  return find(start, 0x0a) + 1;
}

@inline
function isHex(byte: u32): bool {
  return byte - 0x30 <= 9 || (byte | 0x20) - 0x61 <= 5;
}

let hadEscape: bool = false;

/**
 * Address of the quote that ends the string whose first byte is at `start`, or 0 if it is no JSON string on one line.
 */
function stringEnd(start: usize): usize {
  let at = start;
  hadEscape = false;
  while (true) {
    const byte: u32 = load<u8>(at);
    if (byte == 0x22) return at;
    if (byte < 0x20) return 0;
    at++;
    if (byte != 0x5c) continue;
    hadEscape = true;
    const kind: u32 = load<u8>(at++);
    if (kind == 0x75) {
      for (let i = 0; i < 4; i++) if (!isHex(load<u8>(at++))) return 0;
    } else if (
      kind != 0x22 && kind != 0x5c && kind != 0x2f && kind != 0x62 && kind != 0x66 && kind != 0x6e && kind != 0x72 && kind != 0x74
    ) {
      return 0;
    }
  }
}

/** Reads members of a line's object from `start` on, where a key is due (or, behind a value, a comma or the end). */
function members(start: usize, behindValue: bool): i32 {
  let at = skipSpace(start);
  while (true) {
    if (behindValue) {
      const byte: u32 = load<u8>(at);
      if (byte == 0x7d) {
        at = skipSpace(at + 1);
        if (load<u8>(at) != 0x0a || idStart == 0 || arrayStart == 0) return LEFT_TO_HOST;
        cursor = at + 1;
        return LINE_READ;
      }
      if (byte != 0x2c) return LEFT_TO_HOST;
      at = skipSpace(at + 1);
    }
    behindValue = true;
    if (load<u8>(at) != 0x22) return LEFT_TO_HOST;
    const keyStart = at + 1;
    const keyEnd = stringEnd(keyStart);
    if (keyEnd == 0 || hadEscape) return LEFT_TO_HOST;
    at = skipSpace(keyEnd + 1);
    if (load<u8>(at) != 0x3a) return LEFT_TO_HOST;
    at = skipSpace(at + 1);
    const first: u32 = load<u8>(at);
    const keyLength = keyEnd - keyStart;
    // The keys are compared as little-endian words: "paper_id", and "embeddin" with a "g" behind it.
    if (keyLength == 8 && load<u64>(keyStart) == 0x64695f7265706170) {
      if (idStart != 0 || first != 0x22) return LEFT_TO_HOST;
      idEnd = stringEnd(at + 1);
      if (idEnd == 0 || hadEscape) return LEFT_TO_HOST;
      idStart = at + 1;
      at = idEnd + 1;
    } else if (keyLength == 9 && load<u64>(keyStart) == 0x6e69646465626d65 && load<u8>(keyStart + 8) == 0x67) {
      if (arrayStart != 0 || first != 0x5b) return LEFT_TO_HOST;
      arrayStart = at + 1;
      if (idStart != 0) return AT_VECTOR;
      // The id comes later: pass over the vector, which holds no other bracket if it is one.
      while (load<u8>(at) != 0x5d) if (load<u8>(at++) == 0x0a) return LEFT_TO_HOST;
      at++;
    } else if (first == 0x22) {
      at = stringEnd(at + 1);
      if (at == 0) return LEFT_TO_HOST;
      at++;
    } else {
      return LEFT_TO_HOST;
    }
    at = skipSpace(at);
  }
}

/** Reads a line from its first byte to its end, or only to its vector when the id comes first. */
export function openLine(start: usize): i32 {
  idStart = 0;
  arrayStart = 0;
  const at = skipSpace(start);
  if (load<u8>(at) != 0x7b) return LEFT_TO_HOST;
  return members(skipSpace(at + 1), false);
}

/** Reads the rest of a line behind its vector. */
export function closeLine(start: usize): i32 {
  return members(start, true);
}

/** How many of 16 bytes are digits before the first that is none; the bytes are characters minus "0". */
@inline
function leadingDigits(values: v128): u32 {
  return ctz(i8x16.bitmask(i8x16.gt_u(values, i8x16.splat(9))) | 0x10000);
}

/** Value of 16 bytes that are all digits (their values, not their characters). */
@inline
function sixteenDigits(digits: v128): u64 {
  // Neighbours are joined three times: 16 digits to 8 pairs, to 4 fours, to 2 eights.
  const pairs = i16x8.add(
    i16x8.mul(v128.and(digits, i16x8.splat(0xff)), i16x8.splat(10)),
    i16x8.shr_u(digits, 8),
  );
  const fours = i32x4.dot_i16x8_s(pairs, i16x8(100, 1, 100, 1, 100, 1, 100, 1));
  const narrow = i16x8.narrow_i32x4_s(fours, fours);
  const eights = i32x4.dot_i16x8_s(narrow, i16x8(10000, 1, 10000, 1, 10000, 1, 10000, 1));
  return <u64>i32x4.extract_lane(eights, 0) * 100000000 + <u64>i32x4.extract_lane(eights, 1);
}

/**
 * Reads the numbers of a vector from behind its bracket, writes up to `capacity` of them and sets `survives`.
 * @returns how many there are, or -1 if the host must read the line. `cursor` then stands behind the closing bracket.
 */
export function readVector(start: usize, out: usize, capacity: i32, wide: bool): i32 {
  let at = skipSpace(start);
  let count = 0;
  let allSurvive = true;
  if (load<u8>(at) == 0x5d) {
    cursor = at + 1;
    survives = true;
    return 0;
  }
  while (true) {
    const begin = at;
    // Every other number has a sign and no processor can guess which, so there is no branch on it.
    const negative = load<u8>(at) == 0x2d;
    at += <usize>negative;
    let digit: u32 = <u32>load<u8>(at) - 0x30;
    if (digit > 9) return -1;
    let mantissa: u64 = digit;
    let exponent = 0;
    /** False once digits were passed over that the mantissa has no room for. */
    let whole = true;
    let byte: u32 = load<u8>(++at);
    // Nor on whether the number begins with a zero: mostly a point follows either way.
    if (byte - 0x30 <= 9) {
      if (mantissa == 0) return -1;
      const integerStart = at;
      while ((digit = byte - 0x30) <= 9) {
        mantissa = mantissa * 10 + digit;
        byte = load<u8>(++at);
      }
      whole = at - integerStart < 18;
    }
    if (byte == 0x2e) {
      at++;
      let values = i8x16.sub(v128.load(at), i8x16.splat(0x30));
      let length = leadingDigits(values);
      if (length == 0) return -1;
      // A full block steps on by a constant, so the next one need not wait until this one's digits are counted.
      while (length == 16) {
        whole = whole && mantissa <= load<u64>(digitsAt, (16 << 4) + 8);
        mantissa = mantissa * 10000000000000000 + sixteenDigits(values);
        exponent -= 16;
        at += 16;
        values = i8x16.sub(v128.load(at), i8x16.splat(0x30));
        length = leadingDigits(values);
      }
      const place = digitsAt + ((<usize>length) << 4);
      const digits = i8x16.swizzle(values, v128.load(shufflesAt + ((<usize>length) << 4)));
      whole = whole && mantissa <= load<u64>(place, 8);
      mantissa = mantissa * load<u64>(place) + sixteenDigits(digits);
      exponent -= length;
      at += length;
      byte = load<u8>(at);
    }
    if ((byte | 0x20) == 0x65) {
      byte = load<u8>(++at);
      const down = byte == 0x2d;
      if (down || byte == 0x2b) byte = load<u8>(++at);
      if (byte - 0x30 > 9) return -1;
      let power = 0;
      while ((digit = byte - 0x30) <= 9) {
        if (power < 100000) power = power * 10 + digit;
        byte = load<u8>(++at);
      }
      exponent += down ? -power : power;
    }

    let value: f64 = 0;
    if (whole && mantissa == 0) {
      value = negative ? -0.0 : 0.0;
    } else if (whole && exponent >= MIN_EXPONENT && exponent <= MAX_EXPONENT) {
      // The double nearest mantissa * 10^exponent, from the 128-bit product of the two leading 64-bit words (the idea
      // of D. Lemire, "Number parsing at a gigabyte per second", 2021, with its rare undecided cases left to the host).
      // The power is truncated, so the true product lies in [product, product + 2^64): `high` is exact or one too
      // small.
      const place = powersAt + ((<usize>(exponent - MIN_EXPONENT)) << 4);
      const power = load<u64>(place);
      const leading = clz(mantissa);
      const scaled = mantissa << leading;
      const a0 = scaled & 0xffffffff;
      const a1 = scaled >> 32;
      const b0 = power & 0xffffffff;
      const b1 = power >> 32;
      const low0 = a0 * b0;
      const mid = a1 * b0 + (low0 >> 32);
      const mid2 = a0 * b1 + (mid & 0xffffffff);
      const high = a1 * b1 + (mid >> 32) + (mid2 >> 32);
      const low = (mid2 << 32) | (low0 & 0xffffffff);
      // `high` has 63 or 64 bits, of which a double keeps 53.
      const drop: u64 = 10 + (high >> 63);
      const rest = high & (((<u64>1) << drop) - 1);
      const half = (<u64>1) << (drop - 1);
      if (rest == half - 1 || (rest == half && low == 0)) {
        value = numberOf(begin, at);
      } else {
        const significand = (high >> drop) + <u64>(rest >= half);
        const biased = <i64>drop + 53 + load<i64>(place, 8) - <i64>leading + FLOAT64_BIAS;
        // A significand rounded up to 2^53 carries into the exponent, which is what it should do.
        const bits = ((<u64>biased) << 52) + (significand - ((<u64>1) << 52));
        value = reinterpret<f64>(bits | (<u64>negative << 63));
      }
    } else {
      value = numberOf(begin, at);
      if (abs(value) == Infinity) return -1;
    }

    if (count < capacity) {
      const narrow = <f32>value;
      if (<f64>narrow != value) allSurvive = false;
      if (wide) store<f64>(out + ((<usize>count) << 3), value);
      else store<f32>(out + ((<usize>count) << 2), narrow);
    }
    count++;

    if (isSpace(byte)) {
      at = skipSpace(at);
      byte = load<u8>(at);
    }
    if (byte != 0x2c) {
      if (byte != 0x5d) return -1;
      cursor = at + 1;
      survives = allSurvive;
      return count;
    }
    at++;
    if (isSpace(load<u8>(at))) at = skipSpace(at + 1);
  }
}
