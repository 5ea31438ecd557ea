import type { z } from "zod";
import * as forms from "../forms.ts";
import { runRecordSchema } from "./schema.ts";

/** How deep a line stands. */
const pad = (depth: number): string => "  ".repeat(depth);

/** Names of the objects that stand in several places of the schema: each becomes a constant. */
type SharedNames = ReadonlyMap<z.core.$ZodType, string>;

/**
 * `src/results/recordForm.ts` as text: the schema's form without the library behind it.
 * @throws Error where the schema says something for which `src/forms.ts` has no word
 */
export function recordFormText(): string {
  const shared = sharedObjects(runRecordSchema);
  const constants = [...shared].map(([schema, name]) => {
    if (name in forms) throw new Error(`${name} is a word of forms.ts and cannot name an object here`);
    return `const ${name} = ${objectText((schema as z.core.$ZodObject)._zod.def, 0, shared)};\n`;
  });
  const form = formText(runRecordSchema, 0, shared);
  const used = Object.keys(forms)
    .sort()
    .filter((word) => new RegExp(`\\b${word}\\b(?!:)`).test(constants.join("") + form));
  return [
    "// Written by npm run docs from the record's schema; a test holds the two together.",
    `import {\n${used.map((word) => `  ${word},\n`).join("")}} from "../forms.ts";`,
    "",
    ...constants,
    "/** The record's form. It takes a valid record in a fraction of the schema's time; for any other value only the schema knows what is wrong. */",
    `export const recordForm = ${form};`,
    "",
  ].join("\n");
}

/** The objects that stand in several places, those within others first, by the name of the field where they stand first. */
function sharedObjects(root: z.core.$ZodType): SharedNames {
  const places = new Map<z.core.$ZodType, string[]>();
  const visit = (schema: z.core.$ZodType, field: string): void => {
    const { def } = (schema as z.core.$ZodTypes)._zod;
    if (def.type === "object") {
      const known = places.get(schema);
      if (known !== undefined) {
        known.push(field);
        return;
      }
      for (const [key, inner] of Object.entries(def.shape)) visit(inner, key);
      places.set(schema, [field]);
    }
    if (def.type === "array") visit(def.element, field);
    if (def.type === "record") visit(def.valueType, field);
    if (def.type === "union") for (const option of def.options) visit(option, field);
    if (def.type === "nullable" || def.type === "optional" || def.type === "default") visit(def.innerType, field);
  };
  visit(root, "record");
  return new Map(
    [...places].flatMap(([schema, [first, ...more]]) =>
      first !== undefined && more.length > 0 ? [[schema, first]] : [],
    ),
  );
}

function formText(schema: z.core.$ZodType, depth: number, shared: SharedNames): string {
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
      return `list(${formText(def.element, depth, shared)})`;
    case "nullable":
      return `anyOf(nothing, ${formText(def.innerType, depth, shared)})`;
    case "record":
      if (formText(def.keyType, depth, shared) !== "text") throw new Error("keys of a record must be any text");
      return `byName(${formText(def.valueType, depth, shared)})`;
    case "union":
      return unionText(def, depth, shared);
    case "object":
      return shared.get(schema) ?? objectText(def, depth, shared);
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

function unionText(def: z.core.$ZodUnionDef, depth: number, shared: SharedNames): string {
  if (!("discriminator" in def))
    return `anyOf(${def.options.map((option) => formText(option, depth, shared)).join(", ")})`;
  const key = String(def.discriminator);
  const forms = def.options.map((option) => {
    const { shape } = (option as z.core.$ZodObject)._zod.def;
    const kind = (shape[key] as z.core.$ZodLiteral)._zod.def.values[0];
    return `${pad(depth + 1)}${kind}: ${formText(option, depth + 1, shared)},\n`;
  });
  return `byKind(${JSON.stringify(key)}, {\n${forms.join("")}${pad(depth)}})`;
}

function objectText(def: z.core.$ZodObjectDef, depth: number, shared: SharedNames): string {
  if (def.catchall !== undefined) throw new Error("an object that says what becomes of other fields is not known here");
  const fields = Object.entries(def.shape).map(
    ([key, field]) => `${pad(depth + 1)}${key}: ${fieldText(field, depth + 1, shared)},\n`,
  );
  return `fields({\n${fields.join("")}${pad(depth)}})`;
}

function fieldText(schema: z.core.$ZodType, depth: number, shared: SharedNames): string {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === "optional") return `mayBeMissing(${formText(def.innerType, depth, shared)})`;
  if (def.type !== "default") return formText(schema, depth, shared);
  return `mayBeMissing(${formText(def.innerType, depth, shared)}, ${JSON.stringify(def.defaultValue)})`;
}
