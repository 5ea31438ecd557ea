import { taskLayout } from "../../datasets/layout.ts";
import { type TaskId, taskIds } from "../../datasets/types.ts";
import type { RunRecord, TaskResult } from "../schema.ts";

/** One thing in which two records differ beyond their scores. */
export interface Discrepancy {
  /**
   * `refused`: the difference of scores would mean nothing; `warning`: it means less than it seems;
   * `note`: what the comparison is about, or what a reader may want to know.
   */
  readonly severity: "refused" | "warning" | "note";
  /** A sentence that names what differs and both values. */
  readonly message: string;
}

type Report = (severity: Discrepancy["severity"], message: string) => void;

const short = (hash: string): string => hash.slice(0, 12);

function compareFiles(a: RunRecord, b: RunRecord, tasks: readonly TaskId[], report: Report): void {
  const hashesA = new Map(a.dataset.files.map((file) => [file.path, file.sha256]));
  const hashesB = new Map(b.dataset.files.map((file) => [file.path, file.sha256]));
  const sharedPaths = [...hashesA.keys()].filter((path) => hashesB.has(path));
  if (sharedPaths.length === 0 && a.dataset.sha256 !== b.dataset.sha256) {
    report(
      "refused",
      `dataset: A was scored on ${a.dataset.name} (SHA-256 ${short(a.dataset.sha256)}…), B on ${b.dataset.name} (${short(b.dataset.sha256)}…)`,
    );
    return;
  }
  for (const path of sharedPaths) {
    const hashA = hashesA.get(path);
    const hashB = hashesB.get(path);
    if (hashA === undefined || hashB === undefined || hashA === hashB) continue;
    const users = tasks.filter(
      (task) => path.startsWith(`${taskLayout[task].folder}/`) || path === taskLayout[task].metadataFile,
    );
    if (users.length === 0) continue;
    // Metadata are the texts that were embedded; only the recommendation task takes features from them.
    const onlyTexts = path.endsWith(".json") && !path.includes("/") && !users.includes("recomm");
    report(
      onlyTexts ? "warning" : "refused",
      `dataset: ${path} differs (SHA-256 ${short(hashA)}… in A, ${short(hashB)}… in B); used by ${users.join(", ")}`,
    );
  }
}

/** What a model is beside its name and its bytes. */
const modelFields = ["source", "recipe", "pooling", "precision", "maxLength", "dimensions", "provider"] as const;

function compareModels(a: RunRecord, b: RunRecord, report: Report): void {
  if (a.model.fingerprint !== null && a.model.fingerprint === b.model.fingerprint) {
    report("note", "model: both records are of the same vectors (equal fingerprints)");
  }
  for (const key of modelFields) {
    const [inA, inB] = [settingText(a.model[key]), settingText(b.model[key])];
    if (inA !== inB) report("note", `model ${key}: ${inA} in A, ${inB} in B`);
  }
}

/** Settings that say which tasks ran and where things lie, and those that are told as the model's. */
const quietSettings = new Set([
  ...["tasks", "data", "model", "classifier", "solver", "threads", "seeds", "seed", "batchTokens"],
  ...modelFields,
]);

const settingText = (value: RunRecord["settings"][string] | undefined): string =>
  value === undefined || value === null || value === "" ? "none" : String(value);

function compareSettings(a: RunRecord, b: RunRecord, report: Report): void {
  for (const key of new Set([...Object.keys(a.settings), ...Object.keys(b.settings)])) {
    const [inA, inB] = [settingText(a.settings[key]), settingText(b.settings[key])];
    if (!quietSettings.has(key) && inA !== inB) report("note", `setting ${key}: ${inA} in A, ${inB} in B`);
  }
  if (a.versions.scidocs !== b.versions.scidocs) {
    report(
      "note",
      `scidocs ${a.versions.scidocs ?? "of unknown version"} made A, ${b.versions.scidocs ?? "of unknown version"} made B`,
    );
  }
}

function coverage(task: TaskId, a: TaskResult, b: TaskResult, report: Report): void {
  if (a.kind === "skipped" || b.kind === "skipped") return;
  if (a.papers.missing !== b.papers.missing) {
    report(
      "warning",
      `${task} coverage: ${a.papers.missing} of ${a.papers.expected} papers have no vector in A, ${b.papers.missing} of ${b.papers.expected} in B`,
    );
  }
  if (a.kind === "ranking" && b.kind === "ranking" && a.queriesLeftOut !== b.queriesLeftOut) {
    report(
      "warning",
      `${task}: ${a.queriesLeftOut} queries are left out of A's mean and ${b.queriesLeftOut} of B's; differences are over the queries that both scored`,
    );
  }
}

function compareTask(task: TaskId, a: TaskResult | undefined, b: TaskResult | undefined, report: Report): void {
  const ran = (result: TaskResult | undefined): boolean => result !== undefined && result.kind !== "skipped";
  if (ran(a) !== ran(b)) {
    report("note", `${task}: only ${ran(a) ? "A" : "B"} has it`);
    return;
  }
  if (a === undefined || b === undefined || !ran(a)) return;
  coverage(task, a, b, report);
  if (a.kind === "classification" && b.kind === "classification") {
    if (a.classifier !== b.classifier) {
      report(
        "refused",
        `${task} classifier: ${a.classifier} in A, ${b.classifier} in B; only svm is the paper's protocol`,
      );
    }
    if (a.trainRows !== b.trainRows)
      report("refused", `${task}: trained on ${a.trainRows} papers in A, ${b.trainRows} in B`);
  }
  if (a.kind === "recommendation" && b.kind === "recommendation") {
    const seeds = (result: typeof a): string => result.seeds.map((run) => run.seed).join(", ");
    if (seeds(a) !== seeds(b))
      report("note", `${task} seeds: ${seeds(a)} in A, ${seeds(b)} in B; they are compared as two samples`);
    if (a.seeds.length === 1 || b.seeds.length === 1) {
      report("warning", `${task}: one seed only, so that its interval leaves out how much a seed changes`);
    }
  }
}

/** Everything in which two records differ beyond their scores, the gravest first. */
export function discrepancies(a: RunRecord, b: RunRecord): Discrepancy[] {
  const found: Discrepancy[] = [];
  const report: Report = (severity, message) => void found.push({ severity, message });
  if (a.split !== b.split) report("refused", `split: A is scored on ${a.split}, B on ${b.split}`);
  const both = taskIds.filter((task) =>
    [a, b].every((record) => record.tasks[task] !== undefined && record.tasks[task].kind !== "skipped"),
  );
  compareFiles(a, b, both, report);
  for (const task of taskIds) compareTask(task, a.tasks[task], b.tasks[task], report);
  compareModels(a, b, report);
  compareSettings(a, b, report);
  const order = { refused: 0, warning: 1, note: 2 };
  return found.sort((x, y) => order[x.severity] - order[y.severity]);
}
