import type { SchemaTree } from "hyparquet";
import { fileError } from "../../errors.ts";

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
}

function leafOf(node: SchemaTree): SchemaTree {
  const [child] = node.children;
  return child !== undefined && node.children.length === 1 ? leafOf(child) : node;
}

/**
 * Finds the vectors: a list column `embedding`, or else every float column of the file, in order.
 * @throws ScidocsError `BAD_INPUT` naming the columns there are
 */
export function vectorColumnsOf(schema: SchemaTree, path: string): VectorColumns {
  const { children } = schema;
  const listed =
    children
      .map(({ element }) => element.name)
      .slice(0, 20)
      .join(", ") || "none";
  if (!children.some(({ element }) => element.name === idColumn)) {
    throw fileError(path, null, `has no column ${idColumn}; its columns: ${listed}`);
  }
  const list = children.find(({ element }) => element.name === vectorColumn);
  if (list !== undefined) {
    const { element } = leafOf(list);
    if (list.children.length !== 1 || (element.type !== "FLOAT" && element.type !== "DOUBLE")) {
      throw fileError(path, null, `column ${vectorColumn} must be a list of float or double numbers`);
    }
    return { names: [vectorColumn], lists: true, wide: element.type === "DOUBLE" };
  }
  const flat = children.filter(
    ({ element, children: inner }) => inner.length === 0 && (element.type === "FLOAT" || element.type === "DOUBLE"),
  );
  if (flat.length === 0) {
    throw fileError(path, null, `has neither a list column ${vectorColumn} nor float columns; its columns: ${listed}`);
  }
  return {
    names: flat.map(({ element }) => element.name),
    lists: false,
    wide: flat.some(({ element }) => element.type === "DOUBLE"),
  };
}
