import { postProcessorForms, requireForm } from "./tokenizerForms.ts";

type Config = Readonly<Record<string, unknown>>;

/** Ids that stand before and after the tokens of one text. */
export interface TokensAround {
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** The text of the first token after the text: what separates two texts. */
  readonly closing: string | null;
}

/** Far more than any model wants at one end of a text. */
const mostAround = 64;

const nothing: TokensAround = { before: [], after: [], closing: null };

/**
 * What the `post_processor` of a `tokenizer.json` puts around one text; null puts nothing.
 * @throws Error for a kind that we do not know, or fields that are not of its form
 */
export function tokensAround(config: unknown): TokensAround {
  if (config === null || config === undefined) return nothing;
  const fields: Config = { ...(config as object) };
  requireForm(`the post-processor ${fields.type}`, postProcessorForms[String(fields.type)], fields);
  switch (fields.type) {
    case "BertProcessing":
    case "RobertaProcessing": {
      const [sep, cls] = [tokenOf(fields.sep), tokenOf(fields.cls)];
      return { before: [cls.id], after: [sep.id], closing: sep.content };
    }
    case "TemplateProcessing":
      return aroundTemplate(fields);
    case "ByteLevel":
      return nothing;
    case "Sequence": {
      const parts = (Array.isArray(fields.processors) ? fields.processors : []).map(tokensAround);
      const adding = parts.filter(({ before, after }) => before.length + after.length > 0);
      // Of two the Rust library makes what nobody can mean, or nothing.
      if (adding.length > 1) throw new Error("two of its post-processors put tokens around a text");
      return adding[0] ?? nothing;
    }
    default:
      throw new Error(`the post-processor ${fields.type} is not known`);
  }
}

function tokenOf(value: unknown): { content: string; id: number } {
  const [content, id]: unknown[] = Array.isArray(value) ? value : [];
  if (typeof content !== "string" || typeof id !== "number") throw new Error("a post-processor without its tokens");
  return { content, id };
}

function aroundTemplate({ single, special_tokens: special }: Config): TokensAround {
  const before: number[] = [];
  const after: number[] = [];
  let closing: string | null = null;
  let seen = false;
  for (const item of Array.isArray(single) ? single : []) {
    const part: Config = { ...(item as object) };
    if (part.Sequence !== undefined) {
      seen = true;
      continue;
    }
    const { id: name }: Config = { ...(part.SpecialToken as object) };
    const token: Config = { ...((special as Record<string, object>)?.[String(name)] ?? {}) };
    if (!Array.isArray(token.ids)) throw new Error(`a template names ${name}, which is not among its special tokens`);
    const side = seen ? after : before;
    for (const id of token.ids) side.push(Number(id));
    if (side.length > mostAround) throw new Error(`a template puts over ${mostAround} tokens at one end of a text`);
    if (seen) closing ??= String(name);
  }
  return { before, after, closing };
}
