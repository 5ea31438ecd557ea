import type { EncodedPaper, PaperEncoder } from "./encodedPaper.ts";
import { normalized } from "./normalForm.ts";
import type { TextTokenizer } from "./tokenizer.ts";

/** How an archive's words are made; the published SPECTER's are all in lower case, and each stands at its last piece. */
export interface WordRules {
  /** Whether the splitter lower-cases words and strips their accents. */
  readonly lowerCaseWords: boolean;
  /** Whether the indexer lower-cases what the splitter left. */
  readonly lowerCasePieces: boolean;
  /** Whether a word stands at its first piece. */
  readonly firstPieces: boolean;
}

/** The published SPECTER's rules. */
export const specterWords: WordRules = { lowerCaseWords: true, lowerCasePieces: true, firstPieces: false };

/** A word of more characters than this is unknown as a whole, as in BERT's own tokenizer. */
const longestWord = 100;

/** Words that BERT's tokenizer takes as they are when they stand alone. */
const neverSplit: ReadonlySet<string> = new Set(["[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"]);

/**
 * The text recipe of the original SPECTER (allenai/specter `specter/data.py` with AllenNLP 0.9's BERT indexer): words of BERT's basic
 * tokenizer in lower case; a full stop after a title without one; `[SEP]`; the abstract's words. `maxWords` limits the words,
 * `maxLength` less two the word pieces, and a word that does not fit ends the text. The paper's vector comes from the positions of
 * each word's last piece.
 * An empty title gets no full stop (the reference stops with an error there).
 * @param maxWords null for no limit
 * @param maxLength most tokens with `[CLS]` and `[SEP]` around
 */
export function originalEncoder(
  tokenizer: TextTokenizer,
  maxLength: number,
  maxWords: number | null,
  rules: WordRules = specterWords,
): PaperEncoder {
  const id = (token: string): number => tokenizer.tokenId(token) ?? 0;
  const [cls, sep] = [id("[CLS]"), id("[SEP]")];
  const known = new Map<string, readonly number[]>();
  const piecesOf = (word: string): readonly number[] => {
    const cached = known.get(word);
    if (cached !== undefined) return cached;
    const lowers = rules.lowerCasePieces && !neverSplit.has(word);
    const pieces = wordPieces(lowers ? word.toLowerCase() : word, tokenizer);
    // Papers repeat their words; a bound keeps millions of rare ones from filling the memory.
    if (known.size < 200_000) known.set(word, pieces);
    return pieces;
  };
  return ({ title, abstract }): EncodedPaper => {
    const titleWords = basicWords(title, rules.lowerCaseWords);
    if (titleWords.length > 0 && titleWords.at(-1) !== ".") titleWords.push(".");
    const words = [...titleWords, "[SEP]", ...basicWords(abstract, rules.lowerCaseWords)];
    const ids = [cls];
    const positions: number[] = [];
    const most = Math.min(words.length, maxWords ?? words.length);
    for (const word of words.slice(0, most)) {
      const pieces = piecesOf(word);
      if (ids.length + pieces.length > maxLength - 1) break;
      positions.push(rules.firstPieces ? ids.length : ids.length + pieces.length - 1);
      ids.push(...pieces);
    }
    ids.push(sep);
    return { ids, positions, truncated: positions.length < words.length };
  };
}

/**
 * BERT's basic tokenizer with lower-casing, as pytorch-pretrained-bert 0.6 has it: control characters out, Chinese characters apart,
 * accents stripped, punctuation marks as words of their own.
 * @param lowers whether words are lower-cased and lose their accents
 */
export function basicWords(text: string, lowers = true): string[] {
  const clean = text
    // \t, \n and \r are control characters by category but count as spaces.
    .replace(/[\t\n\r\p{Zs}]/gu, " ")
    .replace(/[\ufffd\p{C}]/gu, "")
    .replace(chinese, " $& ");
  const words: string[] = [];
  for (const token of clean.split(/\s+/u)) {
    if (token === "") continue;
    if (neverSplit.has(token)) {
      words.push(token);
      continue;
    }
    const plain = lowers ? normalized(token.toLowerCase(), "NFD").replace(/\p{Mn}/gu, "") : token;
    // Normalising may bring spaces into a token (of U+00A8 and its like), so the parts are split once more.
    for (const word of plain.replace(punctuation, " $& ").split(/\s+/u)) if (word !== "") words.push(word);
  }
  return words;
}

/** All of ASCII that is neither letter, digit nor space, `$`, `+`, `^` and the like included, and Unicode's punctuation. */
const punctuation = /[!-/:-@[-`{-~\p{P}]/gu;

/** The blocks that BERT's tokenizer calls Chinese; Japanese kana and Korean are not among them. */
const chinese =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b820}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu;

/** Greedy longest match from the left, as WordPiece does. */
function wordPieces(word: string, tokenizer: TextTokenizer): readonly number[] {
  const unknown = [tokenizer.tokenId("[UNK]") ?? 0];
  const characters = [...word];
  if (characters.length > longestWord) return unknown;
  const pieces: number[] = [];
  for (let start = 0; start < characters.length; ) {
    let end = characters.length;
    let found: number | undefined;
    for (; end > start && found === undefined; end--) {
      found = tokenizer.tokenId((start > 0 ? "##" : "") + characters.slice(start, end).join(""));
    }
    if (found === undefined) return unknown;
    pieces.push(found);
    start = end + 1;
  }
  return pieces;
}
