import type { Suite } from "../../suites/suite.ts";
import { scoreText } from "../../tasks/scoreText.ts";
import { columnLabel, tableColumns } from "../scoreTable.ts";
import { axisStyle, chart, recordColor } from "./chart.ts";
import type { Lettered } from "./charts.ts";
import { html, type Markup } from "./markup.ts";

/** Every column of every record in one picture; null where there is nothing to show. */
export function overviewSection(suite: Suite, records: readonly Lettered[]): Markup | null {
  const columns = tableColumns(suite).filter(({ id }) => records.some(({ record }) => record.scores[id] != null));
  if (columns.length < 2) return null;
  const dots = records.map(({ record }) =>
    columns.flatMap(({ id }, row) => {
      const value = record.scores[id] ?? null;
      return value === null ? [] : [{ row, value, name: `${columnLabel(columns[row]!)} ${scoreText(value)}` }];
    }),
  );
  const values = dots.flat().map(({ value }) => value);
  const picture = chart(
    {
      grid: { left: 110, right: 20, top: 8, bottom: 30 },
      xAxis: {
        type: "value",
        min: Math.max(0, 10 * Math.floor((Math.min(...values) - 2) / 10)),
        max: Math.min(100, 10 * Math.ceil((Math.max(...values) + 2) / 10)),
        ...axisStyle,
      },
      yAxis: { type: "category", inverse: true, data: columns.map(columnLabel), ...axisStyle },
      series: dots.map((points, index) => ({
        type: "scatter",
        silent: true,
        symbolSize: 11,
        itemStyle: { color: recordColor(index), opacity: 0.8 },
        data: points.map(({ row, value }) => [value, row]),
      })),
    },
    760,
    columns.length * 26 + 40,
    `All columns. ${records.map(({ letter }, index) => `${letter}: ${dots[index]!.map(({ name }) => name).join(", ")}`).join(". ")}`,
    dots.flatMap((points, index) => points.map(({ name }) => `${records[index]!.letter}: ${name}`)),
  );
  return html`<section id="overview"><h2>Overview</h2><figure>${picture}<figcaption>Scores x100, a dot a record and column.</figcaption></figure></section>`;
}
