import type { ClassificationTaskId, RankingTaskId, Split, TaskId } from "./types.ts";

/** Where a task's files lie in a SciDocs folder. */
export interface TaskLayout {
  /** Folder of the label files. */
  readonly folder: string;
  /** File with the text of the task's papers. */
  readonly metadataFile: string;
}

const clsFile = "paper_metadata_mag_mesh.json";
const rankingFile = "paper_metadata_view_cite_read.json";

/** The layout of allenai/scidocs: folders and metadata files by task. */
export const taskLayout: Readonly<Record<TaskId, TaskLayout>> = {
  mag: { folder: "mag", metadataFile: clsFile },
  mesh: { folder: "mesh", metadataFile: clsFile },
  "co-view": { folder: "coview", metadataFile: rankingFile },
  "co-read": { folder: "coread", metadataFile: rankingFile },
  cite: { folder: "cite", metadataFile: rankingFile },
  "co-cite": { folder: "cocite", metadataFile: rankingFile },
  recomm: { folder: "recomm", metadataFile: "paper_metadata_recomm.json" },
};

/** The three metadata files in the order in which a paper's text is looked for. */
export const metadataFiles: readonly string[] = [clsFile, rankingFile, taskLayout.recomm.metadataFile];

/** Propensity of each displayed position: `{"scores": [p1, p2, …]}`. */
export const propensityFile = "recomm/propensity_scores.json";

/** Optional: `{"mag": ["name of label 0", …], "mesh": […]}`, for data whose classes are not the published ones. */
export const classNamesFile = "class-names.json";

/** Written by `scidocs data synth`; its presence marks the data as synthetic. */
export const syntheticFile = "synthetic.json";

export const classificationTaskIds: readonly ClassificationTaskId[] = ["mag", "mesh"];
export const rankingTaskIds: readonly RankingTaskId[] = ["co-view", "co-read", "cite", "co-cite"];

export function isClassificationTask(task: TaskId): task is ClassificationTaskId {
  return task === "mag" || task === "mesh";
}

export function isRankingTask(task: TaskId): task is RankingTaskId {
  return task !== "recomm" && !isClassificationTask(task);
}

/**
 * Files, relative to the dataset's folder, that scoring a task on a split takes its numbers from, metadata apart:
 * train and the evaluated split for classes, the split's judgements for rankings; for recommendation also val, on
 * which the model is selected.
 */
export function labelFiles(task: TaskId, split: Split): readonly string[] {
  const { folder } = taskLayout[task];
  if (isRankingTask(task)) return [`${folder}/${split}.qrel`];
  if (isClassificationTask(task)) return [`${folder}/train.csv`, `${folder}/${split}.csv`];
  const evaluated = split === "val" ? [] : [`${folder}/${split}.csv`];
  return [`${folder}/train.csv`, `${folder}/val.csv`, ...evaluated, propensityFile];
}

/** Every label file of a task, both splits. */
export function allLabelFiles(task: TaskId): readonly string[] {
  return [...new Set([...labelFiles(task, "val"), ...labelFiles(task, "test")])];
}

/** Every file of the whole dataset, optional ones apart. */
export const datasetFiles: readonly string[] = [
  ...metadataFiles,
  ...(Object.keys(taskLayout) as TaskId[]).flatMap(allLabelFiles),
];

/** The published names of the classes in label order (SciDocs: MAG level-0 fields, MeSH disease areas). */
export const publishedClassNames: Readonly<Record<ClassificationTaskId, readonly string[]>> = {
  mag: [
    "Art",
    "Biology",
    "Business",
    "Chemistry",
    "Computer science",
    "Economics",
    "Engineering",
    "Environmental science",
    "Geography",
    "Geology",
    "History",
    "Materials science",
    "Mathematics",
    "Medicine",
    "Philosophy",
    "Physics",
    "Political science",
    "Psychology",
    "Sociology",
  ],
  mesh: [
    "Cardiovascular diseases",
    "Chronic kidney disease",
    "Chronic respiratory diseases",
    "Diabetes mellitus",
    "Digestive diseases",
    "HIV/AIDS",
    "Hepatitis A/B/C/E",
    "Mental disorders",
    "Musculoskeletal disorders",
    "Neoplasms (cancer)",
    "Neurological disorders",
  ],
};
