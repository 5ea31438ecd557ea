/** A double-array trie: which byte strings are replaced, and where their replacements begin. */
interface Trie {
  readonly units: Uint32Array;
  readonly replacements: Buffer;
}

/**
 * The character map that SentencePiece compiled (`nmt_nfkc` and its like), applied as Hugging Face's Rust library does: a user-perceived
 * character of less than six bytes is looked up whole, then each of its code points.
 * @param map the bytes of `precompiled_charsmap`: length of the trie, its 32-bit units, replacements that end with a zero byte
 * @throws Error for bytes that are no map
 */
export function precompiledMap(map: Buffer): (text: string) => string {
  const bytes = map.length < 4 ? -1 : map.readUInt32LE(0);
  if (bytes < 4 || bytes % 4 !== 0 || 4 + bytes > map.length) throw new Error("a character map that is cut off");
  const units = new Uint32Array(bytes / 4);
  for (let index = 0; index < units.length; index++) units[index] = map.readUInt32LE(4 + 4 * index);
  const trie = { units, replacements: map.subarray(4 + bytes) };
  const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
  const known = new Map<string, string>();
  const grapheme = (segment: string): string => {
    const cached = known.get(segment);
    if (cached !== undefined) return cached;
    const whole = Buffer.byteLength(segment) < 6 ? lookUp(trie, segment) : null;
    const result = whole ?? [...segment].map((character) => lookUp(trie, character) ?? character).join("");
    if (known.size < 50_000) known.set(segment, result);
    return result;
  };
  return (text) => {
    // Letters and digits of ASCII map to themselves in every published map; a map of one's own may say otherwise.
    let result = "";
    for (const { segment } of graphemes.segment(text)) result += grapheme(segment);
    return result;
  };
}

/** The replacement of the shortest known beginning of a text, as the Rust library takes it; null where there is none. */
function lookUp({ units, replacements }: Trie, text: string): string | null {
  const unit = (index: number): number => units[index] ?? 0;
  const offset = (value: number): number => (value >>> 10) << ((value & (1 << 9)) >>> 6);
  let node = offset(unit(0));
  for (const byte of Buffer.from(text)) {
    if (byte === 0) return null;
    node ^= byte;
    const value = unit(node);
    // The label is the low byte, the sign bit marks a leaf.
    if ((value & 0x800000ff) >>> 0 !== byte) return null;
    node ^= offset(value);
    if (((value >>> 8) & 1) === 1) {
      const start = unit(node) & 0x7fffffff;
      const end = replacements.indexOf(0, start);
      return replacements.toString("utf8", start, end === -1 ? replacements.length : end);
    }
  }
  return null;
}
