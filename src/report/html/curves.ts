import type { RunRecord } from "../../results/schema.ts";
import type { CurveSection } from "../../tasks/familyReport.ts";
import { scoreText } from "../../tasks/scoreText.ts";
import { axisStyle, chart, gridLine, ink, movedApart, recordColor } from "./chart.ts";
import type { Lettered } from "./charts.ts";
import type { Markup } from "./markup.ts";

/** A family's curves, one a record. */
export function curvesChart(section: CurveSection, records: readonly Lettered[]): Markup {
  const drawn = records.flatMap(({ letter }, index) => {
    const points = section.curves[index] ?? [];
    return points.length === 0 ? [] : [{ letter, index, points }];
  });
  return chart(
    {
      grid: { left: 56, right: 40, top: 12, bottom: 48 },
      xAxis: {
        type: "value",
        min: 1,
        max: "dataMax",
        minInterval: 1,
        name: section.xName,
        nameLocation: "middle",
        nameGap: 28,
        ...axisStyle,
        splitLine: { show: false },
      },
      yAxis: { type: "value", scale: true, name: section.yName, nameLocation: "middle", nameGap: 36, ...axisStyle },
      series: drawn.map(({ letter, index, points }) => ({
        type: "line",
        silent: true,
        data: points.map(({ x, y }) => [x, y]),
        symbol: "circle",
        symbolSize: 6,
        lineStyle: { color: recordColor(index), width: 2 },
        itemStyle: { color: recordColor(index) },
        endLabel: { show: true, formatter: letter, color: ink, fontSize: 12 },
        labelLayout: movedApart,
      })),
    },
    560,
    300,
    `${section.spoken} for ${drawn.map(({ letter }) => letter).join(", ")}; the table beneath has the values`,
    drawn.flatMap(({ letter, points }) =>
      points.map(({ x, y, count }) => `${letter} at ${x}: ${scoreText(y)} (${count})`),
    ),
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
    points.map(([time, value]) => `${new Date(time).toISOString().slice(0, 10)}: ${scoreText(value)}`),
  );
}
