import type { SchemaTree } from "hyparquet";
import { fileError, firstFew } from "../../errors.ts";
import { printable } from "../../printable.ts";

/** Column with the papers' ids. */
export const idColumn = "paper_id";
/** Column with one list of numbers a paper. */
export const vectorColumn = "embedding";

/** Where a parquet file has its vectors. */
export interface VectorColumns {
  /** One column of lists, or one column a dimension, in order. */
  readonly names: readonly string[];
  readonly lists: boolean;
  /** Whether the numbers are float64. */
  readonly wide: boolean;
  /** What was taken, where a reader may have meant something else; null where the names leave no doubt. */
  readonly note: string | null;
}

const nameOf = ({ element }: SchemaTree): string => element.name;

/** A column's numbers: `float`, `double`, or null for anything else, such as floats that are annotated as decimals or times. */
function numbersOf({ element, children }: SchemaTree): "float" | "double" | null {
  if (children.length > 0) return null;
  if (element.logical_type?.type === "FLOAT16") return "float";
  if (element.logical_type !== undefined || element.converted_type !== undefined) return null;
  return element.type === "DOUBLE" ? "double" : element.type === "FLOAT" ? "float" : null;
}

const isList = ({ element }: SchemaTree): boolean =>
  element.converted_type === "LIST" || element.logical_type?.type === "LIST";

/**
 * What the entries of a list column are; null for a column that is no list. Long lists of Arrow, and those of a fixed size, are the same
 * here. Some old writers leave the middle level out; a struct that holds one list is no list.
 */
function entriesOf(column: SchemaTree): SchemaTree | null {
  const [repeated] = column.children;
  if (!isList(column) || column.children.length !== 1 || repeated?.element.repetition_type !== "REPEATED") return null;
  const [entry] = repeated.children;
  return repeated.children.length === 1 && entry !== undefined ? entry : repeated;
}

/** A list's numbers, for a column that is a list of numbers and nothing else. */
function listedNumbersOf(column: SchemaTree): "float" | "double" | null {
  const entries = entriesOf(column);
  return entries === null ? null : numbersOf(entries);
}

/** What a column holds, in words. */
export function typeOf(column: SchemaTree): string {
  const { type, logical_type: logical, converted_type: converted, repetition_type: repetition } = column.element;
  const entries = entriesOf(column);
  if (entries !== null)
    return `list of ${typeOf({ ...entries, element: { ...entries.element, repetition_type: undefined } })}`;
  const repeated = repetition === "REPEATED" ? "repeated " : "";
  if (column.children.length === 0)
    return repeated + (wholeType(column) ?? logical?.type ?? converted ?? type ?? "unknown").toLowerCase();
  return converted === "MAP" || logical?.type === "MAP" ? "map" : `${repeated}struct`;
}

/** `int64`, `uint8`: what the annotation of a whole number says, or the type that it is kept in. */
function wholeType({ element }: SchemaTree): string | null {
  const { logical_type: logical, converted_type: converted } = element;
  if (logical?.type === "INTEGER") return `${logical.isSigned ? "" : "u"}int${logical.bitWidth}`;
  return converted !== undefined && /^U?INT_\d+$/.test(converted) ? converted.replace("_", "") : null;
}

const described = (columns: readonly SchemaTree[]): string =>
  firstFew(
    columns.map((column) => `${nameOf(column)} (${typeOf(column)})`),
    20,
  ) || "none";

/**
 * Finds the vectors: the list column `embedding`, or else the only list column of numbers, or else the columns that are numbered, one a
 * dimension, in the order of their numbers. Nothing else is taken for a vector: a year is a float column as well.
 * @throws ScidocsError `BAD_INPUT` naming the columns there are
 */
export function vectorColumnsOf(schema: SchemaTree, path: string): VectorColumns {
  const columns = schema.children;
  const seen = new Set<string>();
  const twice = columns.map(nameOf).find((name) => seen.size === seen.add(name).size);
  if (twice !== undefined) {
    throw fileError(path, null, `has several columns called ${printable(twice)}: which one is meant cannot be told`);
  }
  const there = `its columns: ${described(columns)}`;
  const ids = columns.find((column) => nameOf(column) === idColumn);
  if (ids === undefined) throw fileError(path, null, `has no column ${idColumn}; ${there}`);
  if (!isIdColumn(ids)) {
    throw fileError(path, null, `column ${idColumn} is of type ${typeOf(ids)}; ids are text or whole numbers`);
  }
  const named = columns.find((column) => nameOf(column) === vectorColumn);
  if (named !== undefined) {
    const numbers = listedNumbersOf(named);
    if (numbers !== null) return { names: [vectorColumn], lists: true, wide: numbers === "double", note: null };
    throw fileError(
      path,
      null,
      `column ${vectorColumn} must be a list of float or double numbers; it is of type ${typeOf(named)}`,
    );
  }
  const lists = columns.filter((column) => listedNumbersOf(column) !== null);
  const [list] = lists;
  if (lists.length > 1) {
    throw fileError(
      path,
      null,
      `has several list columns of numbers (${firstFew(lists.map(nameOf))}); call the one with the vectors ${vectorColumn}`,
    );
  }
  if (list !== undefined) {
    const note = `vectors taken from the list column ${printable(nameOf(list))}`;
    return { names: [nameOf(list)], lists: true, wide: listedNumbersOf(list) === "double", note };
  }
  return numberedColumns(columns, path, there);
}

function isIdColumn({ element, children }: SchemaTree): boolean {
  if (children.length > 0) return false;
  if (element.type === "INT32" || element.type === "INT64")
    return isWhole(element.converted_type, element.logical_type?.type);
  // Text is told by its annotation, or, from writers that know bytes alone, by its bytes.
  const plain = ["STRING", "ENUM", "UTF8", undefined];
  return (
    element.type === "BYTE_ARRAY" &&
    plain.includes(element.logical_type?.type) &&
    plain.includes(element.converted_type)
  );
}

function isWhole(converted: string | undefined, logical: string | undefined): boolean {
  return (logical ?? "INTEGER") === "INTEGER" && (converted === undefined || /^U?INT_\d+$/.test(converted));
}

/** Columns such as `0, 1, …` or `dim_0, dim_1, …`, numbered from 0 or 1 without a gap. */
function numberedColumns(columns: readonly SchemaTree[], path: string, there: string): VectorColumns {
  const families = new Map<string, { column: SchemaTree; number: number }[]>();
  const numbers = columns.filter((column) => numbersOf(column) !== null);
  for (const column of numbers) {
    const match = /^(.*?)(\d{1,6})$/s.exec(nameOf(column));
    if (match === null) continue;
    const [, stem = "", digits = ""] = match;
    const family = families.get(stem) ?? [];
    family.push({ column, number: Number(digits) });
    families.set(stem, family);
  }
  const whole = [...families.values()]
    .map((family) => family.sort((a, b) => a.number - b.number))
    .filter((family) => {
      const first = family[0]?.number ?? 2;
      return first <= 1 && family.every(({ number }, index) => number === first + index);
    });
  const [family] = whole;
  if (family === undefined || whole.length > 1) {
    const what =
      numbers.length === 0
        ? `has neither a list column ${vectorColumn} nor float columns`
        : whole.length > 1
          ? "has several groups of numbered float columns"
          : "has float columns, but none that are numbered as dimensions are (0, 1, … or dim_0, dim_1, …)";
    throw fileError(path, null, `${what}; put the vectors into one list column ${vectorColumn}; ${there}`);
  }
  const names = family.map(({ column }) => nameOf(column));
  const taken = new Set(names);
  const passedOver = numbers.map(nameOf).filter((name) => !taken.has(name));
  const range = names.length === 1 ? names[0] : `${names[0]} to ${names.at(-1)}`;
  return {
    names,
    lists: false,
    wide: family.some(({ column }) => numbersOf(column) === "double"),
    note:
      `vectors taken from ${names.length} float column${names.length === 1 ? "" : "s"}, ${printable(String(range))}` +
      (passedOver.length === 0 ? "" : `; passed over: ${firstFew(passedOver)}`),
  };
}
