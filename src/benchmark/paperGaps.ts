import type { SuiteReading, TextsOfFile } from "../suites/suiteReading.ts";

/** What a task's papers lack, seen before anything is embedded. */
export interface PaperGap {
  /** The task's id. */
  readonly task: string;
  /** Papers that the task needs. */
  readonly papers: number;
  readonly withoutMetadata: number;
  /** Papers with neither title nor abstract. */
  readonly emptyText: number;
}

const isEmpty = (text: string | null): boolean => (text ?? "").trim() === "";

/** The gaps of all tasks, by the texts that were read for them. */
export async function paperGaps(reading: SuiteReading, texts: readonly TextsOfFile[]): Promise<PaperGap[]> {
  const found = new Map(
    texts.map(({ file, papers }) => [
      file,
      new Map(papers.map(({ id, title, abstract }) => [id, isEmpty(title) && isEmpty(abstract)])),
    ]),
  );
  const gaps: PaperGap[] = [];
  for (const task of reading.tasks) {
    const ids = await reading.papersOf(task);
    const emptyOf = found.get(task.metadataFile);
    let withoutMetadata = 0;
    let emptyText = 0;
    for (const id of ids) {
      const empty = emptyOf?.get(id);
      if (empty === undefined) withoutMetadata += 1;
      else if (empty) emptyText += 1;
    }
    gaps.push({ task: task.id, papers: ids.size, withoutMetadata, emptyText });
  }
  return gaps;
}

/** What a reader should know of the gaps, one sentence each. */
export function gapNotes(gaps: readonly PaperGap[]): string[] {
  const list = (gap: "withoutMetadata" | "emptyText"): string =>
    gaps
      .filter((task) => task[gap] > 0)
      .map((task) => `${task.task} ${task[gap]} of ${task.papers}`)
      .join(", ");
  return [
    ["papers without metadata", list("withoutMetadata")] as const,
    ["papers with neither title nor abstract", list("emptyText")] as const,
  ].flatMap(([what, where]) => (where === "" ? [] : [`${what}: ${where}`]));
}
