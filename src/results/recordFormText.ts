import type { z } from "zod";
import { runRecordSchema } from "./schema.ts";

/** How deep a line stands. */
const pad = (depth: number): string => "  ".repeat(depth);

/**
 * `src/results/recordForm.ts` as text: the schema's form without the library behind it.
 * @throws Error where the schema says something for which `src/forms.ts` has no word
 */
export function recordFormText(): string {
  const form = formText(runRecordSchema, 0);
  const words = ["anyOf", "byKind", "byName", "fields", "list", "matching", "mayBeMissing", "nothing", "number"];
  words.push("numberAbove", "numberFrom", "oneOf", "text", "truth", "whole", "wholeAbove", "wholeFrom");
  const used = words.filter((word) => new RegExp(`\\b${word}\\b(?!:)`).test(form));
  return [
    "// Written by npm run docs from the record's schema; a test holds the two together.",
    `import {\n${used.map((word) => `  ${word},\n`).join("")}} from "../forms.ts";`,
    "",
    "/** The record's form. It takes a valid record in a fraction of the schema's time; for any other value only the schema knows what is wrong. */",
    `export const recordForm = ${form};`,
    "",
  ].join("\n");
}

function formText(schema: z.core.$ZodType, depth: number): string {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  const isNumeric = def.type === "number" || def.type === "string";
  if (!isNumeric && (def.checks ?? []).length > 0) throw new Error(`a check of ${def.type} is not known here`);
  switch (def.type) {
    case "string":
      return stringText(schema as z.core.$ZodString);
    case "number":
      return numberText(schema as z.core.$ZodNumber);
    case "boolean":
      return "truth";
    case "null":
      return "nothing";
    case "literal":
      return `oneOf(${def.values.map((value) => JSON.stringify(value)).join(", ")})`;
    case "enum":
      return `oneOf(${Object.values(def.entries)
        .map((value) => JSON.stringify(value))
        .join(", ")})`;
    case "array":
      return `list(${formText(def.element, depth)})`;
    case "nullable":
      return `anyOf(nothing, ${formText(def.innerType, depth)})`;
    case "record":
      if (formText(def.keyType, depth) !== "text") throw new Error("keys of a record must be any text");
      return `byName(${formText(def.valueType, depth)})`;
    case "union":
      return unionText(def, depth);
    case "object":
      return objectText(def, depth);
    default:
      throw new Error(`${def.type} is not known here`);
  }
}

function stringText(schema: z.core.$ZodString): string {
  const { def } = schema._zod;
  const checks: readonly object[] = [
    ...("check" in def ? [def] : []),
    ...(def.checks ?? []).map(({ _zod }) => _zod.def),
  ];
  const patterns = checks.map((check) => {
    const { format, pattern } = check as z.core.$ZodCheckStringFormatDef;
    // Of these two nothing but the pattern is checked.
    if ((format === "datetime" || format === "regex") && pattern?.flags === "") return pattern;
    throw new Error(`the check ${format} of texts is not known here`);
  });
  if (patterns.length > 1) throw new Error("a text has one pattern at most here");
  return patterns.length === 0 ? "text" : `matching(${patterns[0]})`;
}

function numberText(schema: z.core.$ZodNumber): string {
  const { def } = schema._zod;
  const isWhole = "format" in def && def.format === "safeint";
  if ("format" in def && !isWhole) throw new Error(`numbers of the format ${def.format} are not known here`);
  const bounds = (def.checks ?? []).map(({ _zod: { def: check } }) => {
    const { value, inclusive } = check as z.core.$ZodCheckGreaterThanDef;
    if (check.check !== "greater_than") throw new Error(`the check ${check.check} of numbers is not known here`);
    return `${inclusive ? "From" : "Above"}(${value})`;
  });
  if (bounds.length > 1) throw new Error("a number has one bound at most here");
  return `${isWhole ? "whole" : "number"}${bounds[0] ?? ""}`;
}

function unionText(def: z.core.$ZodUnionDef, depth: number): string {
  if (!("discriminator" in def)) return `anyOf(${def.options.map((option) => formText(option, depth)).join(", ")})`;
  const key = String(def.discriminator);
  const forms = def.options.map((option) => {
    const { shape } = (option as z.core.$ZodObject)._zod.def;
    const kind = (shape[key] as z.core.$ZodLiteral)._zod.def.values[0];
    return `${pad(depth + 1)}${kind}: ${formText(option, depth + 1)},\n`;
  });
  return `byKind(${JSON.stringify(key)}, {\n${forms.join("")}${pad(depth)}})`;
}

function objectText(def: z.core.$ZodObjectDef, depth: number): string {
  if (def.catchall !== undefined) throw new Error("an object that says what becomes of other fields is not known here");
  const fields = Object.entries(def.shape).map(
    ([key, field]) => `${pad(depth + 1)}${key}: ${fieldText(field, depth + 1)},\n`,
  );
  return `fields({\n${fields.join("")}${pad(depth)}})`;
}

function fieldText(schema: z.core.$ZodType, depth: number): string {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === "optional") return `mayBeMissing(${formText(def.innerType, depth)})`;
  if (def.type !== "default") return formText(schema, depth);
  return `mayBeMissing(${formText(def.innerType, depth)}, ${JSON.stringify(def.defaultValue)})`;
}
