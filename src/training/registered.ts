import { ScidocsError } from "../errors.ts";

/**
 * The value of a registry that a flag names.
 * @throws ScidocsError `USAGE` listing what there is
 */
export function chosen<T extends { readonly id: string }>(flag: string, registry: readonly T[], id: string): T {
  const found = registry.find((each) => each.id === id);
  if (found !== undefined) return found;
  throw new ScidocsError("USAGE", `${flag} ${id}: not known; use ${registry.map((each) => each.id).join(", ")}`);
}
