import { z } from "zod";
import { runRecordSchema } from "./schema.ts";
import { schemaVersion } from "./schemaVersion.ts";

/** The record's form as JSON Schema (draft 2020-12), as text: what `schemas/run-record.schema.json` holds. */
export function recordJsonSchema(): string {
  const schema = z.toJSONSchema(runRecordSchema, { target: "draft-2020-12" });
  const titled = {
    ...schema,
    title: `scidocs run record, version ${schemaVersion}`,
    description:
      "What one run of the SciDocs benchmark found, with the rows behind every number. Scores are x100 and unrounded.",
  };
  return `${JSON.stringify(titled, null, 2)}\n`;
}
