import { printable, printableValue } from "../../../printable.ts";
import type { ModelConfig, SplitWord } from "./splitWord.ts";

/** What two neighbours become, and how early: the lowest rank goes first. */
interface MergeRule {
  readonly rank: number;
  readonly id: number;
}

/** A piece of a word on the way to its tokens; its place is the number of its first character. */
interface Piece {
  id: number;
  before: number;
  after: number;
  gone: boolean;
}

/** A merge that may be due. */
interface Waiting {
  readonly place: number;
  readonly rule: MergeRule;
}

/** What becomes of two neighbours, by the left one's id and the right one's. */
type MergeRules = ReadonlyMap<number, ReadonlyMap<number, MergeRule>>;

/**
 * Byte pair encoding (Sennrich and others 2016, https://arxiv.org/abs/1508.07909) as Hugging Face's Rust library computes it: over ids, with
 * unknown characters put in, or left out, before anything is merged. Where none is put in, their neighbours touch and may merge.
 * @throws Error for merges of pieces that the vocabulary has not
 */
export function bytePairs(config: ModelConfig, vocabulary: ReadonlyMap<string, number>): SplitWord {
  if (typeof config.dropout === "number" && config.dropout > 0) throw new Error("the BPE option dropout is not known");
  const prefix = String(config.continuing_subword_prefix ?? "");
  const suffix = String(config.end_of_word_suffix ?? "");
  const rules = mergeRules(config.merges, vocabulary, prefix);
  const symbolsOf = characterIds(config, vocabulary, prefix, suffix);
  return (word) => {
    const whole = config.ignore_merges === true ? vocabulary.get(word) : undefined;
    return whole === undefined ? merged(symbolsOf(word), rules) : [whole];
  };
}

function mergeRules(merges: unknown, vocabulary: ReadonlyMap<string, number>, prefix: string): MergeRules {
  if (!Array.isArray(merges)) throw new Error("its merges are not a list");
  const rules = new Map<number, Map<number, MergeRule>>();
  for (const [rank, merge] of merges.entries()) {
    const pair: unknown = typeof merge === "string" ? merge.split(" ") : merge;
    const [left, right, ...more]: unknown[] = Array.isArray(pair) ? pair : [];
    if (typeof left !== "string" || typeof right !== "string" || more.length > 0) {
      throw new Error(`among its merges is ${printableValue(merge, 60)}, which is no pair`);
    }
    const idOf = (piece: string): number => {
      const id = vocabulary.get(piece);
      if (id !== undefined) return id;
      throw new Error(
        `it merges "${printable(left, 40)}" and "${printable(right, 40)}", and "${printable(piece, 40)}" is not in its vocabulary`,
      );
    };
    if (right.length < prefix.length)
      throw new Error(`it merges with "${printable(right, 40)}", shorter than its prefix`);
    const followers = rules.get(idOf(left)) ?? new Map<number, MergeRule>();
    followers.set(idOf(right), { rank, id: idOf(left + right.slice(prefix.length)) });
    rules.set(idOf(left), followers);
  }
  return rules;
}

/** The ids of a word's characters, before anything is merged. */
function characterIds(
  config: ModelConfig,
  vocabulary: ReadonlyMap<string, number>,
  prefix: string,
  suffix: string,
): (word: string) => number[] {
  const unknownToken = typeof config.unk_token === "string" ? config.unk_token : null;
  const fuses = config.fuse_unk === true;
  const bytesOf = config.byte_fallback === true ? byteIds(vocabulary) : () => null;
  const unknownId = (): number => {
    const id = unknownToken === null ? undefined : vocabulary.get(unknownToken);
    if (id === undefined) throw new Error(`${printable(unknownToken ?? "", 40)} is not in its vocabulary`);
    return id;
  };
  return (word) => {
    const ids: number[] = [];
    // An unknown character waits for the next known one, behind the bytes of others, as in the Rust library.
    let unknown: number | null = null;
    const characters = [...word];
    for (const [place, character] of characters.entries()) {
      const piece = (place > 0 ? prefix : "") + character + (place === characters.length - 1 ? suffix : "");
      const id = vocabulary.get(piece);
      if (id !== undefined) {
        if (unknown !== null) ids.push(unknown);
        unknown = null;
        ids.push(id);
        continue;
      }
      const bytes = bytesOf(piece);
      if (bytes !== null) ids.push(...bytes);
      else if (unknownToken !== null) {
        if (unknown !== null && !fuses) ids.push(unknown);
        unknown ??= unknownId();
      }
    }
    if (unknown !== null) ids.push(unknown);
    return ids;
  };
}

/** The ids of a text's bytes, null where the vocabulary has not all of them. */
export function byteIds(vocabulary: ReadonlyMap<string, number>): (text: string) => number[] | null {
  const known = Array.from({ length: 256 }, (_, byte) =>
    vocabulary.get(`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`),
  );
  return (text) => {
    const ids: number[] = [];
    for (const byte of Buffer.from(text)) {
      const id = known[byte];
      if (id === undefined) return null;
      ids.push(id);
    }
    return ids;
  };
}

/** Merges neighbours, the lowest rank first and of several the first in the word, until no rule fits. */
function merged(ids: readonly number[], rules: MergeRules): number[] {
  const symbols = ids.map((id, place): Piece => ({ id, before: place - 1, after: place + 1, gone: false }));
  const heap: Waiting[] = [];
  const offer = (place: number, next: number): void => {
    const [left, right] = [symbols[place], symbols[next]];
    const rule = left && right && rules.get(left.id)?.get(right.id);
    if (rule) push(heap, { place, rule });
  };
  for (let place = 0; place + 1 < symbols.length; place++) offer(place, place + 1);
  for (let top = pop(heap); top !== undefined; top = pop(heap)) {
    const left = symbols[top.place];
    const right = left && symbols[left.after];
    if (!left || left.gone || !right) continue;
    // Another merge may have taken one of the two since.
    if (rules.get(left.id)?.get(right.id)?.id !== top.rule.id) continue;
    left.id = top.rule.id;
    left.after = right.after;
    right.gone = true;
    const next = symbols[right.after];
    if (next) next.before = top.place;
    offer(left.before, top.place);
    offer(top.place, left.after);
  }
  return symbols.filter(({ gone }) => !gone).map(({ id }) => id);
}

const isBefore = (a: Waiting, b: Waiting): boolean =>
  a.rule.rank < b.rule.rank || (a.rule.rank === b.rule.rank && a.place < b.place);

function push(heap: Waiting[], item: Waiting): void {
  let at = heap.length;
  heap.push(item);
  for (let parent = (at - 1) >> 1; at > 0; at = parent, parent = (at - 1) >> 1) {
    const above = heap[parent];
    if (above === undefined || !isBefore(item, above)) break;
    heap[at] = above;
    heap[parent] = item;
  }
}

function pop(heap: Waiting[]): Waiting | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return top;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    let smaller = heap[child];
    const other = heap[child + 1];
    if (smaller !== undefined && other !== undefined && isBefore(other, smaller)) [child, smaller] = [child + 1, other];
    if (smaller === undefined || !isBefore(smaller, last)) break;
    heap[at] = smaller;
    at = child;
  }
  heap[at] = last;
  return top;
}
