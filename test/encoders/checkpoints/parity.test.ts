import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { readPapers } from "../../../src/datasets/papers.ts";
import { embedPapers } from "../../../src/embed/embedPapers.ts";
import { type PaperToEmbed, planEmbedding } from "../../../src/embed/plan.ts";
import type { EncoderOptions } from "../../../src/encoders/encoder.ts";
import { resolveEncoder } from "../../../src/encoders/resolveEncoder.ts";
import { paperEncoder } from "../../../src/encoders/text/recipes.ts";
import { openTokenizer } from "../../../src/encoders/text/tokenizer.ts";
import { type VectorTable, vectorAt } from "../../../src/vectors/vectorTable.ts";
import { hasShared, sharedPath } from "../../shared.ts";
import { lastingFolder } from "./lastingFolder.ts";

/** What PyTorch gave for one paper. */
interface Expected {
  readonly paper_id: string;
  readonly hf_sep_ids: number[];
  readonly hf_sep_cls: number[];
  readonly hf_sep_mean: number[];
  readonly hf_space_ids_len: number;
  readonly hf_space_cls: number[];
  readonly original_ids: number[];
  readonly original_offsets: number[];
  readonly original_mean: number[];
}

const goldens = sharedPath("goldens/checkpoints");
const forms = { hf: "hf", "hf-safetensors": "hf-safetensors", original: "original/model.tar.gz" } as const;

interface Case {
  readonly form: keyof typeof forms;
  readonly options: EncoderOptions;
  readonly expected: "hf_sep_cls" | "hf_sep_mean" | "hf_space_cls" | "original_mean";
}

const cases: readonly Case[] = [
  { form: "hf", options: {}, expected: "hf_sep_cls" },
  { form: "hf", options: { recipe: "hf-space" }, expected: "hf_space_cls" },
  { form: "hf", options: { pooling: "mean" }, expected: "hf_sep_mean" },
  { form: "hf-safetensors", options: {}, expected: "hf_sep_cls" },
  { form: "hf-safetensors", options: { recipe: "hf-space" }, expected: "hf_space_cls" },
  { form: "original", options: {}, expected: "original_mean" },
  { form: "original", options: { recipe: "hf" }, expected: "hf_sep_cls" },
];

describe.skipIf(!hasShared)("vectors of checkpoints against PyTorch's", () => {
  let expected: Expected[] = [];
  let papers: PaperToEmbed[] = [];
  const cacheDir = lastingFolder();

  beforeAll(async () => {
    const lines = readFileSync(`${goldens}/expected.jsonl`, "utf8").trim().split("\n");
    expected = lines.map((line) => JSON.parse(line) as Expected);
    const read = (await readPapers(`${goldens}/papers.json`, null)).papers;
    papers = expected.map(({ paper_id }) => {
      const paper = read.get(paper_id);
      if (paper === undefined) throw new Error(`${paper_id} is missing`);
      return paper;
    });
  });

  const resolve = ({ form, options }: Pick<Case, "form" | "options">) =>
    resolveEncoder(`${goldens}/${forms[form]}`, { ...options, cacheDir });

  async function embed(
    one: Pick<Case, "form" | "options">,
    of: PaperToEmbed[],
    batchTokens: number,
  ): Promise<VectorTable> {
    const encoder = await resolve(one);
    const plan = await planEmbedding([{ file: "papers.json", papers: of }], encoder, { batchTokens });
    return (await embedPapers(plan, { threads: 1 })).table;
  }

  function largestDifference(table: VectorTable, key: Case["expected"]): number {
    let largest = 0;
    for (const row of expected) {
      const vector = vectorAt(table, table.rowOf.get(row.paper_id) ?? -1);
      expect(vector.length).toBe(row[key].length);
      for (const [index, value] of row[key].entries()) {
        largest = Math.max(largest, Math.abs(value - (vector[index] ?? Number.NaN)));
      }
    }
    return largest;
  }

  it.each(cases)("are within 1e-5 for $form as $expected", async (one) => {
    expect(largestDifference(await embed(one, papers, 1500), one.expected)).toBeLessThan(1e-5);
  });

  it.each(cases.filter(({ form, options }) => form !== "hf-safetensors" && options.recipe === undefined))(
    "are within 1e-5 for $form as $expected, alone and padded in one large batch in another order",
    async (one) => {
      expect(largestDifference(await embed(one, papers, 1), one.expected)).toBeLessThan(1e-5);
      expect(largestDifference(await embed(one, [...papers].reverse(), 16384), one.expected)).toBeLessThan(1e-5);
    },
  );

  it("come from the same token ids, whatever the text's length", async () => {
    for (const { form, options } of cases) {
      const encoder = await resolve({ form, options });
      const encode = paperEncoder(encoder.recipe, openTokenizer(encoder.tokenizer), encoder.maxLength);
      for (const [index, row] of expected.entries()) {
        const paper = papers[index];
        const { ids, positions } = encode({ title: paper?.title ?? "", abstract: paper?.abstract ?? "" });
        if (encoder.recipe.recipe === "original") {
          expect([row.paper_id, ids]).toEqual([row.paper_id, row.original_ids]);
          expect([row.paper_id, positions]).toEqual([row.paper_id, row.original_offsets]);
        } else if (encoder.recipe.recipe === "hf") {
          expect([row.paper_id, ids]).toEqual([row.paper_id, row.hf_sep_ids]);
        } else expect([row.paper_id, ids.length]).toEqual([row.paper_id, row.hf_space_ids_len]);
      }
    }
  });

  it("keep a mean cosine of at least 0.995 in int8", async () => {
    for (const one of cases.filter(({ form, options }) => form === "original" || options.pooling !== undefined)) {
      const table = await embed({ ...one, options: { ...one.options, precision: "int8" } }, papers, 2048);
      let sum = 0;
      for (const row of expected) {
        const vector = vectorAt(table, table.rowOf.get(row.paper_id) ?? -1);
        sum += cosine(row[one.expected], vector);
      }
      expect(sum / expected.length).toBeGreaterThan(0.995);
    }
  });
});

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const dot = (x: ArrayLike<number>, y: ArrayLike<number>): number =>
    Array.from(x).reduce((sum, value, index) => sum + value * (y[index] ?? 0), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
