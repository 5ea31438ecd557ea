// Writes schemas/run-record.schema.json from the record's zod schema (npm run docs runs this after a build).
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { recordJsonSchema } from "../dist/results/jsonSchema.js";

const target = new URL("../schemas/run-record.schema.json", import.meta.url);
mkdirSync(new URL(".", target), { recursive: true });
writeFileSync(fileURLToPath(target), recordJsonSchema());
