import { describe, expect, it } from "vitest";
import { axisStyle, chart } from "../../../src/report/html/chart.ts";

/** A chart of dots of these sizes, in a row. */
function dotsOf(sizes: readonly number[]): string {
  const axis = { type: "value", min: 0, max: 1, ...axisStyle };
  const options = {
    xAxis: axis,
    yAxis: axis,
    series: [
      {
        type: "scatter",
        data: sizes.map((size, index) => [index / (sizes.length - 1), 0.5, size]),
        symbolSize: (point: number[]) => point[2]!,
      },
    ],
  };
  return chart(
    options,
    400,
    300,
    "dots",
    sizes.map((size) => `size ${size}`),
  ).text;
}

describe("a chart's dots", () => {
  it("have their titles, in order, whatever their size: large ones are drawn by another path than small ones", () => {
    const sizes = [1, 4, 7, 10, 19, 20, 20.124, 24, 40, 64, 120];
    const dots = [...dotsOf(sizes).matchAll(/<circle [^>]*r="([\d.]+)"[^>]*><title>size ([\d.]+)<\/title><\/circle>/g)];
    expect(dots.map(([, , title]) => Number(title))).toEqual(sizes);
    expect(dots.map(([, radius]) => Number(radius))).toEqual(sizes.map((size) => Math.round(5 * size) / 10));
  });
});
