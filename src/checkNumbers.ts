import { ScidocsError } from "./errors.ts";

/** What a number of a call's options must be. */
const kinds = {
  count: { says: "a whole number of at least 1", holds: (value: number) => Number.isSafeInteger(value) && value >= 1 },
  length: { says: "a whole number of at least 3", holds: (value: number) => Number.isSafeInteger(value) && value >= 3 },
  seed: { says: "a whole number of at least 0", holds: (value: number) => Number.isSafeInteger(value) && value >= 0 },
  numpySeed: {
    says: "a whole number from 0 to 4294967295",
    holds: (value: number) => Number.isInteger(value) && value >= 0 && value < 2 ** 32,
  },
  size: {
    says: "a number of at least 0",
    holds: (value: number) => Number.isFinite(value) && value >= 0,
  },
  limit: { says: "a number above 0", holds: (value: number) => Number.isFinite(value) && value > 0 },
  share: { says: "a number from 0 to 1", holds: (value: number) => value >= 0 && value <= 1 },
  percent: { says: "a number from 0 to 100", holds: (value: number) => value >= 0 && value <= 100 },
  inner: { says: "a number between 0 and 1", holds: (value: number) => value > 0 && value < 1 },
  dropout: { says: "a number from 0 to below 1", holds: (value: number) => value >= 0 && value < 1 },
} as const;

/** What each number among some options must be. */
export type NumberKinds<Options> = { readonly [Name in keyof Options]?: keyof typeof kinds };

/**
 * Refuses numbers that make no sense before anything is done with them. Options that are left out, or null, are not looked at.
 * @throws ScidocsError `USAGE` naming the call and the option
 */
export function checkNumbers<Options extends object>(
  call: string,
  options: Options,
  rules: NumberKinds<Options>,
): void {
  for (const name of Object.keys(rules) as (keyof Options & string)[]) {
    const [value, kind] = [options[name], rules[name]];
    if (value === undefined || value === null || kind === undefined) continue;
    if (typeof value !== "number" || !kinds[kind].holds(value)) {
      throw new ScidocsError(
        "USAGE",
        `${call}: ${name} must be ${kinds[kind].says}, not ${typeof value === "number" ? value : JSON.stringify(value)}`,
      );
    }
  }
}

/**
 * Refuses options that are neither true nor false: the text "false", out of a file or the environment, would be taken for true. Options
 * that are left out, or null, are not looked at.
 * @throws ScidocsError `USAGE` naming the call and the option
 */
export function checkTruths<Options extends object>(
  call: string,
  options: Options,
  names: readonly (keyof Options & string)[],
): void {
  for (const name of names) {
    const value = options[name];
    if (value === undefined || value === null || typeof value === "boolean") continue;
    throw new ScidocsError("USAGE", `${call}: ${name} must be true or false, not ${JSON.stringify(value)}`);
  }
}
