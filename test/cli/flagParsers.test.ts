import { describe, expect, it } from "vitest";
import {
  nameList,
  number,
  numberAboveZero,
  numpySeed,
  percentage,
  share,
  threadCount,
  wholeNumber,
} from "../../src/cli/flagParsers.ts";

describe("a list of names", () => {
  const tasks = nameList("task", ["mag", "co-view", "cite"]);

  it("comes back in the order and spelling of what is known", () => {
    expect(tasks("cite, mag")).toEqual(["mag", "cite"]);
    expect(tasks("CoView")).toEqual(["co-view"]);
    expect(tasks("all")).toEqual(["mag", "co-view", "cite"]);
  });

  it.each([
    ["cite,", "An entry is empty"],
    [",cite", "An entry is empty"],
    ["cite,,mag", "An entry is empty"],
    ["", "An entry is empty"],
    ["cite,cite", "The task cite is given twice; say it once."],
    ["co-view,coview", "The task co-view is given twice"],
    ["cite,all", "Unknown task all; the tasks are mag, co-view, cite."],
    ["cites", "Unknown task cites; the tasks are mag, co-view, cite."],
  ])("refuses %j", (text, message) => {
    expect(() => tasks(text)).toThrow(message);
  });
});

describe("numbers", () => {
  it.each(["0,5", "", "101", "-1", "five"])("are no percentage as %j", (text) => {
    expect(() => percentage(text)).toThrow("Expected a number from 0 to 100.");
  });

  it.each(["0,5", "", "1.1", "-0.1"])("are no share as %j", (text) => {
    expect(() => share(text)).toThrow("Expected a number from 0 to 1.");
  });

  it.each(["1,5", "1.5", "", "0", "1e3"])("are no count as %j", (text) => {
    expect(() => wholeNumber(1)(text)).toThrow("Expected a whole number of at least 1.");
  });

  it("are no seed of numpy's generator beyond its 32 bits, where they would be another seed again", () => {
    expect(numpySeed("4294967295")).toBe(4294967295);
    for (const text of ["4294967296", "9007199254740992"]) {
      expect(() => numpySeed(text)).toThrow("Expected a whole number from 0 to 4294967295.");
    }
  });

  it("are decimal, and not so small that nothing is left of them", () => {
    for (const text of [
      "0x10",
      "1_000",
      "１２",
      "0b1",
      "1e-400",
      "1e",
      ".",
      "Infinity",
      "NaN",
      "",
      " ",
      "--1",
      "1,5",
    ]) {
      for (const parse of [number(0), numberAboveZero, share, percentage]) expect(() => parse(text), text).toThrow();
    }
    expect(["2e-5", " 1.", ".5", "+3", "0e9", "-0", "1E2"].map(number(-1))).toEqual([2e-5, 1, 0.5, 3, 0, -0, 100]);
  });

  it("are no whole number that is counted with where doubles have gaps", () => {
    expect(wholeNumber(0)("9007199254740991")).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => wholeNumber(0)("9007199254740992")).toThrow("Expected a whole number from 0 to 9007199254740991.");
  });

  it("are no number of threads beyond what machines have", () => {
    expect(threadCount("512")).toBe(512);
    expect(() => threadCount("99999")).toThrow("Expected 512 threads at most.");
    expect(() => threadCount("0")).toThrow("Expected a whole number of at least 1.");
  });

  it("are taken at both ends of their range", () => {
    expect([percentage("0"), percentage("100"), share("0"), share("1"), wholeNumber(1)("1")]).toEqual([
      0, 100, 0, 1, 1,
    ]);
  });
});
