import { ownValue } from "../../ownValue.ts";
import { printable } from "../../printable.ts";
import type { Suite, Task } from "../../suites/suite.ts";
import { suiteNamed } from "../../suites/suites.ts";
import { ran, resultOf } from "../../tasks/families.ts";
import type { Discrepancy } from "../../tasks/taskFamily.ts";
import type { RunRecord } from "../schema.ts";

type Report = (severity: Discrepancy["severity"], message: string, modelField?: string) => void;

const short = (hash: string): string => hash.slice(0, 12);

function compareFiles(a: RunRecord, b: RunRecord, tasks: readonly Task[], report: Report): void {
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
    const users = tasks.filter(({ folder, metadataFile }) => path.startsWith(`${folder}/`) || path === metadataFile);
    if (users.length === 0) continue;
    // Metadata are the texts that were embedded; few families take features from them.
    const onlyTexts = users.every(({ metadataFile, family }) => path === metadataFile && !family.scoresFromMetadata);
    report(
      onlyTexts ? "warning" : "refused",
      `dataset: ${path} differs (SHA-256 ${short(hashA)}… in A, ${short(hashB)}… in B); used by ${users.map(({ id }) => id).join(", ")}`,
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
    if (inA !== inB) report("note", `model ${key}: ${inA} in A, ${inB} in B`, key);
  }
}

/** Settings that say which tasks ran and where things lie, and those that are told as the model's. */
const quietSettings = ["tasks", "data", "model", "threads", "batchTokens", ...modelFields];

const settingText = (value: RunRecord["settings"][string] | undefined): string =>
  value === undefined || value === null || value === "" ? "none" : String(value);

function compareSettings({ tasks }: Suite, a: RunRecord, b: RunRecord, report: Report): void {
  // A family says itself in what its results differ.
  const quiet = new Set([...quietSettings, ...tasks.flatMap(({ family }) => family.settingNames)]);
  for (const key of new Set([...Object.keys(a.settings), ...Object.keys(b.settings)])) {
    const [inA, inB] = [settingText(ownValue(a.settings, key)), settingText(ownValue(b.settings, key))];
    if (!quiet.has(key) && inA !== inB) report("note", `setting ${key}: ${inA} in A, ${inB} in B`);
  }
  if (a.versions.scidocs !== b.versions.scidocs) {
    report(
      "note",
      `scidocs ${a.versions.scidocs ?? "of unknown version"} made A, ${b.versions.scidocs ?? "of unknown version"} made B`,
    );
  }
}

function compareTask(task: Task, recordA: RunRecord, recordB: RunRecord, report: Report): void {
  const { id, family } = task;
  const [a, b] = [recordA.tasks[id], recordB.tasks[id]];
  if (ran(a) !== ran(b)) report("note", `${id}: only ${ran(a) ? "A" : "B"} has it`);
  if (!ran(a) || !ran(b)) return;
  // What a task needs vectors of follows from its labels.
  if (recordA.dataset.sha256 === recordB.dataset.sha256 && a.papers.expected !== b.papers.expected) {
    report(
      "refused",
      `${id}: its papers are ${a.papers.expected} in A and ${b.papers.expected} in B, of the same data`,
    );
  }
  if (a.papers.missing !== b.papers.missing) {
    report(
      "warning",
      `${id} coverage: ${a.papers.missing} of ${a.papers.expected} papers have no vector in A, ${b.papers.missing} of ${b.papers.expected} in B`,
    );
  }
  const [ownA, ownB] = [resultOf(family, a), resultOf(family, b)];
  if (ownA === null || ownB === null) return;
  for (const { severity, message } of family.comparison.discrepancies(task, ownA, ownB)) report(severity, message);
}

/**
 * Everything in which two records differ beyond their scores, the gravest first.
 * @param own a suite of one's own, where the records are of it
 * @throws ScidocsError `BAD_INPUT` for records of an unknown suite
 */
export function discrepancies(a: RunRecord, b: RunRecord, own?: Suite): Discrepancy[] {
  if (a.suite !== b.suite) return [{ severity: "refused", message: `suite: A is of ${a.suite}, B of ${b.suite}` }];
  const suite = suiteNamed(a.suite, own);
  const found: Discrepancy[] = [];
  const report: Report = (severity, message, modelField) =>
    void found.push({
      severity,
      message: printable(message, Number.POSITIVE_INFINITY),
      ...(modelField === undefined ? {} : { modelField }),
    });
  if (a.split !== b.split) report("refused", `split: A is scored on ${a.split}, B on ${b.split}`);
  const both = suite.tasks.filter(({ id }) => [a, b].every((record) => ran(record.tasks[id])));
  compareFiles(a, b, both, report);
  for (const task of suite.tasks) compareTask(task, a, b, report);
  compareModels(a, b, report);
  compareSettings(suite, a, b, report);
  const order = { refused: 0, warning: 1, note: 2 };
  return found.sort((x, y) => order[x.severity] - order[y.severity]);
}
