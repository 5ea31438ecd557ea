import { idsOfClick, parseClicks, parsePropensities } from "../../datasets/clicks.ts";
import type { DatasetReading } from "../../datasets/reading.ts";
import type { Click, RecommendationData, Split } from "../../datasets/types.ts";
import type { FamilyTask } from "../familyTask.ts";
import { type LabelFile, type LabelFileContents, noFindings, type TaskFindings } from "../taskFamily.ts";

/** What a click log holds. */
export interface ClickLog extends LabelFileContents {
  readonly clicks: readonly Click[];
}

interface Propensities extends LabelFileContents {
  readonly propensities: Float64Array;
}

/** A recommendation task's label files. */
export type ClickData = Omit<RecommendationData, "papers">;

function parseLog(text: string, file: string): ClickLog {
  const clicks = parseClicks(text, file);
  return { clicks, count: clicks.length, paperIds: clicks.flatMap(idsOfClick) };
}

function parseScores(text: string, file: string): Propensities {
  const propensities = parsePropensities(text, file);
  return { propensities, count: propensities.length, paperIds: [] };
}

const logPath = (folder: string, part: "train" | Split): string => `${folder}/${part}.csv`;

/** Propensity of each displayed position: `{"scores": [p1, p2, …]}`. */
const propensityPath = (folder: string): string => `${folder}/propensity_scores.json`;

/** Train; val, on which the model is selected; the evaluated split; the propensities. */
export function clickFiles(folder: string, split: Split): LabelFile[] {
  const logs = [...new Set(["train", "val", split] as const)].map((part) => logPath(folder, part));
  return [
    ...logs.map((path): LabelFile => ({ path, unit: "clicks", parse: parseLog })),
    { path: propensityPath(folder), unit: "positions", parse: parseScores },
  ];
}

/** All label files of a recommendation task. */
export async function readClickData(reading: DatasetReading, folder: string): Promise<ClickData> {
  const read = async (part: "train" | Split): Promise<readonly Click[]> =>
    (await reading.labels(logPath(folder, part), parseLog)).clicks;
  const [train, val, test] = [await read("train"), await read("val"), await read("test")];
  return { train, val, test, propensities: (await reading.labels(propensityPath(folder), parseScores)).propensities };
}

/** The papers that the clicks of train, val and the split name, in order of first mention. */
export function papersOfClicks(data: ClickData, split: Split): string[] {
  return [...new Set(["train", "val", split] as const)].flatMap((part) => data[part].flatMap(idsOfClick));
}

/** Where in the lists the clicks of each split are. */
export function clickFindings(
  task: FamilyTask,
  contents: (path: string) => LabelFileContents | undefined,
): TaskFindings {
  const clicks = (["train", "val", "test"] as const).flatMap((split) => {
    // A family is only ever given what its own `parse` made.
    const log = contents(logPath(task.folder, split)) as ClickLog | undefined;
    return log === undefined ? [] : [{ split, ...positionsOf(log.clicks) }];
  });
  return { ...noFindings, clicks };
}

function positionsOf(clicks: readonly Click[]): Omit<TaskFindings["clicks"][number], "split"> {
  const positions: number[] = [];
  let shown = 0;
  for (const { clickedId, shownIds } of clicks) {
    const place = shownIds.indexOf(clickedId);
    while (positions.length <= place) positions.push(0);
    positions[place] = (positions[place] ?? 0) + 1;
    shown += shownIds.length;
  }
  return { clicks: clicks.length, positions, meanShown: shown / clicks.length };
}
