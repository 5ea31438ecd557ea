import { describe, expect, test } from "vitest";
import { verdictSentence } from "../../src/report/verdictSentence.ts";
import { compareRecords } from "../../src/results/compare/comparison.ts";
import { scidocs } from "../../src/suites/scidocs/scidocs.ts";
import { buildRecord } from "../results/recordBuilder.ts";

const base = buildRecord({ name: "base", quality: 0.4 });

describe("a comparison in one sentence", () => {
  test("says in what B is better by more than chance, the largest first, and what of the models differs", async () => {
    const tuned = buildRecord({ name: "tuned", quality: 0.8, modelSeed: 2 });
    const sentence = verdictSentence(
      scidocs,
      await compareRecords(base, { ...tuned, model: { ...tuned.model, recipe: "hf-space", pooling: "mean" } }),
    );
    expect(sentence).toMatch(
      /^B is better in [^(]+ \(\+\d+\.\d\d\), [^(]+ \(\+\d+\.\d\d\), [^(]+ \(\+\d+\.\d\d\) and \d+ more/,
    );
    expect(sentence).toMatch(/; the models differ in recipe and pooling\.$/);
    const numbers = [...sentence.matchAll(/\+(\d+\.\d\d)/g)].map(([, number]) => Number(number));
    expect(numbers).toEqual(numbers.toSorted((x, y) => y - x));
  });

  test("calls the records by the names given, and says where B is worse", async () => {
    const worse = buildRecord({ name: "worse", quality: 0.1, modelSeed: 2 });
    expect(verdictSentence(scidocs, await compareRecords(base, worse), "old", "new")).toMatch(/^new is worse in /);
  });

  test("says that nothing differs where both are of the same vectors", async () => {
    const same = { ...base, model: { ...base.model, fingerprint: "f".repeat(64) } };
    expect(verdictSentence(scidocs, await compareRecords(same, same))).toMatch(
      /^No clear difference between A and B in any of the 13 columns that both have; both are of the same vectors\.$/,
    );
  });
});
