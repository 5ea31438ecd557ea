import { firstFew, ScidocsError } from "../errors.ts";
import { type VectorTable, vectorTable } from "../vectors/vectorTable.ts";
import type { EmbeddingPlan, PlannedText } from "./plan.ts";

/** The table under construction. Its block is made when the first vector tells how long vectors are. */
export class TableRows {
  readonly truncatedPapers = new Set<string>();
  private dimensions: number;
  private data: Float32Array | null = null;
  private readonly rowOf = new Map<string, number>();
  private readonly paperIds: readonly string[];
  /** 1 for each row that has its vector. */
  private readonly placed: Uint8Array;

  constructor(plan: EmbeddingPlan) {
    this.paperIds = plan.paperIds;
    this.placed = new Uint8Array(plan.paperIds.length);
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
      if (row !== undefined) {
        this.data.set(vector, row * this.dimensions);
        this.placed[row] = 1;
      }
      if (truncated) this.truncatedPapers.add(id);
    }
  }

  /** The table, once every paper has been placed: a row of zeros would pass for a vector. */
  table(): VectorTable {
    const missing = this.paperIds.filter((_, row) => this.placed[row] === 0);
    if (missing.length > 0) throw new Error(`papers whose vector was never placed: ${firstFew(missing)}`);
    return vectorTable(this.paperIds, this.dimensions, this.data ?? new Float32Array(0));
  }
}
