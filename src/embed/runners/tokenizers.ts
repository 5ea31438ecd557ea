import type { Encoder } from "../../encoders/encoder.ts";
import type { TitleAndAbstract } from "../../encoders/text/encodedPaper.ts";
import { endlessTokenizer } from "../../encoders/text/tokenizer.ts";
import { printable } from "../../printable.ts";
import { builtFile } from "../../threads/builtFile.ts";
import { openThreads } from "../../threads/threads.ts";
import type { TokenizeData, TokenizedWindow, TokenizeRequest } from "./tokenizeWorker.ts";

/** Threads that tokenize windows. */
export interface Tokenizers {
  readonly count: number;
  /** @throws ScidocsError `BAD_INPUT` when a text keeps its thread busy beyond all measure */
  readonly encode: (texts: readonly TitleAndAbstract[]) => Promise<TokenizedWindow>;
  readonly close: () => Promise<void>;
}

const lookEveryMs = 250;
/** Looks at which a thread may be found at the same text: 4 s, and more for a long text. A common text takes a millisecond. */
const looksFor = (characters: number): number => 16 + characters / 50_000;

/**
 * Opens threads that tokenize. A tokenizer's file may hold a regular expression that takes for ever on some text, so that each thread says
 * which text it is at, and is ended when it stays there. Looks are counted instead of time, lest a process that was stopped for a while be
 * found guilty when it goes on.
 * @param signal aborting it rejects every call at once
 */
export function openTokenizers(encoder: Encoder, wanted: number, signal?: AbortSignal): Tokenizers {
  const { tokenizer, recipe, maxLength } = encoder;
  const count = Math.max(1, wanted);
  const current = new Int32Array(new SharedArrayBuffer(4 * count));
  const data: TokenizeData = { tokenizer, recipe, maxLength, current };
  const script = builtFile(import.meta.url, "./tokenizeWorker.js");
  const threads = openThreads<TokenizeRequest, TokenizedWindow>({ script, data, count, callsEach: Infinity, signal });
  const underWay = new Map<number, readonly TitleAndAbstract[]>();
  const seen = Array.from({ length: count }, () => ({ number: 0, looks: 0 }));
  let nextNumber = 1;
  let stuck: Error | null = null;

  const textOf = (number: number): TitleAndAbstract | undefined => {
    for (const [first, texts] of underWay) {
      if (number >= first && number < first + texts.length) return texts[number - first];
    }
    return undefined;
  };
  const look = (): void => {
    for (const [index, thread] of seen.entries()) {
      const number = Atomics.load(current, index);
      if (number === 0 || number !== thread.number) {
        seen[index] = { number, looks: 0 };
        continue;
      }
      const text = `${textOf(number)?.title ?? ""} ${textOf(number)?.abstract ?? ""}`;
      if (++thread.looks <= looksFor(text.length)) continue;
      stuck ??= endlessTokenizer(tokenizer, `"${printable(text, 60)}"`);
      void threads.close();
    }
  };
  const timer = setInterval(look, lookEveryMs);
  return {
    count,
    encode: async (texts) => {
      const first = nextNumber;
      nextNumber += texts.length;
      underWay.set(first, texts);
      try {
        return await threads.call({ first, texts: texts.map(({ title, abstract }) => ({ title, abstract })) });
      } catch (error) {
        throw stuck ?? error;
      } finally {
        underWay.delete(first);
      }
    },
    close: async () => {
      clearInterval(timer);
      await threads.close();
    },
  };
}
