import { ScidocsError } from "../errors.ts";
import { type VectorTable, vectorTable } from "../vectors/vectorTable.ts";
import type { EmbeddingPlan, PlannedText } from "./plan.ts";

/** The table under construction. Its block is made when the first vector tells how long vectors are. */
export class TableRows {
  readonly truncatedPapers = new Set<string>();
  private dimensions: number;
  private data: Float32Array | null = null;
  private readonly rowOf = new Map<string, number>();
  private readonly paperIds: readonly string[];

  constructor(plan: EmbeddingPlan) {
    this.paperIds = plan.paperIds;
    this.dimensions = plan.encoder.dimensions ?? 0;
    for (const [row, id] of plan.paperIds.entries()) this.rowOf.set(id, row);
  }

  place(text: PlannedText, vector: Float32Array, truncated: boolean): void {
    if (this.data === null) {
      this.dimensions = vector.length;
      this.data = new Float32Array(new SharedArrayBuffer(this.paperIds.length * vector.length * 4));
    } else if (vector.length !== this.dimensions) {
      throw new ScidocsError("BAD_INPUT", `vectors of ${vector.length} and of ${this.dimensions} numbers in one run`);
    }
    for (const id of text.paperIds) {
      const row = this.rowOf.get(id);
      if (row !== undefined) this.data.set(vector, row * this.dimensions);
      if (truncated) this.truncatedPapers.add(id);
    }
  }

  table(): VectorTable {
    return vectorTable(this.paperIds, this.dimensions, this.data ?? new Float32Array(0));
  }
}
