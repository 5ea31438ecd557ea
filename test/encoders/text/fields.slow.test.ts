import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Tokenizer as RustTokenizer } from "tokenizers";
import { describe, expect, it } from "vitest";
import { openTokenizer } from "../../../src/encoders/text/tokenizer.ts";
import { ScidocsError } from "../../../src/errors.ts";
import { lastingFolder } from "../checkpoints/lastingFolder.ts";
import { nastyTexts } from "./nastyTexts.ts";
import { type Definition, tokenizers } from "./oracleTokenizers.ts";

const file = join(lastingFolder(), "tokenizer.json");
const left = Symbol("left out");

/** What every field is changed to, one after the other. */
const values: readonly unknown[] = [
  left,
  ...[null, true, false, -1, 0, 0.5, 1, 2, "", "x", "A", "</w>", "##", "Right", "first", "never", "Removed"],
  ...[[], {}, [null], [1], ["a"], { a: 1 }, { String: "a" }, { Regex: "[aeiou]" }],
];

const whole: readonly string[] = ["decoder", "padding", "version"];

/** One of every model, normalizer and pre-tokenizer with fields. */
const changing: ReadonlySet<string> = new Set([
  "BERT in lower case",
  "RoBERTa",
  "Unigram of 2020",
  "Unigram, first word only",
  "digits apart",
  "punctuation, Contiguous",
  "a split at a pattern, MergedWithNext",
  "accents off",
  "replaced and prefixed",
  "BPE of characters with bytes for unknown ones",
  "BPE with marked continuations",
  "WordLevel",
]);

/** Those of the texts that are short, so that the many tokenizers are through in a minute. */
const texts = nastyTexts.filter(({ length }) => length < 60).filter((_, index) => index % 2 === 0);

/** The places of all fields; of a vocabulary and of merges a few. */
function places(value: unknown, place: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [place];
  const keys = Object.keys(value).filter((key) => place.length > 0 || !whole.includes(key));
  const few = keys.length > 8 ? [...keys.slice(0, 2), ...keys.slice(-1)] : keys;
  return [place, ...few.flatMap((key) => places(Reflect.get(value, key), [...place, key]))];
}

function changed(definition: Definition, place: readonly string[], value: unknown): Definition {
  const copy = structuredClone(definition);
  const parent: object = place.slice(0, -1).reduce((at: object, key) => Reflect.get(at, key), copy);
  const key = place.at(-1) ?? "";
  if (value === left && Array.isArray(parent)) parent.splice(Number(key), 1);
  else if (value === left) Reflect.deleteProperty(parent, key);
  else Reflect.set(parent, key, value);
  return copy;
}

/** Null where it is refused. */
async function rustIds(text: string, inputs: readonly string[]): Promise<(number[] | null)[] | null> {
  try {
    const rust = RustTokenizer.fromString(text);
    rust.disableTruncation();
    rust.disablePadding();
    return await Promise.all(inputs.map(async (input) => (await rust.encode(input)).getIds()));
  } catch {
    return null;
  }
}

function ourIds(text: string, inputs: readonly string[]): (number[] | null)[] | null {
  writeFileSync(file, text);
  try {
    const tokenizer = openTokenizer({ vocabulary: file, config: null });
    return inputs.map((input) => tokenizer.encode(input, Number.POSITIVE_INFINITY).ids);
  } catch (error) {
    if (error instanceof ScidocsError) return null;
    throw error;
  }
}

describe("a tokenizer.json with a changed field", () => {
  it.each(tokenizers.filter(([name]) => changing.has(name)))(
    "is refused, or gives the Rust library's ids: %s",
    { timeout: 120_000 },
    async (_name, whole) => {
      let compared = 0;
      for (const place of places(whole).filter(({ length }) => length > 0)) {
        for (const value of values) {
          const text = JSON.stringify(changed(whole, place, value));
          const ours = ourIds(text, texts);
          const rust = ours === null ? null : await rustIds(text, texts);
          if (rust === null) continue;
          expect({ place, value: String(value), ids: ours }).toEqual({ place, value: String(value), ids: rust });
          compared++;
        }
      }
      expect(compared).toBeGreaterThan(20);
    },
  );
});
