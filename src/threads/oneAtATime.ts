import { unlessAborted } from "../errors.ts";

/** Does pieces of work, each when its turn has come. */
export interface Turns {
  <T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** How many wait for their turn. */
  waiting(): number;
}

/**
 * Work that is done one piece at a time in the order of asking, whoever asks: for what uses every core by itself, so that side by side it
 * takes more memory and no less time. Who waits is rejected with `INTERRUPTED` as soon as the signal aborts; who works ends itself.
 */
export function oneAtATime(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  const turn = async <T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
    const before = last;
    let done = (): void => {};
    const mine = new Promise<void>((resolve) => {
      done = resolve;
    });
    last = before.then(() => mine);
    try {
      waiting++;
      await unlessAborted(before, signal).finally(() => {
        waiting--;
      });
      return await work();
    } finally {
      done();
    }
  };
  return Object.assign(turn, { waiting: () => waiting });
}
