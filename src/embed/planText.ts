import { stepsText } from "../encoders/vectorSteps.ts";
import { printable } from "../printable.ts";
import type { PlanMeasure } from "./measurePlan.ts";
import type { EmbeddingPlan } from "./plan.ts";

/** What is known of a plan beyond the plan itself. */
export interface PlanFindings {
  readonly measure?: PlanMeasure | null;
  /** Expected time in milliseconds, from a probe. */
  readonly expectedMs?: number | null;
  /** The store's folder, whether it is there yet or not; null where none is used. */
  readonly store?: string | null;
}

const number = (value: number): string => value.toLocaleString("en-US");
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** A plan as rows of a label and a value, in the order in which a reader asks. */
export function planRows(plan: EmbeddingPlan, findings: PlanFindings = {}): [label: string, value: string][] {
  const { encoder } = plan;
  const rows: [string, string][] = [
    ["model", `${encoder.name} (${encoder.modelFile})`],
    [
      "recipe",
      [
        encoder.recipe.text ?? encoder.recipe.recipe,
        encoder.separator && `separator ${encoder.separator}`,
        encoder.recipe.prefix && `prefix "${encoder.recipe.prefix}"`,
      ]
        .filter(Boolean)
        .join(", "),
    ],
    ["declared", encoder.declared ?? "nothing beside the model says how it is used"],
    ["pooling", poolingRow(encoder)],
    ["precision", `${encoder.precision === "model" ? "as in the file" : encoder.precision}, on ${encoder.provider}`],
    ["maximum length", `${encoder.maxLength} tokens`],
    ["fingerprint", encoder.fingerprint.slice(0, 16)],
  ];
  for (const { file, papers } of plan.files) rows.push([`papers of ${file}`, number(papers)]);
  rows.push(["papers, each once", number(plan.paperIds.length)]);
  rows.push(["distinct texts", number(plan.texts.length)]);
  if (plan.conflictingPapers > 0)
    rows.push(["texts that differ between files", `${number(plan.conflictingPapers)} (the first is taken)`]);
  rows.push(["without title and abstract", number(plan.emptyPapers.size)]);
  rows.push(["stored already", number(plan.storedTexts)]);
  rows.push(["to embed", number(plan.textsToEmbed)]);
  const { measure, expectedMs, store } = findings;
  if (measure != null) {
    const padding = measure.paddedTokens === 0 ? 0 : 1 - measure.tokens / measure.paddedTokens;
    rows.push(["longer than the maximum", number(measure.overLongTexts)]);
    rows.push(["tokens", number(measure.tokens)]);
    rows.push(["batches", `${number(measure.batches.length)} of at most ${number(plan.batchTokens)} tokens`]);
    rows.push(["padding", percent(padding)]);
  }
  if (expectedMs != null) {
    const rate = expectedMs > 0 ? (1000 * plan.textsToEmbed) / expectedMs : 0;
    rows.push([
      "expected time",
      `${duration(expectedMs)}${rate > 0 ? ` (${rate >= 100 ? number(Math.round(rate)) : rate.toPrecision(3)} papers/s)` : ""}`,
    ]);
  }
  if (store != null) {
    rows.push(["store", store]);
    const bytes = plan.storeBytes;
    rows.push(["disk needed", bytes === null ? "known when the model has run" : `${(bytes / 2 ** 20).toFixed(1)} MiB`]);
  }
  return rows;
}

function poolingRow({ settings, steps, skippedTokens, output }: EmbeddingPlan["encoder"]): string {
  const skipped = skippedTokens === 0 ? "" : ` without the first ${skippedTokens} tokens`;
  return [`${settings.pooling}${skipped}`, stepsText(steps), `output ${output}`]
    .filter((part) => part !== "")
    .join(", ");
}

/** A plan as text, one line a row. */
export function planText(plan: EmbeddingPlan, findings: PlanFindings = {}): string {
  // Prompts and names come from files.
  const rows = planRows(plan, findings).map((row) => row.map((part) => printable(part, Number.POSITIVE_INFINITY)));
  const widest = Math.max(...rows.map(([label = ""]) => label.length));
  return rows.map(([label = "", value = ""]) => `${label.padEnd(widest)}  ${value}\n`).join("");
}

/** Milliseconds for people: `3.4 s`, `12 min`, `5 h 20 min`. */
function duration(elapsedMs: number): string {
  const seconds = elapsedMs / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
