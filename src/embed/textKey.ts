import { createHash } from "node:crypto";

/** The key of a text in a store: SHA-256 of title and abstract. The recipe is part of the store's fingerprint. */
export function textKey(title: string, abstract: string): string {
  return keyOf(`${title}\0${abstract}`);
}

/** The key of what is asked for by its id alone. */
export function idKey(id: string): string {
  return keyOf(id);
}

function keyOf(named: string): string {
  return createHash("sha256").update(named).digest("hex");
}
