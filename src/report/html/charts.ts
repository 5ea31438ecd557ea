import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams, CustomSeriesRenderItemReturn } from "echarts";
import type { RunRecord } from "../../results/schema.ts";
import type { Interval } from "../../stats/interval.ts";
import type { Column, Suite, Task } from "../../suites/suite.ts";
import { resultOf } from "../../tasks/families.ts";
import { scoreText } from "../../tasks/scoreText.ts";
import { axisStyle, chart, faint, ink, recordColor } from "./chart.ts";
import type { Markup } from "./markup.ts";

/** A record as charts name it: by its letter, never by text from a file. */
export interface Lettered {
  readonly letter: string;
  readonly record: RunRecord;
  /** Interval (x100) of each column's score. */
  readonly intervals: ReadonlyMap<string, Interval>;
}

/** Pixels between the records of one metric. */
const lane = 20;

/** One dot with its interval and its label: `data` is [metric index, value, low, high]. */
function whisker(record: number, records: number, letter: string) {
  return (_: CustomSeriesRenderItemParams, api: CustomSeriesRenderItemAPI): CustomSeriesRenderItemReturn => {
    const metric = Number(api.value(0));
    const y = (api.coord([0, metric])[1] ?? 0) + (record - (records - 1) / 2) * lane;
    const x = (index: number): number => api.coord([Number(api.value(index)), metric])[0] ?? 0;
    const line = { stroke: recordColor(record), lineWidth: 2 };
    const bar = (x1: number, y1: number, x2: number, y2: number) => ({
      type: "line" as const,
      shape: { x1, y1, x2, y2 },
      style: line,
    });
    return {
      type: "group",
      children: [
        bar(x(2), y, x(3), y),
        bar(x(2), y - 4, x(2), y + 4),
        bar(x(3), y - 4, x(3), y + 4),
        { type: "circle", shape: { cx: x(1), cy: y, r: 4.5 }, style: { fill: recordColor(record) } },
        {
          type: "text",
          x: x(3) + 8,
          y,
          style: {
            text: `${letter} ${scoreText(Number(api.value(1)))}`,
            fill: ink,
            fontSize: 12,
            verticalAlign: "middle",
          },
        },
      ],
    };
  };
}

/** A task's scores with their intervals, one lane a record; null where no record has the task. */
export function taskChart({ columns }: Suite, task: Task, records: readonly Lettered[]): Markup | null {
  const own = columns.filter((column) => column.task === task.id);
  const cells = (entry: Lettered): number[][] =>
    own.flatMap((column, metric) => {
      const value = entry.record.scores[column.id] ?? null;
      if (value === null) return [];
      const interval = entry.intervals.get(column.id) ?? { low: value, high: value };
      return [[metric, value, interval.low, interval.high]];
    });
  const all = records.flatMap(cells);
  if (all.length === 0) return null;
  const lowest = Math.min(...all.map(([, , low = 0]) => low));
  const highest = Math.max(...all.map(([, , , high = 0]) => high));
  const margin = Math.max(0.5, 0.06 * (highest - lowest));
  const step = [0.5, 1, 2, 5, 10, 20].find((wide) => (highest - lowest + 2 * margin) / wide <= 6) ?? 25;
  const height = own.length * (records.length * lane + 18) + 46;
  const spoken = (column: Column): string => {
    const values = records.flatMap(({ letter, record }) => {
      const value = record.scores[column.id] ?? null;
      return value === null ? [] : [`${letter} ${scoreText(value)}`];
    });
    return `${column.metric}: ${values.join(", ")}`;
  };
  return chart(
    {
      grid: { left: 54, right: 74, top: 8, bottom: 30 },
      xAxis: {
        type: "value",
        min: Math.max(0, step * Math.floor((lowest - margin) / step)),
        max: Math.min(100, step * Math.ceil((highest + margin) / step)),
        interval: step,
        ...axisStyle,
      },
      yAxis: {
        type: "category",
        inverse: true,
        data: own.map(({ metric }) => metric),
        ...axisStyle,
        splitLine: { show: false },
      },
      series: records.map((entry, index) => ({
        type: "custom",
        renderItem: whisker(index, records.length, entry.letter),
        encode: { x: [1, 2, 3], y: 0 },
        data: cells(entry),
        silent: true,
      })),
    },
    364,
    height,
    `${task.label} with 95 % intervals. ${own.map(spoken).join(". ")}`,
    records.flatMap((entry) =>
      cells(entry).map(
        ([metric = 0, value = 0, low = 0, high = 0]) =>
          `${entry.letter}: ${own[metric]?.metric} ${scoreText(value)}, ${scoreText(low)} to ${scoreText(high)}`,
      ),
    ),
  );
}

/**
 * Each item of a task under two records; equal points are one larger dot. Null where they share none, or the task's items
 * are not worth a dot each.
 */
export function scatterChart({ id: task, family }: Task, a: Lettered, b: Lettered, colorIndex: number): Markup | null {
  const { dots } = family.report;
  const [resultA, resultB] = [a, b].map(({ record }) => resultOf(family, record.tasks[task]));
  if (dots === undefined || resultA == null || resultB == null) return null;
  const [rowsA, rowsB] = [dots.of(resultA), dots.of(resultB)];
  const inB = new Map(rowsB.ids.map((id, index) => [id, rowsB.values[index]!]));
  const counts = new Map<string, number>();
  let better = 0;
  let worse = 0;
  let shared = 0;
  for (const [index, id] of rowsA.ids.entries()) {
    const y = inB.get(id);
    const x = rowsA.values[index]!;
    if (y === undefined) continue;
    shared++;
    if (y > x + 1e-12) better++;
    else if (y < x - 1e-12) worse++;
    const key = `${x.toFixed(3)} ${y.toFixed(3)}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  if (shared === 0) return null;
  const axis = (name: string) => ({
    type: "value",
    min: 0,
    max: 1,
    interval: 0.25,
    name,
    nameLocation: "middle",
    ...axisStyle,
  });
  return chart(
    {
      grid: { left: 56, right: 14, top: 12, bottom: 48 },
      xAxis: { ...axis(`${dots.measure}, ${a.letter}`), nameGap: 28 },
      yAxis: { ...axis(`${dots.measure}, ${b.letter}`), nameGap: 36 },
      series: [
        {
          type: "line",
          data: [
            [0, 0],
            [1, 1],
          ],
          symbol: "none",
          silent: true,
          lineStyle: { color: faint, width: 1, type: "dashed" },
        },
        {
          type: "scatter",
          silent: true,
          data: [...counts].map(([key, count]) => [...key.split(" ").map(Number), count]),
          symbolSize: (point: number[]) => 4 + 2 * Math.sqrt((point[2] ?? 1) - 1),
          itemStyle: { color: recordColor(colorIndex), opacity: 0.55 },
        },
      ],
    },
    264,
    264,
    `${task}: of ${shared} ${dots.items} ${b.letter} is better on ${better}, worse on ${worse}, equal on ${shared - better - worse}`,
    [...counts].map(([key, count]) => {
      const [x, y] = key.split(" ").map((value) => scoreText(100 * Number(value)));
      return `${a.letter} ${x}, ${b.letter} ${y}${count > 1 ? `: ${count} ${dots.items}` : ""}`;
    }),
  );
}
