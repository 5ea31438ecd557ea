import type { TitleAndAbstract } from "../../encoders/text/encodedPaper.ts";
import { paperEncoder, type RecipeSettings } from "../../encoders/text/recipes.ts";
import { openTokenizer } from "../../encoders/text/tokenizer.ts";
import type { TokenizerFiles } from "../../encoders/text/tokenizerFiles.ts";
import { answerCalls, threadData, threadIndex } from "../../threads/inThread.ts";

/** What a tokenizing thread is opened with. */
export interface TokenizeData {
  readonly tokenizer: TokenizerFiles;
  readonly recipe: RecipeSettings;
  readonly maxLength: number;
  /** Where each thread notes the number of the text it is at; 0 while it is at none. */
  readonly current: Int32Array;
}

/** Texts to tokenize; they are numbered from `first` on. */
export interface TokenizeRequest {
  readonly first: number;
  readonly texts: readonly TitleAndAbstract[];
}

/** Token ids of a window's texts, end to end. */
export interface TokenizedWindow {
  readonly ids: Int32Array;
  /** Tokens of each text. */
  readonly lengths: Int32Array;
  /** 1 where the text was cut to the maximum length. */
  readonly truncated: Uint8Array;
  /** Positions to average, for recipes that choose them. */
  readonly positions: readonly Int32Array[] | null;
}

const data = threadData<TokenizeData>();
const encode = paperEncoder(data.recipe, openTokenizer(data.tokenizer), data.maxLength);

answerCalls<TokenizeRequest, TokenizedWindow>(async ({ first, texts }) => {
  const encoded = texts.map((text, index) => {
    Atomics.store(data.current, threadIndex(), first + index);
    try {
      return encode(text);
    } finally {
      Atomics.store(data.current, threadIndex(), 0);
    }
  });
  const lengths = Int32Array.from(encoded, ({ ids }) => ids.length);
  const ids = new Int32Array(lengths.reduce((sum, length) => sum + length, 0));
  let offset = 0;
  for (const one of encoded) {
    ids.set(one.ids, offset);
    offset += one.ids.length;
  }
  const positions = encoded[0]?.positions == null ? null : encoded.map((one) => Int32Array.from(one.positions ?? []));
  const value = { ids, lengths, truncated: Uint8Array.from(encoded, (one) => (one.truncated ? 1 : 0)), positions };
  return { value, transfer: [ids.buffer, lengths.buffer] };
});
