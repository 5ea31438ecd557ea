import { describe, expect, it } from "vitest";
import { drawnPointsOf, quantity, stepChart } from "../../../src/report/html/trainingCharts.ts";
import { trainingPage } from "../../../src/report/html/trainingPage.ts";

const steps = Array.from({ length: 1200 }, (_, at) => at + 1);
const client = { script: "export {};", style: "" };

describe("the page of a training", () => {
  const page = trainingPage({
    name: "<model-output>",
    curves: [
      { name: "train/loss", steps, values: steps.map((step) => (step === 7 ? Number.NaN : 1 / step)) },
      { name: "dev/loss", steps: [600, 1200], values: [0.5, 0.25] },
      { name: "train/learning_rate", steps, values: steps.map(() => 2e-5) },
      { name: "benchmark/cite-map", steps: [600, 1200], values: [30, 41.5] },
      { name: "something/new", steps: [1, 2], values: [1, 2] },
      { name: "only/once", steps: [1], values: [1] },
    ],
    settings: [["margin", "1"]],
    client,
  });
  const pictures = [...page.matchAll(/<svg [^>]*aria-label="([^"]*)"/g)].map(([, label]) => label);

  it("draws the losses together, the scores together, and every other curve by itself", () => {
    expect(pictures).toEqual([
      "Loss over steps: train ends at 8.34e-4, dev ends at 0.25",
      "Benchmark over steps: cite MAP ends at 41.5",
      "Learning rate over steps: learning rate ends at 2e-5",
      "Something/new over steps: something/new ends at 2",
    ]);
  });

  it("writes the names of lines that end close to each other one beneath the other", () => {
    const near = stepChart(
      "Loss",
      [
        { name: "train", steps: [1, 2, 3], values: [0, 1, 0.5] },
        { name: "dev", steps: [1, 3], values: [0.6, 0.501] },
      ],
      (name) => name,
    );
    const heights = [...(near?.text ?? "").matchAll(/translate\(([\d.]+) ([\d.]+)\)"[^>]*>(train|dev)</g)].map(
      ([, , y]) => Number(y),
    );
    expect(heights).toHaveLength(2);
    expect(Math.abs((heights[0] ?? 0) - (heights[1] ?? 0))).toBeGreaterThanOrEqual(12);
  });

  it("says where a line is a mean, and how many values are not finite", () => {
    expect(page).toContain("each point of train is the mean of 3");
    const row = /<tr><th scope="row">train\/loss<\/th>.*?<\/tr>/.exec(page)?.[0];
    expect(row).toContain('<td class="number">1200</td>');
    expect(row).toMatch(/<td class="number">1<\/td><\/tr>$/);
  });

  it("escapes names, and has the settings", () => {
    expect(page).toContain("&lt;model-output&gt;, up to step 1200");
    expect(page).not.toContain("<model-output>");
    expect(page).toContain('<tr><th scope="row">margin</th><td>1</td></tr>');
  });

  it("has a page for a training of one step too", () => {
    const young = trainingPage({
      name: "m",
      curves: [{ name: "train/loss", steps: [1], values: [1] }],
      settings: [],
      client,
    });
    expect(young).toContain("nothing can be drawn");
    expect(young).not.toContain('id="settings"');
  });
});

describe("the points of a line", () => {
  it("are all of few, and means of many that lose no value", () => {
    const few = { name: "a", steps: [1, 2, 3], values: [1, Number.NaN, 3] };
    expect(drawnPointsOf(few)).toEqual({
      points: [
        [1, 1],
        [3, 3],
      ],
      meanOf: 1,
    });
    const { points, meanOf } = drawnPointsOf({ name: "a", steps, values: steps });
    expect(meanOf).toBe(3);
    expect(points).toHaveLength(400);
    expect(points[0]).toEqual([3, 2]);
    expect(points.at(-1)).toEqual([1200, 1199]);
  });

  it("are written short, whatever their size", () => {
    expect([0, 2e-5, 1.5e-4, 0.001, 0.123456, 41.5, 123456, 2e9, Number.NaN].map(quantity)).toEqual([
      "0",
      "2e-5",
      "1.5e-4",
      "0.001",
      "0.1235",
      "41.5",
      "123500",
      "2e+9",
      "NaN",
    ]);
  });
});
