import { printable } from "../printable.ts";
import { firstNonFinite } from "../tensorFiles/finite.ts";
import type { VectorTable } from "./vectorTable.ts";

/**
 * What makes a table none to compute with, in words that follow a name; null where it is sound. Readers make sound ones; a caller of the
 * library may have put one together by hand, or have computed numbers that are none, and scores come out of such a table all the same.
 */
export function tableFault({ ids, rowOf, dimensions, data }: VectorTable): string | null {
  if (!(data instanceof Float32Array || data instanceof Float64Array)) {
    return "its numbers are in no Float32Array or Float64Array";
  }
  if (data.length !== ids.length * dimensions) {
    return `its ${ids.length} vectors of ${dimensions} dimensions hold ${data.length} numbers`;
  }
  const odd = rowOf.size === ids.length ? ids.findIndex((id, row) => rowOf.get(id) !== row) : 0;
  if (odd !== -1) return `its rowOf does not lead to the vector of ${printable(ids[odd] ?? "none")}`;
  const at = firstNonFinite(data);
  if (at === -1) return null;
  return `the vector of ${printable(ids[Math.floor(at / dimensions)] ?? "")} holds ${data[at]}`;
}
