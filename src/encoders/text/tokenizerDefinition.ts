import { basename } from "node:path";
import type { z } from "zod";
import { fileError } from "../../errors.ts";
import { readJsonObject } from "../../files/jsonFile.ts";
import { refuseLfsPointer } from "../../files/lfsPointer.ts";
import { readLinesSync } from "../../files/textFile.ts";
import { printable } from "../../printable.ts";
import type { AddedToken } from "./addedTokens.ts";
import { byteLevelTokenizer } from "./byteLevelVocabulary.ts";
import { sentencePieceTokenizer } from "./sentencePieceVocabulary.ts";
import { tokensAround } from "./specialTokens.ts";
import { type TokenizerClass, tokenizerClass } from "./tokenizerClasses.ts";
import type { TokenizerFiles } from "./tokenizerFiles.ts";
import {
  appendedForm,
  configForm,
  definitionForm,
  problemsOf,
  specialNames,
  specialTokensForm,
} from "./tokenizerForms.ts";
import { wordPieceTokenizer } from "./wordPieceVocabulary.ts";

type Json = Readonly<Record<string, unknown>>;

/** A tokenizer as all of its files together mean it. */
export interface TokenizerDefinition {
  readonly normalizer: unknown;
  readonly preTokenizer: unknown;
  readonly postProcessor: unknown;
  readonly model: unknown;
  readonly addedTokens: readonly AddedToken[];
  /** The text between title and abstract; empty where no file says one. */
  readonly separator: string;
  /** Whether a text that is too long loses its beginning. */
  readonly cutsLeft: boolean;
}

/**
 * Puts a tokenizer's files together as Python's transformers 4 does: `tokenizer_config.json` goes over `tokenizer.json`, tokens of
 * `added_tokens_decoder` and of `added_tokens.json` are added, special tokens are recognised in texts.
 * @throws ScidocsError `BAD_INPUT` for files that do not describe a tokenizer
 */
export function readDefinition(files: TokenizerFiles): TokenizerDefinition {
  refuseLfsPointer(files.vocabulary);
  const config: Json = files.config === null ? {} : readJsonObject(files.config);
  if (files.config !== null) requireFormOf(files.config, configForm, config);
  const other = (name: string): string | undefined => files.others?.find((file) => basename(file) === name);
  const readOther = (name: string, form: z.ZodType): Json => {
    const file = other(name);
    if (file === undefined) return {};
    const content = readJsonObject(file);
    requireFormOf(file, form, content);
    return content;
  };
  const kind = tokenizerClass(config.tokenizer_class, files.modelType ?? null);
  const map = nonNull(readOther("special_tokens_map.json", specialTokensForm));
  // A configuration with added tokens is of a time when the map was no longer read; before, the map went over it.
  const isNew = config.added_tokens_decoder != null;
  const named = isNew ? { ...map, ...nonNull(config) } : { ...nonNull(config), ...map };
  const bare = !files.vocabulary.endsWith("tokenizer.json") && !files.vocabulary.endsWith(".json");
  const definition: Json = files.vocabulary.endsWith("vocab.json")
    ? byteLevelTokenizer(files.vocabulary, other("merges.txt"), config)
    : files.vocabulary.endsWith(".model")
      ? bareSentencePiece(files.vocabulary, kind)
      : bare
        ? bareVocabulary(files.vocabulary, named, config, kind)
        : readJsonObject(files.vocabulary);
  if (typeof definition.model !== "object" || definition.model === null) {
    throw fileError(files.vocabulary, null, "is not a tokenizer.json: it has no model");
  }
  requireFormOf(files.vocabulary, definitionForm, definition);
  const appended = isNew ? {} : readOther("added_tokens.json", appendedForm);
  const tokens = addedTokens(definition, config, appended, isNew ? nonNull(config) : named, kind);
  const { closing, before, after } = tokensAround(definition.post_processor);
  if (kind !== null) {
    requireNamed("cls_token", named, before, tokens);
    requireNamed("sep_token", named, after, tokens);
  }
  const side = config.truncation_side ?? { ...(definition.truncation as object as Json) }.direction ?? "right";
  return {
    normalizer: normalizerOver(definition.normalizer, config, kind),
    preTokenizer: preTokenizerOver(definition.pre_tokenizer, config, kind),
    postProcessor: definition.post_processor,
    model: definition.model,
    addedTokens: tokens,
    separator: textOf(named.sep_token) ?? kind?.separator ?? closing ?? (tokens.some(isSep) ? "[SEP]" : ""),
    cutsLeft: String(side).toLowerCase() === "left",
  };
}

function requireFormOf(file: string, form: z.ZodType, value: unknown): void {
  const problems = problemsOf(form, value);
  if (problems !== null) throw fileError(file, null, `is not what tokenizers of transformers have: ${problems}`);
}

const isSep = ({ content }: AddedToken): boolean => content === "[SEP]";

function nonNull(config: Json): Json {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null));
}

/** A token's text: configs give it plain or as an object with `content`. */
function textOf(value: unknown): string | null {
  if (typeof value === "string") return value;
  if (typeof value === "object" && value !== null && "content" in value) return textOf(value.content);
  return null;
}

/** A class that says more than the general one puts its settings over a `BertNormalizer`. */
function normalizerOver(normalizer: unknown, config: Json, kind: TokenizerClass | null): unknown {
  const fields: Json = { ...(normalizer as object) };
  if (fields.type !== "BertNormalizer") return normalizer;
  const setting = (name: string, own: unknown): unknown => {
    const usual = kind?.normalizer[name];
    if (kind !== null && usual === undefined) return own;
    // Where the class is not known, only what is written counts.
    return config[name] === undefined ? (kind === null ? own : usual) : config[name];
  };
  const known = kind !== null || config.tokenizer_class === undefined;
  if (!known) return normalizer;
  return {
    ...fields,
    lowercase: setting("do_lower_case", fields.lowercase),
    strip_accents: setting("strip_accents", fields.strip_accents),
    handle_chinese_chars: setting("tokenize_chinese_chars", fields.handle_chinese_chars),
  };
}

/** RoBERTa's class puts `add_prefix_space` over its byte-level pre-tokenizer. */
function preTokenizerOver(preTokenizer: unknown, config: Json, kind: TokenizerClass | null): unknown {
  const fields: Json = { ...(preTokenizer as object) };
  if (kind?.pieces !== undefined && config.add_prefix_space !== undefined && config.add_prefix_space !== true)
    throw new Error(
      `tokenizer_config.json has add_prefix_space ${config.add_prefix_space}, which versions of transformers take differently for a SentencePiece model`,
    );
  if (fields.type !== "ByteLevel" || kind?.separator !== "</s>") return preTokenizer;
  return { ...fields, add_prefix_space: config.add_prefix_space === true };
}

/** @throws Error for a class whose tokens around a text are not those that its files put there: versions of transformers differ then */
function requireNamed(
  name: "cls_token" | "sep_token",
  named: Json,
  around: readonly number[],
  tokens: AddedToken[],
): void {
  const content = textOf(named[name]);
  if (content === "") throw new Error(`its ${name} is empty`);
  const id = tokens.find((token) => token.content === content)?.id;
  if (content === null || id === undefined || around.length !== 1 || around[0] === id) return;
  throw new Error(
    `its ${name} is ${printable(content, 40)} (${id}), and its post-processor puts ${around[0]} in that place`,
  );
}

/** @throws Error for a token that the vocabulary numbers otherwise */
function addedTokens(
  definition: Json,
  config: Json,
  appended: Json,
  named: Json,
  kind: TokenizerClass | null,
): AddedToken[] {
  const vocabulary = vocabularyOf(definition.model);
  const tokens = new Map<string, AddedToken>();
  const add = (value: unknown, id: unknown, special: boolean, isImplied = false): void => {
    const content = textOf(value);
    if (content === null || content === "" || typeof id !== "number") return;
    const own = tokens.get(content)?.id ?? vocabulary(content) ?? id;
    if (own !== id)
      throw new Error(`the token ${printable(content, 40)} has the id ${id} and, in its vocabulary, ${own}`);
    const fields: Json = typeof value === "object" ? { ...value } : {};
    tokens.set(content, {
      id,
      content,
      singleWord: fields.single_word === true,
      leftStrip: fields.lstrip === true,
      rightStrip: fields.rstrip === true,
      normalized: typeof fields.normalized === "boolean" ? fields.normalized : !special,
      isImplied,
    });
  };
  for (const token of Array.isArray(definition.added_tokens) ? definition.added_tokens : []) {
    const fields: Json = { ...token };
    add(token, fields.id, fields.special === true);
  }
  // What the configuration says of a token goes over what tokenizer.json says of it.
  const decoder: Json = { ...(config.added_tokens_decoder as object) };
  for (const [id, token] of Object.entries(decoder)) {
    const fields: Json = { ...(token as object) };
    add(token, Number(id), fields.special === true);
  }
  const special = specialValues(named, kind);
  const isSpecial = (content: string): boolean => special.some((value) => textOf(value) === content);
  for (const [content, id] of Object.entries(appended).sort(([, a], [, b]) => Number(a) - Number(b))) {
    if (!tokens.has(content)) add(content, id, isSpecial(content));
  }
  // Special tokens are recognised in texts too; one that the vocabulary has not gets the next number.
  const separator = textOf(named.sep_token) ?? kind?.separator;
  for (const value of special) {
    const content = textOf(value);
    if (content === null || tokens.has(content)) continue;
    const id = vocabulary(content);
    add(value, id ?? nextId(definition.model, tokens), true, id === undefined && content !== separator);
  }
  return [...tokens.values()];
}

/** All special tokens that a configuration or its class names, in the order in which they are added. */
function specialValues(named: Json, kind: TokenizerClass | null): unknown[] {
  const usual: Json = kind === null ? {} : { ...kind.special };
  const further = [named.additional_special_tokens, named.extra_special_tokens].flatMap((more) =>
    typeof more === "object" && more !== null ? Object.values(more) : [],
  );
  return [...specialNames.map((name) => named[name] ?? usual[name.replace("_token", "")]), ...further];
}

function nextId(model: unknown, tokens: ReadonlyMap<string, AddedToken>): number {
  const { vocab }: Json = { ...(model as object) };
  const size = Object.keys({ ...(vocab as object) }).length;
  return Math.max(size, ...[...tokens.values()].map(({ id }) => id + 1));
}

function vocabularyOf(model: unknown): (token: string) => number | undefined {
  const { vocab }: Json = { ...(model as object) };
  if (Array.isArray(vocab)) {
    const ids = new Map(vocab.map((entry, id) => [String(Array.isArray(entry) ? entry[0] : entry), id]));
    return (token) => ids.get(token);
  }
  const map = new Map(Object.entries({ ...(vocab as Record<string, number>) }));
  return (token) => map.get(token);
}

/** @throws ScidocsError for a family that numbers its pieces in a way that we do not know */
function bareSentencePiece(file: string, kind: TokenizerClass | null): Json {
  if (kind?.pieces !== undefined) return sentencePieceTokenizer(file, kind.pieces);
  throw fileError(
    file,
    null,
    "is a bare SentencePiece model, which is known for XLM-RoBERTa and CamemBERT alone (model_type in config.json, or tokenizer_class); give a tokenizer.json",
  );
}

function bareVocabulary(file: string, named: Json, config: Json, kind: TokenizerClass | null): Json {
  const truth = (value: unknown, fallback: boolean): boolean => (typeof value === "boolean" ? value : fallback);
  const usual = kind?.special ?? { cls: "[CLS]", sep: "[SEP]", unk: "[UNK]", pad: "[PAD]", mask: "[MASK]" };
  return wordPieceTokenizer(
    file,
    readLinesSync(file),
    {
      lowerCase: truth(config.do_lower_case, true),
      stripAccents: typeof config.strip_accents === "boolean" ? config.strip_accents : null,
      splitChinese: truth(config.tokenize_chinese_chars, true),
    },
    {
      cls: textOf(named.cls_token) ?? usual.cls,
      sep: textOf(named.sep_token) ?? usual.sep,
      unk: textOf(named.unk_token) ?? usual.unk,
      pad: textOf(named.pad_token) ?? usual.pad,
      mask: textOf(named.mask_token) ?? usual.mask,
    },
  );
}
