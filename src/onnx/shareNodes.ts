import type { Node } from "./model.ts";

/**
 * Computes once what several nodes compute from the same values: of nodes with one operator, the same attributes and the same inputs, the
 * first stays. All operators that we write give the same outputs for the same inputs, so that no number changes.
 * @param nodes in an order in which they can run
 * @param wanted values that must keep their names: the graph's outputs
 */
export function shareNodes(nodes: readonly Node[], wanted: ReadonlySet<string>): Node[] {
  const moved = new Map<string, string>();
  const first = new Map<string, Node>();
  const kept: Node[] = [];
  for (const node of nodes) {
    const inputs = node.inputs.map((name) => moved.get(name) ?? name);
    const key = keyOf({ ...node, inputs });
    const same = first.get(key);
    if (same === undefined || node.outputs.some((name) => wanted.has(name))) {
      first.set(key, node);
      kept.push({ ...node, inputs });
    } else for (const [index, output] of node.outputs.entries()) moved.set(output, same.outputs[index] ?? output);
  }
  return kept;
}

function keyOf({ opType, domain = "", inputs, outputs, attributes = {} }: Node): string {
  const sorted = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  // An output that is left out changes what an operator does.
  return JSON.stringify([opType, domain, inputs, outputs.map((name) => name === ""), sorted]);
}
