// Writes what follows from the record's zod schema (npm run docs runs this after a build): schemas/run-record.schema.json, and
// src/results/recordForm.ts, which the next build takes up.
import { mkdirSync, writeFileSync } from "node:fs";
import { recordJsonSchema } from "../dist/results/jsonSchema.js";
import { recordFormText } from "../dist/results/recordFormText.js";

const target = new URL("../schemas/run-record.schema.json", import.meta.url);
mkdirSync(new URL(".", target), { recursive: true });
writeFileSync(target, recordJsonSchema());
writeFileSync(new URL("../src/results/recordForm.ts", import.meta.url), recordFormText());
