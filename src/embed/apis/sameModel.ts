import { firstFew, ScidocsError } from "../../errors.ts";
import { printable } from "../../printable.ts";
import type { RunControl } from "../../progress.ts";
import type { ApiModel, ApiPaper, ApiVector } from "./apiModel.ts";

/** Stored papers that are asked for again: a single one's text may have been corrected since. */
const mostProbes = 3;

/** How much of a vector's largest number two computations of it may differ by; another model's differ by all of it. */
const sameWithin = 0.01;

/** What is stored and what is to come. */
export interface Resumed {
  readonly model: ApiModel;
  readonly papers: readonly ApiPaper[];
  /** What names each paper's vector, by paper id. */
  readonly keys: ReadonlyMap<string, string>;
  /** Papers to ask for, by key. */
  readonly toAsk: ReadonlyMap<string, ApiPaper>;
}

/**
 * Nothing in an address tells that another model answers there than the one whose vectors are stored, and vectors of two models mean
 * nothing beside each other. So a run that goes on first asks for some that it has.
 * @param stored vectors by key
 * @param ask vectors of some papers, in their order
 * @throws ScidocsError `UNAVAILABLE` where all of them are others now, and as `ask` does
 */
export async function requireSameModel(
  { model, papers, keys, toAsk }: Resumed,
  stored: ReadonlyMap<string, Float32Array>,
  { signal = new AbortController().signal }: RunControl,
  ask: (papers: readonly ApiPaper[], signal: AbortSignal) => Promise<readonly ApiVector[]>,
): Promise<void> {
  if (toAsk.size === 0) return;
  const probes = papers.filter(({ id }) => stored.has(keys.get(id) ?? "")).slice(0, mostProbes);
  if (probes.length === 0) return;
  const answers = await ask(probes, signal);
  const found = probes.flatMap(({ id }, index) => {
    const [now, before] = [answers[index]?.vector ?? null, stored.get(keys.get(id) ?? "")];
    return now === null || before === undefined ? [] : [{ id, isSame: isNear(now, before) }];
  });
  if (found.length === 0 || found.some(({ isSame }) => isSame)) return;
  throw new ScidocsError(
    "UNAVAILABLE",
    `${model.name}: gives other vectors now than those that are stored (of ${firstFew(found.map(({ id }) => printable(id)))}): another model answers there, and the two cannot stand in one table; name another --store, or give --no-store`,
  );
}

function isNear(a: Float32Array, b: Float32Array): boolean {
  const largest = b.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return a.length === b.length && a.every((value, at) => Math.abs(value - (b[at] ?? 0)) <= sameWithin * largest);
}
