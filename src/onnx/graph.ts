import { type Attribute, type Initializer, int64, type Node } from "./model.ts";

/** ONNX Runtime's own operators live in this domain. */
export const microsoft = "com.microsoft";

/** Nodes and constants of a graph while it is written down, front to back. */
export interface GraphBuilder {
  readonly nodes: Node[];
  readonly initializers: Initializer[];
  /** Adds an operation with one output and returns that output's name (`name`, or one made up from the operator). */
  op(
    opType: string,
    inputs: readonly string[],
    options?: {
      readonly attributes?: Readonly<Record<string, Attribute>>;
      readonly domain?: string;
      readonly name?: string;
    },
  ): string;
  /** Adds an operation with several outputs, so many or with these names, and returns their names. */
  split(
    opType: string,
    inputs: readonly string[],
    outputs: number | readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
  ): string[];
  /** Adds a constant and returns its name; a constant of the same name is added once. */
  constant(initializer: Initializer): string;
  /** Adds a constant list of integers, such as axes or a shape. */
  integers(...values: number[]): string;
}

/**
 * An empty graph.
 * @param prefix of the names that are made up, where they are to stand beside another graph's
 */
export function graphBuilder(prefix = ""): GraphBuilder {
  const nodes: Node[] = [];
  const initializers: Initializer[] = [];
  const names = new Set<string>();
  const add = (node: Node): void => {
    nodes.push(node);
  };
  const constant = (initializer: Initializer): string => {
    if (!names.has(initializer.name)) initializers.push(initializer);
    names.add(initializer.name);
    return initializer.name;
  };
  return {
    nodes,
    initializers,
    constant,
    op(opType, inputs, { attributes = {}, domain = "", name } = {}) {
      const output = name ?? `${prefix}${opType}_${nodes.length}`;
      add({ opType, inputs, outputs: [output], attributes, domain });
      return output;
    },
    split(opType, inputs, wanted, attributes) {
      const outputs =
        typeof wanted === "number"
          ? Array.from({ length: wanted }, (_, index) => `${prefix}${opType}_${nodes.length}_${index}`)
          : [...wanted];
      add({ opType, inputs, outputs, attributes });
      return outputs;
    },
    integers(...values) {
      return constant(int64(`${prefix}integers_${values.join("_")}`, [values.length], values));
    },
  };
}
