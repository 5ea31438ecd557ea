import { ScidocsError } from "../../errors.ts";
import type { PaperEncoder, TitleAndAbstract } from "./encodedPaper.ts";
import { originalEncoder, type WordRules } from "./originalRecipe.ts";
import type { TextTokenizer } from "./tokenizer.ts";

/** How a paper's title and abstract become one model input. */
export const recipes = ["hf", "hf-space", "text", "original"] as const;
export type Recipe = (typeof recipes)[number];

/**
 * The templates behind the recipes of SPECTER's two Hugging Face scripts: `hf` is the model card's
 * `title + sep_token + abstract`, `hf-space` the batch script's `title + " " + abstract`.
 */
const templates: Partial<Record<Recipe, string>> = {
  hf: "{title}{sep}{abstract}",
  "hf-space": "{title} {abstract}",
};

/** What a recipe is made of; plain data. */
export interface RecipeSettings {
  readonly recipe: Recipe;
  /** Template of the recipe `text`, with the places `{title}`, `{sep}` and `{abstract}`; null for the others. */
  readonly text: string | null;
  /** Put before every text, such as `query: `; may be empty. */
  readonly prefix: string;
  /** Most words of a paper, for `original`; null for no limit. */
  readonly maxWords?: number | null;
  /** How words are made, for `original`; default the published SPECTER's way. */
  readonly words?: WordRules;
  /** Whether blanks around the text are taken off. */
  readonly trim?: boolean;
  /** Whether the whole text, a separator in it included, is put in lower case. */
  readonly lowerCase?: boolean;
}

/**
 * The encoder of papers that a recipe means for a tokenizer.
 * @param maxLength most tokens of one input, special tokens included
 * @throws ScidocsError `USAGE` for a template with an unknown place
 */
export function paperEncoder(settings: RecipeSettings, tokenizer: TextTokenizer, maxLength: number): PaperEncoder {
  if (settings.recipe === "original")
    return originalEncoder(tokenizer, maxLength, settings.maxWords ?? null, settings.words);
  const template = settings.text ?? templates[settings.recipe];
  if (template === undefined) {
    throw new ScidocsError("USAGE", `--recipe ${settings.recipe}: this model does not offer it; use hf or hf-space`);
  }
  checkTemplate(template);
  return (paper) => {
    const text = textBeforeTokens(settings, settings.prefix + fillTemplate(template, paper, tokenizer.separator));
    return { ...tokenizer.encode(text, maxLength), positions: null };
  };
}

/** What a recipe does to a filled template before it is tokenized. */
export function textBeforeTokens(
  { trim, lowerCase }: Pick<RecipeSettings, "trim" | "lowerCase">,
  text: string,
): string {
  const trimmed = trim === true ? text.replace(blanksAround, "") : text;
  return lowerCase === true ? trimmed.toLowerCase() : trimmed;
}

/** What Python's `str.strip` takes off: its blanks are not JavaScript's. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: separators of old are blanks to Python
const blanksAround = /^[\t-\r\x1c-\x20\x85\p{Z}]+|[\t-\r\x1c-\x20\x85\p{Z}]+$/gu;

/**
 * Checks a `--text` template.
 * @throws ScidocsError `USAGE` when it names a place that does not exist, or neither the title nor the abstract
 */
export function checkTemplate(template: string): void {
  const unknown = [...template.matchAll(/\{(\w*)\}/g)].map((match) => match[1]).filter((name) => !isPlace(name));
  if (unknown.length > 0) {
    throw new ScidocsError("USAGE", `--text: {${unknown[0]}} is not known; use {title}, {sep} and {abstract}`);
  }
  if (!/\{(title|abstract)\}/.test(template)) {
    throw new ScidocsError("USAGE", "--text: the template uses neither {title} nor {abstract}");
  }
}

const isPlace = (name: string | undefined): boolean => name === "title" || name === "sep" || name === "abstract";

/** Fills a template in one pass, so that a title which itself reads `{abstract}` stays as it is. */
export function fillTemplate(template: string, paper: TitleAndAbstract, separator: string): string {
  return template.replace(/\{(title|sep|abstract)\}/g, (_place, name: string) =>
    name === "title" ? paper.title : name === "abstract" ? paper.abstract : separator,
  );
}
