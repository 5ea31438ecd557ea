import fc from "fast-check";

/** One wound in a file: a stretch of bytes is replaced by others. */
interface Wound {
  readonly at: number;
  readonly remove: number;
  readonly insert: Uint8Array;
}

const hostile = [
  "\u001b[2J",
  "\u009b31m",
  "\u0000",
  "\n",
  "\r\n",
  '"',
  "\\",
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "null",
  "true",
  "-1",
  "1e999",
  "99999999999999999999",
  '"__proto__":',
  '"constructor":',
  "\ud800",
  "\uffff",
  "\u202e",
  "..",
  "/",
  "NaN",
].map((text) => new TextEncoder().encode(text));

/**
 * Bytes that a reader may meet: a valid file with a few wounds, its beginning only, its parts exchanged, or anything at all.
 * @param valid a file that the reader takes
 */
export function damaged(valid: Uint8Array): fc.Arbitrary<Buffer> {
  const whole = Buffer.from(valid);
  const insert = fc.oneof(fc.uint8Array({ maxLength: 4 }), fc.constantFrom(...hostile));
  const wound = fc.record({ at: fc.nat(whole.length), remove: fc.nat(6), insert });
  const apply = (bytes: Buffer, { at, remove, insert: into }: Wound): Buffer =>
    Buffer.concat([bytes.subarray(0, at), into, bytes.subarray(at + remove)]);
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc.array(wound, { minLength: 1, maxLength: 4 }).map((wounds) => wounds.reduce(apply, whole)),
    },
    { weight: 1, arbitrary: fc.nat(whole.length).map((length) => whole.subarray(0, length)) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.nat(whole.length), fc.nat(whole.length))
        .map(([a, b]) => Buffer.concat([whole.subarray(a), whole.subarray(b)])),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 1, arbitrary: fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value))) },
  );
}
