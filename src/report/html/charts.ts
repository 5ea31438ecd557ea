import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams, CustomSeriesRenderItemReturn } from "echarts";
import type { RankingTaskId } from "../../datasets/types.ts";
import type { RunRecord } from "../../results/schema.ts";
import type { Interval } from "../../stats/interval.ts";
import { type Column, columns, type Task } from "../../tasks/scidocs.ts";
import { scoreText } from "../scoreTable.ts";
import { axisStyle, chart, faint, gridLine, ink, recordColor } from "./chart.ts";
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
export function taskChart(task: Task, records: readonly Lettered[]): Markup | null {
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
  );
}

/** Average precision of each query under two records; equal points are one larger dot. Null where they share no query. */
export function scatterChart(task: RankingTaskId, a: Lettered, b: Lettered, colorIndex: number): Markup | null {
  const [resultA, resultB] = [a.record.tasks[task], b.record.tasks[task]];
  if (resultA?.kind !== "ranking" || resultB?.kind !== "ranking") return null;
  const inB = new Map(resultB.rows.query.map((id, index) => [id, resultB.rows.averagePrecision[index]!]));
  const counts = new Map<string, number>();
  let better = 0;
  let worse = 0;
  let shared = 0;
  for (const [index, id] of resultA.rows.query.entries()) {
    const y = inB.get(id);
    const x = resultA.rows.averagePrecision[index]!;
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
      xAxis: { ...axis(`average precision, ${a.letter}`), nameGap: 28 },
      yAxis: { ...axis(`average precision, ${b.letter}`), nameGap: 36 },
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
    `${task}: of ${shared} queries ${b.letter} is better on ${better}, worse on ${worse}, equal on ${shared - better - worse}`,
  );
}

/** Mean nDCG of the clicks at one displayed position. */
export interface ClickPoint {
  readonly position: number;
  readonly clicks: number;
  readonly ndcg: number;
}

/** nDCG by the displayed position of the clicked paper, over clicks and seeds (x100). */
export function clickPoints(record: RunRecord): ClickPoint[] {
  const result = record.tasks.recomm;
  if (result?.kind !== "recommendation") return [];
  const byPosition = new Map<number, { clicks: number; sum: number }>();
  const seeds = result.rows.rankedAbove;
  for (const [click, position] of result.rows.clickedPosition.entries()) {
    const point = byPosition.get(position) ?? { clicks: 0, sum: 0 };
    const gain = seeds.reduce((sum, above) => sum + 1 / Math.log2(2 + above[click]!), 0);
    point.clicks++;
    point.sum += gain / Math.max(1, seeds.length);
    byPosition.set(position, point);
  }
  return [...byPosition]
    .sort(([x], [y]) => x - y)
    .map(([position, { clicks, sum }]) => ({ position, clicks, ndcg: (100 * sum) / clicks }));
}

/** The click-position curve: how well papers clicked far down are ranked. Null without clicks. */
export function clickChart(records: readonly Lettered[]): Markup | null {
  const curves = records.map(({ record, letter }, index) => ({ letter, index, points: clickPoints(record) }));
  const drawn = curves.filter(({ points }) => points.length > 0);
  if (drawn.length === 0) return null;
  return chart(
    {
      grid: { left: 56, right: 40, top: 12, bottom: 48 },
      xAxis: {
        type: "value",
        min: 1,
        max: "dataMax",
        minInterval: 1,
        name: "displayed position of the clicked paper",
        nameLocation: "middle",
        nameGap: 28,
        ...axisStyle,
        splitLine: { show: false },
      },
      yAxis: { type: "value", scale: true, name: "mean nDCG x100", nameLocation: "middle", nameGap: 36, ...axisStyle },
      series: drawn.map(({ letter, index, points }) => ({
        type: "line",
        silent: true,
        data: points.map(({ position, ndcg }) => [position, ndcg]),
        symbol: "circle",
        symbolSize: 6,
        lineStyle: { color: recordColor(index), width: 2 },
        itemStyle: { color: recordColor(index) },
        endLabel: { show: true, formatter: letter, color: ink, fontSize: 12 },
      })),
    },
    560,
    300,
    `nDCG by displayed position of the clicked paper for ${drawn.map(({ letter }) => letter).join(", ")}; the table beneath has the values`,
  );
}

/** One column of a model's records over time, oldest first; null with fewer than two values. */
export function trendChart(
  label: string,
  columnId: string,
  history: readonly RunRecord[],
  large: boolean,
): Markup | null {
  const points = history.flatMap((record): [number, number][] => {
    const value = record.scores[columnId] ?? null;
    return value === null ? [] : [[Date.parse(record.createdAt), value]];
  });
  const [first, last] = [points.at(0), points.at(-1)];
  if (points.length < 2 || first === undefined || last === undefined) return null;
  const times = { min: first[0], max: Math.max(last[0], first[0] + 1) };
  return chart(
    {
      grid: { left: 44, right: 14, top: 12, bottom: 26 },
      xAxis: {
        type: "value",
        ...times,
        interval: (times.max - times.min) / (large ? 4 : 1),
        ...axisStyle,
        axisLabel: {
          color: ink,
          fontSize: 11,
          alignMinLabel: "left",
          alignMaxLabel: "right",
          formatter: (time: number) => new Date(time).toISOString().slice(0, 10),
        },
        splitLine: { show: false },
      },
      yAxis: {
        type: "value",
        scale: true,
        splitNumber: large ? 5 : 2,
        ...axisStyle,
        splitLine: { lineStyle: { color: gridLine } },
      },
      series: [
        {
          type: "line",
          silent: true,
          data: points,
          symbol: "circle",
          symbolSize: 6,
          lineStyle: { color: recordColor(0), width: 2 },
          itemStyle: { color: recordColor(0) },
        },
      ],
    },
    large ? 620 : 220,
    large ? 260 : 140,
    `${label} over ${points.length} runs, from ${scoreText(first[1])} to ${scoreText(last[1])}`,
  );
}
