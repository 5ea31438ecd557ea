import { describe, expect, it } from "vitest";
import { tfidfRows, tfidfVocabulary, wordsOf } from "../../../src/learn/baselines/tfidf.ts";

const texts = ["Graph graph neural", "graph cells", "cells neural unique"];

describe("TF-IDF", () => {
  it("takes words of letters and digits, lower case, from two characters on", () => {
    expect(wordsOf("A Graph-based β-test, étude 42 x")).toEqual(["graph", "based", "test", "étude", "42"]);
  });

  it("keeps words of two texts, the most frequent first and equal ones by alphabet", async () => {
    const { columnOf, idf } = await tfidfVocabulary(texts, 10);
    expect([...columnOf.keys()]).toEqual(["cells", "graph", "neural"]);
    expect(idf[0]).toBeCloseTo(Math.log(4 / 3) + 1, 12);
    expect((await tfidfVocabulary(texts, 1)).columnOf.size).toBe(1);
  });

  it("weighs counts by 1 + ln, and scales rows to length 1", async () => {
    const rows = await tfidfRows([...texts, "nothing known"], await tfidfVocabulary(texts, 10));
    const first = [...rows.values.slice(rows.starts[0], rows.starts[1])];
    const ratio = 1 + Math.log(2);
    expect(first[0]! / first[1]!).toBeCloseTo(ratio, 12);
    expect(Math.hypot(...first)).toBeCloseTo(1, 12);
    expect(rows.starts[4]).toBe(rows.starts[3]);
  });
});
