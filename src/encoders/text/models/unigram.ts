import { printableValue } from "../../../printable.ts";
import { byteIds } from "./bytePairs.ts";
import type { ModelConfig, SplitWord } from "./splitWord.ts";

/** A node of the tree of pieces: what follows by the next character, and the piece that ends here. */
interface Branch {
  readonly next: Map<string, Branch>;
  id: number | undefined;
}

/** How much less likely than the least likely piece an unknown character is, as in SentencePiece. */
const unknownPenalty = 10;

/**
 * A unigram language model (Kudo 2018, https://arxiv.org/abs/1804.10959) as Hugging Face's Rust library computes it: the likeliest way to cut
 * a word, the first found of several; neighbouring unknown characters are one.
 * @throws Error for entries that are no pieces with scores
 */
export function unigram(config: ModelConfig): SplitWord {
  const pieces = requirePieces(config);
  const unknown = typeof config.unk_id === "number" ? config.unk_id : null;
  const ids = new Map(pieces.map(([piece], id) => [piece, id]));
  const root = treeOf(ids);
  const unknownScore = pieces.reduce((least, [, score]) => Math.min(least, score), Infinity) - unknownPenalty;
  const bytesOf = config.byte_fallback === true ? byteIds(ids) : () => null;
  const needUnknown = (): number => {
    if (unknown === null) throw new Error("it has no unk_id, the token for unknown parts of words");
    return unknown;
  };
  return (word) => {
    const characters = [...word];
    const best = characters.map(() => ({ score: 0, start: -1, id: -1 }));
    const offer = (start: number, end: number, id: () => number, score: number): void => {
      const place = best[end - 1];
      if (place === undefined || (place.start >= 0 && score <= place.score)) return;
      Object.assign(place, { score, start, id: id() });
    };
    for (let start = 0; start < characters.length; start++) {
      const before = start === 0 ? 0 : (best[start - 1]?.score ?? 0);
      let isSingleKnown = false;
      let branch: Branch | undefined = root;
      for (let end = start + 1; end <= characters.length; end++) {
        branch = branch.next.get(characters[end - 1] ?? "");
        if (branch === undefined) break;
        const { id } = branch;
        if (id === undefined) continue;
        offer(start, end, () => id, (pieces[id]?.[1] ?? 0) + before);
        if (end === start + 1) isSingleKnown = true;
      }
      if (!isSingleKnown) offer(start, start + 1, needUnknown, unknownScore + before);
    }
    return cutAt(characters, best, unknown).flatMap((text) => ids.get(text) ?? bytesOf(text) ?? [needUnknown()]);
  };
}

/** The parts of the best way, unknown neighbours put together. */
function cutAt(
  characters: readonly string[],
  best: readonly { readonly start: number; readonly id: number }[],
  unknown: number | null,
): string[] {
  const parts: string[] = [];
  let together = "";
  for (let end = characters.length; end > 0; ) {
    const { start, id } = best[end - 1] ?? { start: 0, id: null };
    const text = characters.slice(start, end).join("");
    if (id === unknown) together = text + together;
    else {
      if (together !== "") parts.push(together);
      together = "";
      parts.push(text);
    }
    end = start;
  }
  if (together !== "") parts.push(together);
  return parts.reverse();
}

function treeOf(ids: ReadonlyMap<string, number>): Branch {
  const root: Branch = { next: new Map(), id: undefined };
  for (const [piece, id] of ids) {
    let branch = root;
    for (const character of piece) {
      const next = branch.next.get(character) ?? { next: new Map(), id: undefined };
      branch.next.set(character, next);
      branch = next;
    }
    branch.id = id;
  }
  return root;
}

function requirePieces({ vocab, unk_id: unknown }: ModelConfig): readonly (readonly [string, number])[] {
  const entries: unknown[] = Array.isArray(vocab) ? vocab : [];
  const pieces = entries.map((entry, place): readonly [string, number] => {
    const [piece, score, ...more]: unknown[] = Array.isArray(entry) ? entry : [];
    if (typeof piece === "string" && typeof score === "number" && Number.isFinite(score) && more.length === 0)
      return [piece, score];
    throw new Error(`entry ${place} of its vocabulary is ${printableValue(entry, 60)}: expected a piece and its score`);
  });
  if (typeof unknown === "number" && unknown >= pieces.length) {
    throw new Error(`its unk_id is ${unknown}, and it has ${pieces.length} pieces`);
  }
  return pieces;
}
