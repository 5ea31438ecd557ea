import { expect, it } from "vitest";
import { endsInTime } from "../../src/threads/endsInTime.ts";

const endless = (): never => {
  for (;;);
};
const tooLong = (): Error => new Error("too long");

it("work that does not end is ended, twice, and gives the error that was asked for", () => {
  let tries = 0;
  const work = (): never => {
    tries++;
    return endless();
  };
  expect(() => endsInTime(50, work, tooLong)).toThrow("too long");
  expect(tries).toBe(2);
});

it("a regular expression that does not end is ended", () => {
  expect(() => endsInTime(50, () => /^(a+)+$/.test(`${"a".repeat(50)}!`), tooLong)).toThrow("too long");
});

it("what the work gives and throws comes through as it is, also from one call in another", () => {
  const value = { any: "thing" };
  expect(endsInTime(5000, () => endsInTime(4000.5, () => value, tooLong), tooLong)).toBe(value);
  expect(endsInTime(5000, () => undefined, tooLong)).toBeUndefined();
  const error = new RangeError("its own");
  let caught: unknown;
  try {
    endsInTime(
      5000,
      () => {
        throw error;
      },
      tooLong,
    );
  } catch (thrown) {
    caught = thrown;
  }
  expect(caught).toBe(error);
  // The next call is none the worse for it.
  expect(endsInTime(5000, () => 1, tooLong)).toBe(1);
});

it("a process that was held up once is not found guilty", () => {
  let tries = 0;
  expect(endsInTime(50, () => (++tries === 1 ? endless() : tries), tooLong)).toBe(2);
});
