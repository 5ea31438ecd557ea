import { readFileSync } from "node:fs";
import { z } from "zod";
import { packageRoot } from "../packageRoot.ts";

const publishedSchema = z.object({
  note: z.string(),
  rows: z.array(
    z.object({
      model: z.string(),
      /** Where the numbers stand in print. */
      source: z.string(),
      url: z.url(),
      /** Column id to the printed value x100. */
      scores: z.record(z.string(), z.number()),
    }),
  ),
});

/** One published row of the table, with its source. */
export type PublishedRow = z.infer<typeof publishedSchema>["rows"][number];

/** The published rows that ship with the program (`results/published.json`): test split of the real SciDocs. */
export function publishedRows(): PublishedRow[] {
  return publishedSchema.parse(JSON.parse(readFileSync(new URL("results/published.json", packageRoot), "utf8"))).rows;
}
