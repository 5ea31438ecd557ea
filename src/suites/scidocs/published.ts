import { readFileSync } from "node:fs";
import { z } from "zod";
import { packageRoot } from "../../packageRoot.ts";
import type { PublishedRow } from "../suite.ts";

const publishedSchema = z.object({
  note: z.string(),
  rows: z.array(
    z.object({
      model: z.string(),
      source: z.string(),
      url: z.url(),
      scores: z.record(z.string(), z.number()),
    }),
  ),
});

/** The published rows that ship with the program (`results/published.json`): test split of the real SciDocs. */
export function publishedRows(): PublishedRow[] {
  return publishedSchema.parse(JSON.parse(readFileSync(new URL("results/published.json", packageRoot), "utf8"))).rows;
}
