import { InvalidArgumentError } from "commander";
import { ScidocsError } from "../errors.ts";
import { adding } from "./repeatedFlags.ts";

/** A parser of whole numbers from `least` to `most`; its message is shown after the flag's name. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    const isWhole = /^\d+$/.test(text);
    if (isWhole && value > most) throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
    if (!isWhole || value < least) {
      throw new InvalidArgumentError(`Expected a whole number of at least ${least}.`);
    }
    return value;
  };
}

/** Parses a seed of numpy's generator or of the program's own, which take 32 bits: a larger one would draw what another one draws. */
export const numpySeed = wholeNumber(0, 2 ** 32 - 1);

/** More threads than any machine has would each take memory, and leave no time for work. */
const mostThreads = 512;

/** Parses a number of threads. */
export function threadCount(text: string): number {
  const value = wholeNumber(1)(text);
  if (value > mostThreads) throw new InvalidArgumentError(`Expected ${mostThreads} threads at most.`);
  return value;
}

/** A number in decimal digits; NaN for anything else, and for one that is so small that a double makes nothing of it. */
function decimal(text: string): number {
  if (!/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text)) return Number.NaN;
  const value = Number(text);
  return value === 0 && /[1-9]/.test(text.replace(/e.*/i, "")) ? Number.NaN : value;
}

/** A parser of numbers from 0 on that end where `ends` says, in words and as a rule. */
function numberFromZero(ends: string, isWithin: (value: number) => boolean): (text: string) => number {
  return (text) => {
    const value = decimal(text);
    if (!(value >= 0 && isWithin(value))) throw new InvalidArgumentError(`Expected a number from 0 to ${ends}.`);
    return value;
  };
}

/** Parses a number above 0. */
export function numberAboveZero(text: string): number {
  const value = decimal(text);
  if (!(value > 0 && Number.isFinite(value))) {
    throw new InvalidArgumentError("Expected a number above 0.");
  }
  return value;
}

/** Parses a percentage from 0 to 100. */
export const percentage = numberFromZero("100", (value) => value <= 100);

/** Parses a share of a whole, from 0 to 1. */
export const share = numberFromZero("1", (value) => value <= 1);

/** Parses a share that is not the whole, from 0 to below 1. */
export const shareBelowOne = numberFromZero("below 1", (value) => value < 1);

/**
 * Refuses a flag and another name for it, such as the reference's, that say two things.
 * @throws ScidocsError `USAGE`
 */
export function requireSame(own: string | undefined, ours: unknown, other: string | undefined, theirs: unknown): void {
  if (ours === undefined || theirs === undefined || ours === theirs) return;
  throw new ScidocsError("USAGE", `${own} ${ours} and ${other} ${theirs}: which? give one of them`);
}

/** What names are compared by: case, hyphens, underscores and blanks are of no account. */
const plainName = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "");

/**
 * A parser of names between commas or blanks: each known, none empty, none twice. Case and hyphens are of no account, and `all` is
 * all of them. Its message is shown after the flag's name; a flag that is given again, or takes several words, adds to its list.
 * @param noun what the names are of: "task"
 * @returns the names in the order of `known`, spelt as there
 */
export function nameList<Name extends string>(
  noun: string,
  known: readonly Name[],
): (text: string, before?: readonly string[]) => Name[] {
  return adding((text, before = []) => {
    const given = [...before, ...text.split(/\s*,\s*|\s+/)];
    const all = known.join(", ");
    if (given.includes("")) {
      throw new InvalidArgumentError(`An entry is empty; expected ${noun}s between commas (${all}).`);
    }
    if (given.length === 1 && plainName(given[0]!) === "all") return [...known];
    const named = given.map((name) => known.find((one) => plainName(one) === plainName(name)) ?? null);
    const unknown = given.filter((_, index) => named[index] === null);
    if (unknown.length > 0) {
      throw new InvalidArgumentError(`Unknown ${noun} ${unknown.join(", ")}; the ${noun}s are ${all}.`);
    }
    const twice = named.find((name, index) => named.indexOf(name) !== index);
    if (twice !== undefined) throw new InvalidArgumentError(`The ${noun} ${twice} is given twice; say it once.`);
    return known.filter((name) => named.includes(name));
  });
}

/** Parses a number from `least` on. */
export function number(least: number): (text: string) => number {
  return (text) => {
    const value = decimal(text);
    if (!Number.isFinite(value) || value < least) {
      throw new InvalidArgumentError(`Expected a number of at least ${least}.`);
    }
    return value;
  };
}
