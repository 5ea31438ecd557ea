import { z } from "zod";

type Schemas = Readonly<Record<string, z.ZodType>>;

/** A truth value that may be left out, and is nothing else: `"false"` would count as true. */
const flag = z.boolean().optional();
const parts = z.array(z.unknown());
const pattern = z.union([z.strictObject({ String: z.string() }), z.strictObject({ Regex: z.string() })]);
const behavior = z.string().optional();
const character = z.string().refine((text) => [...text].length === 1, "expected one character");

/** Fields of the normalizers that have any, as the Rust library demands them. */
export const normalizerForms: Schemas = {
  BertNormalizer: z.object({
    clean_text: flag,
    handle_chinese_chars: flag,
    lowercase: flag,
    strip_accents: z.boolean().nullish(),
  }),
  Strip: z.object({ strip_left: flag, strip_right: flag }),
  Prepend: z.object({ prepend: z.string() }),
  Replace: z.object({ pattern, content: z.string() }),
  Precompiled: z.object({ precompiled_charsmap: z.string() }),
  Sequence: z.object({ normalizers: parts }),
};

/** Fields of the pre-tokenizers that have any. */
export const preTokenizerForms: Schemas = {
  ByteLevel: z.object({ add_prefix_space: flag, use_regex: flag }),
  Metaspace: z.object({
    replacement: character.optional(),
    prepend_scheme: z.enum(["always", "never", "first"]).optional(),
    add_prefix_space: flag,
    split: flag,
  }),
  Punctuation: z.object({ behavior }),
  Digits: z.object({ individual_digits: flag }),
  CharDelimiterSplit: z.object({ delimiter: character }),
  FixedLength: z.object({ length: z.number().int().positive().optional() }),
  Split: z.object({ pattern, behavior, invert: flag }),
  Sequence: z.object({ pretokenizers: parts }),
};

const tokenId = z
  .number()
  .int()
  .nonnegative()
  .max(2 ** 31 - 1);
const named = z.tuple([z.string(), tokenId]);
const typeless = z.literal(0).optional();
const templatePart = z.union(
  [
    z.strictObject({ SpecialToken: z.object({ id: z.string(), type_id: typeless }) }),
    z.strictObject({ Sequence: z.object({ id: z.literal("A"), type_id: typeless }) }),
  ],
  "expected a special token or the text A, both of the token type 0: no other is fed",
);

/** Fields of the post-processors that have any. */
export const postProcessorForms: Schemas = {
  BertProcessing: z.object({ sep: named, cls: named }),
  RobertaProcessing: z.object({ sep: named, cls: named }),
  TemplateProcessing: z.object({
    single: z
      .array(templatePart)
      .refine((all) => all.filter((part) => "Sequence" in part).length === 1, "expected the text once"),
    special_tokens: z.record(z.string(), z.object({ ids: z.array(tokenId).min(1) })),
  }),
  Sequence: z.object({ processors: parts }),
};

const option = z.string().nullish();

/** Options of the models; their words and merges are looked at one by one. */
export const modelForms: Schemas = {
  WordPiece: z.object({
    unk_token: z.string().optional(),
    continuing_subword_prefix: z.string().optional(),
    max_input_chars_per_word: z.number().int().positive().optional(),
  }),
  BPE: z.object({
    unk_token: option,
    dropout: z.number().nullish(),
    continuing_subword_prefix: option,
    end_of_word_suffix: option,
    fuse_unk: flag,
    byte_fallback: flag,
    ignore_merges: flag,
  }),
  Unigram: z.object({ unk_id: tokenId.nullish(), byte_fallback: flag }),
  WordLevel: z.object({ unk_token: z.string().optional() }),
};

const addedToken = z.object({
  id: tokenId,
  content: z.string(),
  single_word: flag,
  lstrip: flag,
  rstrip: flag,
  normalized: flag,
  special: flag,
});

/** The parts of a `tokenizer.json` that are no components. */
export const definitionForm = z.object({
  added_tokens: z.array(addedToken).nullish(),
  truncation: z.object({ direction: z.enum(["Left", "Right"]).optional() }).nullish(),
});

const tokenText = z.union([z.string(), z.object({ content: z.string() })]).nullish();

/** Names of the special tokens, which `special_tokens_map.json` and `tokenizer_config.json` say. */
export const specialNames = [
  "bos_token",
  "eos_token",
  "unk_token",
  "sep_token",
  "pad_token",
  "cls_token",
  "mask_token",
] as const;

/** `special_tokens_map.json`. */
export const specialTokensForm = z.object({
  ...Object.fromEntries(specialNames.map((name) => [name, tokenText])),
  additional_special_tokens: z.array(tokenText).nullish(),
  extra_special_tokens: z.union([z.array(tokenText), z.record(z.string(), tokenText)]).nullish(),
});

const choice = z.boolean().nullish();

/** The fields of `tokenizer_config.json` that change how a text is split. */
export const configForm = specialTokensForm.extend({
  tokenizer_class: option,
  do_lower_case: choice,
  strip_accents: choice,
  tokenize_chinese_chars: choice,
  add_prefix_space: choice,
  split_special_tokens: z.literal(false, "expected false: special tokens in a text are one token").nullish(),
  truncation_side: z.enum(["left", "right"]).nullish(),
  added_tokens_decoder: z
    .record(z.string().regex(/^\d+$/, "expected ids as keys"), addedToken.omit({ id: true }))
    .nullish(),
});

/** `added_tokens.json`. */
export const appendedForm = z.record(z.string(), tokenId);

/** The fields that are not of a form, in words; null where all are. */
export function problemsOf(form: z.ZodType, value: unknown): string | null {
  const parsed = form.safeParse(value);
  if (parsed.success) return null;
  return z.prettifyError(new z.ZodError(parsed.error.issues.slice(0, 5)));
}

/**
 * Checks that a part of a tokenizer is of its form: what is left out has a usual value; what is there and of another kind would be passed
 * over, and other tokens would come out.
 * @throws Error naming the part and its wrong fields
 */
export function requireForm(what: string, form: z.ZodType | undefined, value: unknown): void {
  const problems = form === undefined ? null : problemsOf(form, value);
  if (problems !== null) throw new Error(`${what} is not of its form: ${problems}`);
}
