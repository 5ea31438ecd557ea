import { expect, test } from "vitest";
import type { Paper } from "../../../src/datasets/types.ts";
import { featureNames, featureWriter } from "../../../src/tasks/recommendation/recommendationFeatures.ts";
import { vectorTable } from "../../../src/vectors/vectorTable.ts";

type Feature = (typeof featureNames)[number];

const paper = (id: string, fields: Partial<Paper> = {}): Paper => ({
  id,
  title: `a title of ${id} alone`,
  abstract: null,
  authors: [],
  citedBy: [],
  references: [],
  year: null,
  ...fields,
});

const noVectors = vectorTable([], 2, new Float32Array(0));

/** The features of (q, c) by name, given what is special about the two papers; null leaves a paper out of the metadata. */
function features(query: Partial<Paper> | null, candidate: Partial<Paper> | null, vectors = noVectors) {
  const papers = new Map<string, Paper>();
  if (query) papers.set("q", paper("q", query));
  if (candidate) papers.set("c", paper("c", candidate));
  const row = new Float32Array(2 * featureNames.length);
  featureWriter(papers, vectors)("q", ["c"], row, 1);
  expect(row.subarray(0, featureNames.length).every((value) => value === 0)).toBe(true);
  return Object.fromEntries(featureNames.map((name, i) => [name, row[featureNames.length + i]!])) as Record<
    Feature,
    number
  >;
}

test("overlaps are shared over all, whatever is listed twice", () => {
  const { authorMatch, citationOverlap, referenceOverlap } = features(
    { authors: ["x", "y"], citedBy: ["1", "2", "2"], references: [] },
    { authors: ["y", "z", "z"], citedBy: ["2", "1", "1"], references: ["5"] },
  );
  expect(authorMatch).toBe(Math.fround(1 / 3));
  expect(citationOverlap).toBe(1);
  expect(referenceOverlap).toBe(0);
});

test("titles overlap by their words, case counting", () => {
  expect(features({ title: "Deep nets" }, { title: "deep nets: nets" }).titleMatch).toBe(0.25);
});

test.each([[null], [{ title: null }], [{ title: "" }]])("a missing title reads <blank>: %j", (missing) => {
  expect(features(missing, missing).titleMatch).toBe(1);
  expect(features(missing, { title: "a blank page" }).titleMatch).toBe(Math.fround(0.2));
});

test("a citation counts when either paper's list has it, even if the other has no metadata", () => {
  const cites = (query: Partial<Paper> | null, candidate: Partial<Paper> | null) => {
    const { candidateCitesQuery, queryCitesCandidate } = features(query, candidate);
    return [candidateCitesQuery, queryCitesCandidate];
  };
  expect(cites({ citedBy: ["c"] }, null)).toEqual([1, 0]);
  expect(cites(null, { references: ["q"] })).toEqual([1, 0]);
  expect(cites({ references: ["c"] }, {})).toEqual([0, 1]);
  expect(cites({}, { citedBy: ["q"] })).toEqual([0, 1]);
  expect(cites({ references: ["d"] }, { references: ["d"] })).toEqual([0, 0]);
});

test("ages are in units of twenty years from 2020, held within one, and 0 where a year is missing", () => {
  const ages = (queryYear: number | null, candidateYear: number | null) => {
    const { oldness, relativeOldness } = features({ year: queryYear }, { year: candidateYear });
    return [oldness, relativeOldness];
  };
  expect(ages(2015, 2010)).toEqual([0.5, 0.25]);
  expect(ages(2000, 1900)).toEqual([1, 1]);
  expect(ages(1900, 2060)).toEqual([-1, -1]);
  expect(ages(null, 2010)).toEqual([0.5, 0]);
  expect(ages(2010, null)).toEqual([0, 0]);
});

test("citations enter as a logarithm of how many different ones there are", () => {
  expect(features({}, { citedBy: ["1", "2", "2"] }).citations).toBe(Math.fround(Math.log(3) / 10));
  expect(features({}, {}).citations).toBe(0);
});

test("the similarity is the cosine of the embeddings in single precision, and 0 where one is missing", () => {
  const similarity = (ids: string[], numbers: Float32Array | Float64Array) =>
    features({}, {}, vectorTable(ids, 2, numbers)).embeddingSimilarity;
  expect(similarity(["q", "c"], Float32Array.of(3, 4, 4, 3))).toBe(Math.fround(0.96));
  expect(similarity(["q", "c"], Float64Array.of(1, 1e-9, 1, -1e-9))).toBe(1);
  expect(similarity(["q", "c"], Float32Array.of(3, 4, 0, 0))).toBe(0);
  expect(similarity(["q"], Float32Array.of(3, 4))).toBe(0);
});

test("a pair without metadata or embeddings has a blank title and nothing else", () => {
  const { titleMatch, ...others } = features(null, null);
  expect(titleMatch).toBe(1);
  expect(Object.values(others).every((value) => value === 0)).toBe(true);
});

test("the cosine's denominator is 1e-8 or more, as PyTorch's is: short vectors seem less alike than they are", () => {
  const cosine = (length: number): number => {
    const table = vectorTable(["q", "c"], 2, Float32Array.of(length, 0, length, 0));
    return features({}, {}, table).embeddingSimilarity;
  };
  expect(cosine(1)).toBe(1);
  expect(cosine(2e-4)).toBeCloseTo(1, 6);
  expect(cosine(1e-5)).toBeCloseTo(0.01, 6);
  expect(cosine(0)).toBe(0);
});
