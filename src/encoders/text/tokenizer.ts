import { basename } from "node:path";
import { fileError, ScidocsError } from "../../errors.ts";
import { printable } from "../../printable.ts";
import { endsInTime } from "../../threads/endsInTime.ts";
import { type AddedToken, normalizedTokens, requireNumbering, type Section, tokenFinder } from "./addedTokens.ts";
import { keepsStart, lowerCase, openNormalizer } from "./normalizers.ts";
import { openPieceModel, requireId } from "./pieceModel.ts";
import { openPreTokenizer, requireFirstInFront } from "./preTokenizers.ts";
import { tokensAround } from "./specialTokens.ts";
import { readDefinition, type TokenizerDefinition } from "./tokenizerDefinition.ts";
import type { TokenizerFiles } from "./tokenizerFiles.ts";

/** Splits a text into the model's token ids. */
export interface TextTokenizer {
  /** The text between sentences, `[SEP]` in BERT's family; empty where the tokenizer has none. */
  readonly separator: string;
  /**
   * Token ids with the special tokens around them, at most `maxLength`. A longer text loses its end (its beginning, where
   * `truncation_side` says so) and keeps the special tokens, as Hugging Face's Python tokenizers do.
   */
  readonly encode: (text: string, maxLength: number) => { ids: number[]; truncated: boolean };
  /** Token ids of a text without special tokens. */
  readonly pieces: (text: string) => number[];
  readonly tokenId: (token: string) => number | undefined;
  /** Special tokens that close every text. */
  readonly closingTokens: number;
  /** The largest id that a text can give, special tokens included. */
  readonly largestId: number;
}

/**
 * Opens a tokenizer from its files.
 * @throws ScidocsError `BAD_INPUT` for files that do not describe one, or name a part that we do not know
 */
export function openTokenizer(files: TokenizerFiles): TextTokenizer {
  const name = basename(files.vocabulary);
  const definition = orSay(files, `${name} is not a tokenizer we can read`, () => readDefinition(files));
  // Its normalizer is put to its tokens here.
  const opened = endsInTime(
    longestMs,
    () => orSay(files, `${name} is not a tokenizer we can read`, () => assemble(definition, files.lowerCase === true)),
    () => endlessTokenizer(files, "of one of its tokens"),
  );
  return {
    ...opened,
    pieces: (text) => orSay(files, cannotTake(text), () => opened.pieces(text)),
    encode: (text, maxLength) => orSay(files, cannotTake(text), () => opened.encode(text, maxLength)),
  };
}

/** Time in which a text is tokenized, in milliseconds; a common one takes a thousandth of it. */
const longestMs = 2000;

/** Characters that the slowest tokenizer gets through in a millisecond. */
const charactersPerMs = 50;

/**
 * The same tokenizer for a thread that nobody watches: a text that takes it for ever is an error.
 * @throws ScidocsError `BAD_INPUT`, from what comes back
 */
export function boundedTokenizer(files: TokenizerFiles, opened: TextTokenizer = openTokenizer(files)): TextTokenizer {
  const bounded = <T>(text: string, work: () => T): T =>
    endsInTime(longestMs + text.length / charactersPerMs, work, () =>
      endlessTokenizer(files, `"${printable(text, 60)}"`),
    );
  return {
    ...opened,
    pieces: (text) => bounded(text, () => opened.pieces(text)),
    encode: (text, maxLength) => bounded(text, () => opened.encode(text, maxLength)),
  };
}

/** The error about a tokenizer that is still at a text. */
export function endlessTokenizer({ vocabulary }: TokenizerFiles, text: string): ScidocsError {
  return fileError(
    vocabulary,
    null,
    `the tokenizer does not come to an end with the text ${text}: one of its regular expressions may be catastrophic, or a word too long for it`,
  );
}

const cannotTake = (text: string): string => `the tokenizer cannot take the text "${printable(text, 60)}"`;

function orSay<T>(files: TokenizerFiles, what: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof ScidocsError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw fileError(files.vocabulary, null, `${what}: ${reason}`, cause);
  }
}

function assemble(definition: TokenizerDefinition, lowers: boolean): TextTokenizer {
  const own = openNormalizer(definition.normalizer);
  const normalize = lowers ? (text: string): string => own(lowerCase(text)) : own;
  const preTokenize = openPreTokenizer(definition.preTokenizer);
  // One character may become several, and a word that begins within them begins the input too: that is not followed here.
  if (definition.normalizer != null || lowers) requireFirstInFront(definition.preTokenizer);
  const split = openPieceModel(definition.model);
  const { before, after } = tokensAround(definition.postProcessor);
  const { addedTokens } = definition;
  for (const { content, id } of addedTokens) requireId(content, id);
  requireNumbering(addedTokens, vocabularyEntries(definition.model));
  const findPlain = tokenFinder(addedTokens.filter(({ normalized }) => !normalized));
  const findNormalized = tokenFinder(
    normalizedTokens(
      addedTokens.filter(({ normalized }) => normalized),
      normalize,
    ),
  );
  const pieces = (text: string): number[] => {
    const ids: number[] = [];
    let atStart = true;
    const each = (section: Section, tokenize: (text: string) => void): void => {
      if (typeof section === "number") ids.push(section);
      else tokenize(section);
      atStart = false;
    };
    for (const section of findPlain(text)) {
      each(section, (plain) => {
        for (const part of findNormalized(normalize(plain))) {
          each(part, (words) => {
            const beginsInput = (): boolean => atStart && keepsStart(normalize, plain);
            for (const word of preTokenize(words, beginsInput)) for (const id of split(word)) ids.push(id);
          });
        }
      });
    }
    return ids;
  };
  const room = (maxLength: number): number => Math.max(0, maxLength - before.length - after.length);
  return {
    separator: definition.separator,
    pieces,
    tokenId: tokenIds(definition.model, addedTokens),
    closingTokens: after.length,
    largestId: Math.max(largestId(definition.model, addedTokens), ...before, ...after),
    encode: (text, maxLength) => {
      const body = pieces(text);
      const most = room(maxLength);
      const truncated = body.length > most;
      const kept = !truncated ? body : definition.cutsLeft ? body.slice(body.length - most) : body.slice(0, most);
      return { ids: [...before, ...kept, ...after], truncated };
    },
  };
}

/** A model's vocabulary as pairs, whichever way its file writes it. */
function vocabularyEntries(model: unknown): [string, number][] {
  const { vocab }: { vocab?: unknown } = { ...(model as object) };
  if (Array.isArray(vocab)) return vocab.map((entry, id) => [String(Array.isArray(entry) ? entry[0] : entry), id]);
  return Object.entries({ ...(vocab as Record<string, number>) });
}

function tokenIds(model: unknown, added: readonly AddedToken[]): (token: string) => number | undefined {
  const ids = new Map(vocabularyEntries(model));
  for (const { content, id } of added) ids.set(content, id);
  return (token) => ids.get(token);
}

function largestId(model: unknown, added: readonly AddedToken[]): number {
  let largest = -1;
  for (const [, id] of vocabularyEntries(model)) largest = Math.max(largest, id);
  return added.reduce((most, { id, isImplied }) => (isImplied ? most : Math.max(most, id)), largest);
}
