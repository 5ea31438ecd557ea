import { ScidocsError } from "../errors.ts";

/** One of several equal parts of a plan, for machines that share no queue. */
export interface Shard {
  /** From 1. */
  readonly number: number;
  readonly of: number;
}

/**
 * Reads `3/16`.
 * @throws ScidocsError `USAGE`
 */
export function parseShard(text: string): Shard {
  const [, number = "", of = ""] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? [];
  const shard = { number: Number(number), of: Number(of) };
  if (number !== "" && shard.number >= 1 && shard.number <= shard.of) return shard;
  throw new ScidocsError("USAGE", `a shard is K/N with K from 1 to N, such as 3/16, and not ${text}`);
}

/**
 * The part of some windows that falls to a shard. They are sorted by length and are dealt out there and back again, so that nobody gets
 * the longer one of each round.
 */
export function dealtTo<T>({ number, of }: Shard, windows: readonly T[]): T[] {
  return windows.filter((_, index) => {
    const round = Math.floor(index / of);
    const place = index % of;
    return (round % 2 === 0 ? place : of - 1 - place) === number - 1;
  });
}
