import type { ClassificationData } from "../../datasets/types.ts";
import type { TaskFamily } from "../taskFamily.ts";
import { classificationComparison } from "./classificationComparison.ts";
import { classFilesRead, classFindings, classLabelFiles, readClassification } from "./classificationData.ts";
import { classificationNotes } from "./classificationNotes.ts";
import { classificationReport } from "./classificationReport.ts";
import type { ClassificationResult } from "./classificationResult.ts";

/** Tasks that give each paper one class: a linear SVM learns from the train split, macro F1 judges the evaluated one. */
export const classification: TaskFamily<ClassificationData, ClassificationResult> = {
  kind: "classification",
  columns: [{ suffix: "f1", metric: "F1", value: (result) => result.macroF1 }],
  labelFiles: classLabelFiles,
  filesRead: classFilesRead,
  scoresFromMetadata: false,
  // Each ends in one long chain of steps; side by side, one's chain leaves the other the remaining cores.
  sideBySide: true,
  // The training rows twice, for ONNX Runtime's products; the fits, which see them once, come after that.
  workingBytes: ({ train }, { dimensions }) => 2 * 4 * train.paperIds.length * dimensions,
  read: (reading, { folder }) => readClassification(reading, folder),
  papers: (data, split) => [...data.train.paperIds, ...data[split].paperIds],
  judged: (data, split) => data[split].paperIds,
  // Loaded when a task is scored: what only reads records starts without it.
  score: async ({ task, data, split, vectors, classNames, options }, control) => {
    const { scoreClassification } = await import("./classification.ts");
    return scoreClassification(
      {
        label: task.label,
        train: data.train,
        evaluated: data[split],
        vectors,
        classNames,
        classifier: options.classifier,
        solver: options.solver,
        threads: options.threads,
      },
      control,
    );
  },
  settings: ({ classifier, solver }) => ({ classifier, solver }),
  settingNames: ["classifier", "solver"],
  notes: ({ label }, result) => classificationNotes(label, result),
  comparison: classificationComparison,
  report: classificationReport,
  findings: classFindings,
};
