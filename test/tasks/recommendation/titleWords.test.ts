import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { blankTitle, titleWords } from "../../../src/tasks/recommendation/titleWords.ts";
import { hasShared, sharedPath } from "../../shared.ts";

describe("titles are split as spaCy 2.1 splits them", () => {
  test.each([
    ["state-of-the-art methods", ["state", "-", "of", "-", "the", "-", "art", "methods"]],
    ["Don't stop (again)!", ["Do", "n't", "stop", "(", "again", ")", "!"]],
    ["COVID-19 at 37°C.", ["COVID-19", "at", "37", "°", "C", "."]],
    ["10km, 100% and 3-D", ["10", "km", ",", "100", "%", "and", "3-D"]],
    ["its well cant’ve", ["its", "well", "cant’ve"]],
    ["we’ll see U.S. labs vs. USA.", ["we", "’ll", "see", "U.S.", "labs", "vs.", "USA", "."]],
    ["mail me@lab.org, or 8.8.8.8:53 not 10.0.0.1", ["mail", "me@lab.org", ",", "or", "8.8.8.8:53", "not", "10.0.0.1"]],
    ["\u3000a\u001Cb\u0085c ", ["a", "b", "c"]],
    ["", []],
  ])("%j", (title, words) => {
    expect(titleWords(title)).toEqual(words);
  });

  test("the text for a missing title is three words", () => {
    expect(titleWords(blankTitle)).toEqual(["<", "blank", ">"]);
  });

  test("a word of a hundred thousand brackets comes apart bracket by bracket, its length not squared", () => {
    const brackets = `${"(".repeat(50_000)}${")".repeat(50_000)}`;
    expect(titleWords(brackets)).toEqual([...brackets]);
    expect(titleWords(`a${brackets}`)).toEqual(["a", ...brackets]);
  });

  test("the pieces of a title, joined, are the title without its white space", () => {
    const title = "  «Voilà» — p<0.05:x=y... (it's 5.5mm/US$3M) foo.bar@x.org/z ಠ_ಠ 😀! ";
    expect(titleWords(title).join("")).toBe(title.replaceAll(" ", ""));
  });
});

describe.skipIf(!hasShared)("against the reference's tokenizer", () => {
  test("every title of the golden file has the reference's words", () => {
    const golden = JSON.parse(readFileSync(sharedPath("goldens/title-words.json"), "utf8")) as [string, string[]][];
    const wrong = golden.filter(([title, words]) => titleWords(title).join("\0") !== words.join("\0"));
    expect(golden.length).toBeGreaterThan(3000);
    expect(wrong.map(([title, words]) => [title, words, titleWords(title)])).toEqual([]);
  });
});
