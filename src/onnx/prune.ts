import type { Node } from "./model.ts";

/**
 * The nodes of a graph that some of its values come from, in their order.
 * @param given values that come from outside, so that what computes them is left out
 */
export function neededNodes(
  nodes: readonly Node[],
  wanted: Iterable<string>,
  given: ReadonlySet<string> = new Set(),
): Node[] {
  const needed = new Set(wanted);
  const kept: Node[] = [];
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((name) => needed.has(name) && !given.has(name))) continue;
    kept.push(node);
    for (const name of node.inputs) needed.add(name);
  }
  return kept.reverse();
}

/** The values that nodes take, and do not compute themselves. */
export function outsideValues(nodes: readonly Node[]): Set<string> {
  const made = new Set(nodes.flatMap(({ outputs }) => outputs));
  return new Set(nodes.flatMap(({ inputs }) => inputs).filter((name) => name !== "" && !made.has(name)));
}
