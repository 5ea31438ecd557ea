import { CustomChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { LabelLayout } from "echarts/features";
import { SVGRenderer } from "echarts/renderers";
import { escapeMarkup } from "../escapeMarkup.ts";
import { type Markup, trusted } from "./markup.ts";

echarts.use([CustomChart, LineChart, ScatterChart, GridComponent, LabelLayout, SVGRenderer]);

/** Colours that charts are drawn with. They stand for the page's CSS variables, so that one SVG serves both themes. */
export const ink = "#010203";
export const faint = "#040506";
export const gridLine = "#070809";

/** How many records have a colour of their own; further ones take the colours anew. */
const recordColors = 6;

/** The colour of the n-th record, from 0. */
export function recordColor(index: number): string {
  return `#0a0b${(0x10 + (index % recordColors)).toString(16)}`;
}

const variables: readonly (readonly [color: string, variable: string])[] = [
  [ink, "var(--ink)"],
  [faint, "var(--faint)"],
  [gridLine, "var(--line)"],
  ...Array.from({ length: recordColors }, (_, index): [string, string] => [
    recordColor(index),
    `var(--record-${index})`,
  ]),
];

/** A circle as the SVG renderer writes it: a unit path with a matrix, in two arcs where it is small and one where it is large. */
const unitCircle =
  /<path d="M1 0A1 1 0 1 1 1 -0\.\d+(?:A1 1 0 0 1 1 0)?Z?" transform="matrix\(([\d.]+),0,0,[\d.]+,([\d.-]+),([\d.-]+)\)"([^>]*)><\/path>/g;

const oneDecimal = (text: string): string => String(Math.round(10 * Number(text)) / 10);

/** Takes out what only interaction needs, shortens what repeats a thousand times, and puts CSS variables for colours. */
function slim(svg: string): string {
  let text = svg
    .replace(/<style[^>]*>[\s\S]*?<\/style>/g, "")
    .replace(/<rect [^>]*fill="none"[^>]*><\/rect>\n?/, "")
    .replace(/ (ecmeta_\w+|class|pointer-events|baseProfile|xmlns:xlink|version|xml:space)="[^"]*"/g, "")
    // Clip paths need ids that are one of their kind in the page, and nothing here is drawn outside its grid.
    .replace(/<defs\s*>[\s\S]*?<\/defs>\n?/g, "")
    .replace(/ clip-path="[^"]*"/g, "")
    .replace(unitCircle, (_, r: string, x: string, y: string, rest: string) => {
      return `<circle cx="${oneDecimal(x)}" cy="${oneDecimal(y)}" r="${oneDecimal(r)}"${rest}/>`;
    });
  for (const [color, variable] of variables) text = text.replaceAll(color, variable);
  return text;
}

/** Puts a title into each dot. */
function titled(svg: string, titles: readonly string[]): string {
  if (titles.length === 0) return svg;
  let next = 0;
  const text = svg.replace(/<circle ([^>]*?)(?:\/>|><\/circle>)/g, (_, attributes: string) => {
    return `<circle ${attributes}><title>${escapeMarkup(titles[next++] ?? "")}</title></circle>`;
  });
  if (next !== titles.length) throw new Error(`the chart has ${next} dots for ${titles.length} titles`);
  return text;
}

/** Names at the ends of lines that come close to each other are moved apart. */
export const movedApart = { moveOverlap: "shiftY" } as const;

/** Text and axes in the page's colours; charts spread their own options over these. */
export const axisStyle = {
  axisLine: { lineStyle: { color: faint } },
  axisTick: { show: false },
  axisLabel: { color: ink, fontSize: 12 },
  splitLine: { lineStyle: { color: gridLine } },
  nameTextStyle: { color: ink, fontSize: 12 },
} as const;

/**
 * Draws a chart to SVG that takes its colours from the page and scales with it.
 * @param label what a screen reader says for the whole picture; the page has the numbers in tables
 * @param titles what a pointer over each dot reads, in the order of the series and their data
 */
export function chart(
  option: echarts.EChartsCoreOption,
  width: number,
  height: number,
  label: string,
  titles: readonly string[] = [],
): Markup {
  const instance = echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    instance.setOption({ animation: false, textStyle: { fontFamily: "inherit", color: ink }, ...option });
    const svg = titled(slim(instance.renderToSVGString()), titles);
    const escapedLabel = escapeMarkup(label);
    return trusted(
      svg.replace(
        /<svg [^>]*>/,
        `<svg viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="${escapedLabel}">`,
      ),
    );
  } finally {
    instance.dispose();
  }
}
