import { axisStyle, chart, ink, movedApart, recordColor } from "./chart.ts";
import type { Markup } from "./markup.ts";

/** A quantity over the steps of a training. */
export interface TrainingCurve {
  /** Such as `train/loss`. */
  readonly name: string;
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

/** Points a line is drawn with at most; the chart has little more than that in pixels. */
const drawnPoints = 500;

export type Point = readonly [step: number, value: number];

/**
 * The finite points of a curve, and where there are many, the means of as many neighbours as it takes to draw few; each
 * stands at the last of its steps.
 */
export function drawnPointsOf({ steps, values }: TrainingCurve): { points: Point[]; meanOf: number } {
  const finite = steps.flatMap((step, at): Point[] => (Number.isFinite(values[at]) ? [[step, values[at]!]] : []));
  const meanOf = Math.max(1, Math.ceil(finite.length / drawnPoints));
  const points: Point[] = [];
  for (let start = 0; start < finite.length; start += meanOf) {
    const group = finite.slice(start, start + meanOf);
    points.push([group.at(-1)![0], group.reduce((sum, [, value]) => sum + value, 0) / group.length]);
  }
  return { points, meanOf };
}

/** A number of any size for an axis or a table: 0.001234, 2e-5. */
export function quantity(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e6)) {
    return value.toExponential(2).replace(/\.?0+e/, "e");
  }
  return String(Number(value.toPrecision(4)));
}

/** Some curves over the same steps in one picture; null where none has two points. */
export function stepChart(
  title: string,
  curves: readonly TrainingCurve[],
  labelOf: (name: string) => string,
): Markup | null {
  const drawn = curves
    .map((curve, index) => ({ label: labelOf(curve.name), index, ...drawnPointsOf(curve) }))
    .filter(({ points }) => points.length > 0);
  if (!drawn.some(({ points }) => points.length > 1)) return null;
  const last = ({ points }: { points: readonly Point[] }): string => quantity(points.at(-1)![1]);
  return chart(
    {
      grid: { left: 64, right: drawn.length > 1 ? 96 : 24, top: 12, bottom: 44 },
      xAxis: {
        type: "value",
        min: "dataMin",
        max: "dataMax",
        minInterval: 1,
        name: "step",
        nameLocation: "middle",
        nameGap: 26,
        ...axisStyle,
        splitLine: { show: false },
      },
      yAxis: {
        type: "value",
        scale: true,
        ...axisStyle,
        axisLabel: { ...axisStyle.axisLabel, formatter: quantity },
      },
      series: drawn.map(({ label, index, points }) => ({
        type: "line",
        silent: true,
        data: points,
        // A point needs a dot only where lines between few of them could hide it.
        showSymbol: points.length <= 40,
        symbol: "circle",
        symbolSize: 5,
        lineStyle: { color: recordColor(index), width: points.length > 200 ? 1.2 : 2 },
        itemStyle: { color: recordColor(index) },
        endLabel: { show: drawn.length > 1, formatter: label, color: ink, fontSize: 12 },
        labelLayout: movedApart,
      })),
    },
    620,
    280,
    `${title} over steps: ${drawn.map((line) => `${line.label} ends at ${last(line)}`).join(", ")}`,
  );
}
