import { printable } from "../../../printable.ts";
import type { WorkerSign } from "./presence.ts";

interface Counted {
  texts: number;
  /** When its first and last parcel came, in milliseconds. */
  readonly firstMs: number;
  lastMs: number;
}

/** Versions that should be the same wherever vectors of one run are made. */
export interface WorkVersions {
  readonly scidocs: string;
  readonly onnxruntime: string;
}

/** Who did how much of a run. */
export class WorkerTally {
  private readonly counted = new Map<string, Counted>();
  private readonly signs = new Map<string, WorkerSign>();
  private readonly here: WorkVersions;

  constructor(here: WorkVersions) {
    this.here = here;
  }

  /** Notes what a worker says of itself. */
  know(sign: WorkerSign): void {
    this.signs.set(sign.id, sign);
  }

  /** Notes that a worker has embedded some texts. */
  add(worker: string, texts: number): void {
    const now = performance.now();
    const known = this.counted.get(worker);
    if (known === undefined) this.counted.set(worker, { texts, firstMs: now, lastMs: now });
    else {
      known.texts += texts;
      known.lastMs = now;
    }
  }

  /** One line for the progress: workers with the papers a second of each, and what is under way. */
  text(present: readonly WorkerSign[], inFlight: number): string {
    const rates = present.map(({ id, name }) => {
      const counted = this.counted.get(id);
      const seconds = counted === undefined ? 0 : (counted.lastMs - counted.firstMs) / 1000;
      return seconds > 0 ? `${name} ${(counted!.texts / seconds).toFixed(1)}/s` : name;
    });
    const shown = rates.length > 4 ? [...rates.slice(0, 4), "…"] : rates;
    const workers = `${present.length} ${present.length === 1 ? "worker" : "workers"}`;
    return `${workers}${shown.length === 0 ? "" : ` (${shown.join(", ")})`}, ${inFlight} windows in flight`;
  }

  /** What a record says of the workers: how many there were, on what, and a warning where their versions differ. */
  notes(): string[] {
    if (this.counted.size === 0) return [];
    const kinds = new Map<string, { workers: number; texts: number }>();
    const otherVersions = new Set<string>();
    for (const [id, { texts }] of this.counted) {
      const sign = this.signs.get(id);
      const kind =
        sign === undefined
          ? "one that was gone before it could be asked"
          : printable(
              `scidocs ${sign.scidocs}, ONNX Runtime ${sign.onnxruntime}, ${sign.processor}, provider ${sign.provider}`,
              200,
            );
      const known = kinds.get(kind) ?? { workers: 0, texts: 0 };
      kinds.set(kind, { workers: known.workers + 1, texts: known.texts + texts });
      if (sign !== undefined && sign.scidocs !== this.here.scidocs)
        otherVersions.add(printable(`scidocs ${sign.scidocs}`));
      if (sign !== undefined && sign.onnxruntime !== this.here.onnxruntime) {
        otherVersions.add(printable(`ONNX Runtime ${sign.onnxruntime}`));
      }
    }
    const list = [...kinds].map(([kind, { workers, texts }]) => `${workers} of ${kind} (${texts} texts)`);
    const count = this.counted.size;
    const notes = [`Embedded over a queue by ${count} ${count === 1 ? "worker" : "workers"}: ${list.join("; ")}.`];
    if (otherVersions.size > 0) {
      notes.push(
        `Warning: some workers ran ${[...otherVersions].join(", ")}, where this run has scidocs ${this.here.scidocs} and ONNX Runtime ${this.here.onnxruntime}; the last bits of vectors may depend on that.`,
      );
    }
    return notes;
  }
}
