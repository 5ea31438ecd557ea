import type { NumbersByName } from "../../onnx/gradients/openPiece.ts";
import type { ValueInfo } from "../../onnx/model.ts";
import type { Workspace } from "./workspace.ts";

/**
 * Room for the values that a piece's forward pass keeps for its backward pass.
 * @param prefix of their names in the workspace
 * @param sizes what the values' named sizes are in this run
 */
export function keptValues(
  workspace: Workspace,
  prefix: string,
  kept: readonly ValueInfo[],
  sizes: Readonly<Record<string, number>>,
): NumbersByName {
  return Object.fromEntries(
    kept.map(({ name, dims }) => {
      const known = dims.map((size) => (typeof size === "number" ? size : (sizes[size] ?? 0)));
      const length = known.reduce((product, size) => product * size, 1);
      return [name, { data: workspace.take(`${prefix}.${name}`, length), dims: known }];
    }),
  );
}
