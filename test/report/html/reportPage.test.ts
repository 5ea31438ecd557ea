import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { html } from "../../../src/report/html/markup.ts";
import type { QueryData } from "../../../src/report/html/queryData.ts";
import { firstPosition } from "../../../src/report/html/queryData.ts";
import { scoreIntervals } from "../../../src/results/compare/scoreIntervals.ts";
import { scidocs } from "../../../src/suites/scidocs/scidocs.ts";
import { buildRecord } from "../../results/recordBuilder.ts";
import { buildPage, madeUpTitle } from "./buildPage.ts";

function packedQueries(page: string): QueryData {
  const packed = /id="query-data">([^<]*)</.exec(page)?.[1] ?? "";
  return JSON.parse(gunzipSync(Buffer.from(packed, "base64")).toString("utf8"));
}

const a = buildRecord({ name: "base", quality: 0.4 });
const b = buildRecord({ name: "tuned", quality: 0.6, modelSeed: 2 });

describe("the page", () => {
  it("holds every part for two records, as well-formed SVG in the page's colours", async () => {
    const { text } = await buildPage([a, b]);
    const ids = "verdict scores overview tasks differences clicks moved-clicks confusion flips queries settings";
    for (const id of ids.split(" ")) {
      expect(text.includes(`<section id="${id}">`), id).toBe(true);
    }
    // The overview, seven tasks, four scatters, one click curve.
    expect(text.match(/<svg /g)).toHaveLength(13);
    // Every dot tells its numbers: two records in twelve columns and the average, and more where items are dots.
    const dots = text.match(/<circle /g)?.length ?? 0;
    expect(dots).toBeGreaterThan(100);
    expect(text.match(/<circle [^>]*><title>[AB][^<]+<\/title><\/circle>/g)?.length).toBe(dots);
    expect(text.includes("var(--record-1)")).toBe(true);
    expect(/#0a0b1|#010203/.test(text)).toBe(false);
  });

  it("does with one record, with few tasks and without a dataset", async () => {
    const { text } = await buildPage([buildRecord({ tasks: ["cite"] })]);
    expect(text.includes('<section id="differences">')).toBe(false);
    expect(text.includes('<section id="confusion">')).toBe(false);
    expect(text.includes('<section id="queries">')).toBe(true);
    expect(text.includes("did not run: not asked for")).toBe(true);
    const none = await buildPage([buildRecord({ tasks: ["mag"] })]);
    expect(none.text.includes('<section id="queries">')).toBe(false);
  });

  it("shows the history of a model that several records bear the name of", async () => {
    const later = buildRecord({ name: "base", quality: 0.5, modelSeed: 3, createdAt: "2026-02-02T00:00:00.000Z" });
    const { text } = await buildPage([a, later]);
    expect(text.includes('<section id="history">')).toBe(true);
    expect(/aria-label="Avg over 2 runs, from \d+\.\d\d to \d+\.\d\d"/.test(text)).toBe(true);
  });

  it("is the same for the same records, to the last byte", async () => {
    const [first, second] = [await buildPage([a, b]), await buildPage([a, b])];
    expect(first.text === second.text).toBe(true);
  });

  it("lets nothing from a record or a title become markup", async () => {
    const evil = '<img src=x onerror="alert(1)">&\'"</script><script>';
    const record = structuredClone({ ...a, notes: [evil], settings: { [evil]: evil } });
    record.model.name = evil;
    record.dataset.name = evil;
    if (record.tasks.mag?.kind === "classification") record.tasks.mag.classes[0]!.name = evil;
    const { text } = await buildPage([record, b], { titleOf: () => evil });
    expect(text.includes("<img")).toBe(false);
    expect(text.match(/<script/g)).toHaveLength(2);
    expect(text.includes("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;&#39;")).toBe(true);
  });

  it("asks nothing of any address, by its own policy", async () => {
    const { text } = await buildPage([a, b]);
    expect(text.includes("default-src &#39;none&#39;; script-src &#39;sha256-")).toBe(true);
    expect(/(src|href)="(https?:)?\/\//.test(text)).toBe(false);
    expect(/url\(|@import/.test(text)).toBe(false);
  });
});

describe("the list of queries", () => {
  it("carries every ranking, from which the grades by rank follow", async () => {
    const data = packedQueries((await buildPage([a, b])).text);
    expect(data.letters).toEqual(["A", "B"]);
    expect(data.tasks.map(({ label }) => label)).toEqual(["co-view", "co-read", "cite", "co-cite"]);
    const cite = b.tasks.cite;
    if (cite?.kind !== "ranking") throw new Error("no cite");
    const task = data.tasks[2]!;
    const order = [...(task.order[1]?.[5] ?? "")].map((character) => character.charCodeAt(0) - firstPosition);
    expect(order).toEqual(cite.rows.order[5]);
    expect(order.map((position) => Number(task.grades[5]?.[position]))).toEqual(cite.rows.relevance[5]);
    expect(task.averagePrecision[1]?.[5]).toBe(Math.round(10_000 * cite.rows.averagePrecision[5]!));
  });

  it("keeps queries that only one record scored", async () => {
    const fewer = buildRecord({ name: "tuned", quality: 0.6, modelSeed: 2, queriesLeftOut: 3 });
    const data = packedQueries((await buildPage([fewer, a])).text);
    expect(data.tasks[0]?.queryIds).toHaveLength(40);
    expect(data.tasks[0]?.order[0]?.filter((order) => order === null)).toHaveLength(3);
  });

  it("gives up titles, those of the least interesting queries first, to keep a full-size page of three records below 3 MB", async () => {
    const records = [0.4, 0.45, 0.5].map((quality, index) =>
      buildRecord({ name: `model ${index}`, quality, modelSeed: index, items: 1000 }),
    );
    const page = await buildPage(records, { titleOf: madeUpTitle });
    expect(Buffer.byteLength(page.text)).toBeLessThan(3e6);
    expect(Buffer.byteLength(page.text)).toBeGreaterThan(2e6);
    expect(page.queriesWithoutTitles).toBeGreaterThan(0);
    expect(page.queriesWithoutTitles).toBeLessThan(4000);
    const data = packedQueries(page.text);
    expect(data.titles.length).toBeGreaterThan(5000);
    expect(page.text.includes(`titles of ${page.queriesWithoutTitles} queries are left out`)).toBe(true);
  });
});

describe("markup", () => {
  it("escapes text, keeps markup, joins lists and leaves out null and false", () => {
    expect(html`<p title="${'a"b'}">${["<", html`<b>${"&"}</b>`]}${null}${false}${3}</p>`.text).toBe(
      '<p title="a&quot;b">&lt;<b>&amp;</b>3</p>',
    );
  });
});

describe("intervals of one record's scores", () => {
  it("hold the score between them, in every column", async () => {
    const intervals = await scoreIntervals(a, { resamples: 300 });
    for (const { id } of scidocs.columns) {
      const score = a.scores[id] ?? Number.NaN;
      expect(intervals.get(id)?.low, id).toBeLessThan(score);
      expect(intervals.get(id)?.high, id).toBeGreaterThan(score);
    }
  });
});
