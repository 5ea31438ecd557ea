import { describe, expect, it } from "vitest";
import { planEmbedding } from "../../src/embed/plan.ts";
import { planRows } from "../../src/embed/planText.ts";
import type { EncoderOptions } from "../../src/encoders/encoder.ts";
import { resolveEncoder } from "../../src/encoders/resolveEncoder.ts";

async function recipeRow(options: EncoderOptions): Promise<string | undefined> {
  const encoder = await resolveEncoder("mini", options);
  const rows = planRows(await planEmbedding([{ file: "a", papers: [] }], encoder));
  return rows.find(([label]) => label === "recipe")?.[1];
}

describe("a plan", () => {
  it("says how title and abstract are joined, and what stands before them", async () => {
    expect(await recipeRow({})).toBe("hf, separator [SEP]");
    expect(await recipeRow({ recipe: "hf-space", prefix: "query: " })).toBe('hf-space, prefix "query: "');
    expect(await recipeRow({ text: "{abstract}{sep}{title}" })).toBe("{abstract}{sep}{title}, separator [SEP]");
    expect(await recipeRow({ text: "{title}" })).toBe("{title}");
  });
});
