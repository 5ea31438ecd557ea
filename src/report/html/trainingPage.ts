import { ownValue } from "../../ownValue.ts";
import { defaultSuite } from "../../suites/suites.ts";
import { labelOfColumn } from "../scoreTable.ts";
import { html, type Markup } from "./markup.ts";
import { framePage, type PageClient } from "./pageFrame.ts";
import { drawnPointsOf, quantity, stepChart, type TrainingCurve } from "./trainingCharts.ts";

/** What a page of a training is made of. */
export interface TrainingSources {
  /** The training's folder, as a reader should see it. */
  readonly name: string;
  readonly curves: readonly TrainingCurve[];
  /** The training's settings by name, as its record has them; empty where there is no record yet. */
  readonly settings: readonly (readonly [name: string, value: string])[];
  readonly client: PageClient;
}

const benchmarkPrefix = "benchmark/";

const labels: Readonly<Record<string, string>> = {
  "train/loss": "train",
  "dev/loss": "dev",
  "train/learning_rate": "learning rate",
  "train/gradient_norm": "gradient norm",
  "train/triplets_per_second": "triplets a second",
};

function labelOf(name: string): string {
  if (!name.startsWith(benchmarkPrefix)) return ownValue(labels, name) ?? name;
  const id = name.slice(benchmarkPrefix.length);
  return labelOfColumn(defaultSuite, id);
}

/** One picture: which curves are in it. */
interface Figure {
  readonly title: string;
  readonly note: string;
  readonly has: (name: string) => boolean;
}

const figures: readonly Figure[] = [
  {
    title: "Loss",
    note: "of the training's batches, and the mean over the triplets of val",
    has: (name) => name === "train/loss" || name === "dev/loss",
  },
  {
    title: "Benchmark",
    note: "scores x100 on the val split of the benchmark, higher is better",
    has: (name) => name.startsWith(benchmarkPrefix),
  },
];

/** Figures of the curves at hand: losses and scores together, every other curve by itself. */
function figuresOf(curves: readonly TrainingCurve[]): Figure[] {
  const others = curves
    .filter(({ name }) => !figures.some((figure) => figure.has(name)))
    .map(({ name }): Figure => ({ title: sentence(labelOf(name)), note: "", has: (other) => other === name }));
  return [...figures, ...others];
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function curveSection(curves: readonly TrainingCurve[]): Markup {
  const drawn = figuresOf(curves).flatMap((figure): Markup[] => {
    const its = curves.filter(({ name }) => figure.has(name));
    const picture = stepChart(figure.title, its, labelOf);
    if (picture === null) return [];
    const means = its
      .map((curve) => ({ label: labelOf(curve.name), meanOf: drawnPointsOf(curve).meanOf }))
      .filter(({ meanOf }) => meanOf > 1)
      .map(({ label, meanOf }) => `; each point of ${label} is the mean of ${meanOf}`);
    const note = figure.note === "" ? "" : `: ${figure.note}`;
    return [
      html`<figure>${picture}<figcaption><strong>${figure.title}</strong>${note}${means.join("")}</figcaption></figure>`,
    ];
  });
  if (drawn.length === 0) {
    return html`<section id="curves"><h2>Curves</h2><p>No curve has two points yet: nothing can be drawn.</p></section>`;
  }
  return html`<section id="curves"><h2>Curves</h2><div class="charts">${drawn}</div></section>`;
}

/** First, last, lowest and highest value of every curve: what the pictures show, as numbers. */
function valueSection(curves: readonly TrainingCurve[]): Markup {
  const rows = curves.map((curve) => {
    const points = curve.steps.map((step, at) => ({ step, value: curve.values[at]! }));
    const finite = points.filter(({ value }) => Number.isFinite(value));
    const [first, last] = [points.at(0), points.at(-1)];
    const lowest = finite.reduce<(typeof points)[0] | undefined>(
      (best, point) => (best === undefined || point.value < best.value ? point : best),
      undefined,
    );
    const highest = finite.reduce<(typeof points)[0] | undefined>(
      (best, point) => (best === undefined || point.value > best.value ? point : best),
      undefined,
    );
    const cell = (point: { step: number; value: number } | undefined): Markup =>
      point === undefined
        ? html`<td class="number">none</td>`
        : html`<td class="number">${quantity(point.value)} <small class="faint">step ${point.step}</small></td>`;
    const broken = points.length - finite.length;
    return html`<tr><th scope="row">${curve.name}</th><td class="number">${points.length}</td>${[first, last, lowest, highest].map(cell)}<td class="number">${broken}</td></tr>`;
  });
  return html`<section id="values"><h2>Values</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Table of values"><table><thead><tr><th scope="col">Curve</th>${["Points", "First", "Last", "Lowest", "Highest", "Not finite"].map((name) => html`<th scope="col" class="number">${name}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div></section>`;
}

function settingSection(settings: TrainingSources["settings"]): Markup | null {
  if (settings.length === 0) return null;
  return html`<section id="settings"><h2>Settings</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Table of settings"><table><tbody>${settings.map(
    ([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`,
  )}</tbody></table></div></section>`;
}

/** Writes a training as one self-contained page: its curves over the steps, their values, and how it was set. */
export function trainingPage({ name, curves, settings, client }: TrainingSources): string {
  const steps = Math.max(0, ...curves.map((curve) => curve.steps.at(-1) ?? 0));
  return framePage(
    {
      title: `Training: ${name}`,
      heading: "Training",
      subtitle: `${name}, up to step ${steps}`,
      navigation: [
        ["curves", "Curves"],
        ["values", "Values"],
        ["settings", "Settings"],
      ],
      footer: "Made by scidocs from a training's curves; the page holds everything it shows and loads nothing.",
      client,
    },
    [curveSection(curves), valueSection(curves), settingSection(settings)],
  );
}
