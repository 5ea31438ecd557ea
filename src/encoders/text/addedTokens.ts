import { printable } from "../../printable.ts";

/** A token that is recognised in a text before it is cut into words, as `tokenizer.json` describes it. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Only where no word character touches it. */
  readonly singleWord: boolean;
  /** Takes the blanks before it along. */
  readonly leftStrip: boolean;
  readonly rightStrip: boolean;
  /** Looked for in the normalized text, else in the text as it is. */
  readonly normalized: boolean;
  /** Whether no file numbers it, nor the model's table has a row for it, as a rule: a name of a special token that the vocabulary has not. */
  readonly isImplied: boolean;
}

/** A stretch of a text: a token's id, or text that is still to be tokenized. */
export type Section = number | string;

const word = "[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u200c\\u200d]";
const endsInWord = new RegExp(`${word}$`, "u");
const startsWithWord = new RegExp(`^${word}`, "u");

/**
 * The tokens that are looked for in normalized texts, as they are there.
 * @throws Error for one of which nothing is left, and for two that are alike then: which of them a text gets is left to chance in the Rust
 * library
 */
export function normalizedTokens(
  tokens: readonly AddedToken[],
  normalize: (text: string) => string,
): readonly AddedToken[] {
  const seen = new Map<string, string>();
  return tokens.map((token) => {
    const content = normalize(token.content);
    const name = printable(token.content, 40);
    if (content === "") throw new Error(`its normalizer leaves nothing of the token "${name}"`);
    const other = seen.get(content);
    if (other !== undefined && other !== token.content)
      throw new Error(`its normalizer makes one of the tokens "${printable(other, 40)}" and "${name}"`);
    seen.set(content, token.content);
    return { ...token, content };
  });
}

/**
 * Checks that tokens have the numbers that the Rust library gives them, whatever their file says: the vocabulary's, and on from its size
 * those that it has not.
 * @throws Error naming the first that would have another
 */
export function requireNumbering(
  tokens: readonly AddedToken[],
  vocabulary: readonly (readonly [token: string, id: number])[],
): void {
  const known = new Map(vocabulary);
  let next = vocabulary.length;
  for (const { id, content } of tokens) {
    const right = known.get(content) ?? next;
    if (right !== id)
      throw new Error(
        `the token ${printable(content, 40)} has the id ${id}, where added tokens go on from its ${vocabulary.length} others with ${right}`,
      );
    next = Math.max(next, id + 1);
  }
}

/**
 * Finds tokens in texts: the leftmost first, of several at one place the longest.
 * @param tokens with the text to look for, which a normalizer may have changed
 */
export function tokenFinder(tokens: readonly AddedToken[]): (text: string) => Section[] {
  const byContent = new Map(tokens.map((token) => [token.content, token]));
  if (byContent.size === 0) return (text) => [text];
  const longestFirst = [...byContent.keys()].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(
    longestFirst.map((content) => content.replace(/[$()*+.?[\\\]^{|}]/g, "\\$&")).join("|"),
    "g",
  );
  return (text) => {
    const sections: Section[] = [];
    let end = 0;
    for (const match of text.matchAll(pattern)) {
      const token = byContent.get(match[0]);
      if (token === undefined) continue;
      let start = match.index;
      let stop = start + match[0].length;
      if (token.singleWord && (endsInWord.test(text.slice(0, start)) || startsWithWord.test(text.slice(stop))))
        continue;
      if (token.leftStrip) start = Math.max(end, text.slice(0, start).replace(/\p{White_Space}+$/u, "").length);
      if (token.rightStrip) stop += /^\p{White_Space}*/u.exec(text.slice(stop))?.[0].length ?? 0;
      // One that is nothing but blanks may be inside another already.
      if (start >= stop) continue;
      if (start > end) sections.push(text.slice(end, start));
      sections.push(token.id);
      end = stop;
    }
    if (end < text.length) sections.push(text.slice(end));
    return sections;
  };
}
