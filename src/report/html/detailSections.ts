import type { RunRecord } from "../../results/schema.ts";
import type { Suite } from "../../suites/suite.ts";
import { ran, resultOf, whySkipped } from "../../tasks/families.ts";
import type { ConfusionMatrix, MatrixSection } from "../../tasks/familyReport.ts";
import { scoreText } from "../../tasks/scoreText.ts";
import type { Lettered } from "./charts.ts";
import { html, type Markup } from "./markup.ts";
import { swatch } from "./swatch.ts";

function matrixTable({ names, counts, values, valueHead }: ConfusionMatrix, caption: string): Markup {
  const rows = counts.map((row, t) => {
    const support = Array.from(row).reduce((sum, count) => sum + count, 0);
    const cells = Array.from(row, (count, p) =>
      count === 0
        ? html`<td></td>`
        : html`<td${t === p && html` class="right"`} style="--share:${(count / support).toFixed(2)}">${count}</td>`,
    );
    return html`<tr><th scope="row">${t + 1} ${names[t] ?? ""}</th>${cells}<td>${support}</td><td>${scoreText(values[t] ?? 0)}</td></tr>`;
  });
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table class="matrix"><caption>${caption}. Rows: the truth; columns: the prediction, by the number of its row.</caption><thead><tr><td></td>${names.map(
    (name, index) => html`<th scope="col"><abbr title="${name}">${index + 1}</abbr></th>`,
  )}<th scope="col">papers</th><th scope="col">${valueHead}</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** What is taken for what, task by task and record by record. */
export function matrixSection({ id, title, groups }: MatrixSection, records: readonly Lettered[]): Markup {
  const parts = groups.map(({ label, matrices }) => {
    const shown = records.flatMap(({ letter }, index) => {
      const matrix = matrices[index] ?? null;
      if (matrix === null) return [];
      const details = html`<summary>${swatch(letter, index)} ${label}: ${matrix.summary}</summary>${matrixTable(matrix, `${label}, ${letter}`)}`;
      return [index === 0 ? html`<details open>${details}</details>` : html`<details>${details}</details>`];
    });
    return html`<h3>${label}</h3>${shown}`;
  });
  return html`<section id="${id}"><h2>${title}</h2>${parts}</section>`;
}

/** The list of queries: its frame; the page's script fills it from the packed data. */
export function querySection(
  records: readonly Lettered[],
  taskLabels: readonly string[],
  note: string | null,
  packed: string,
): Markup | null {
  if (taskLabels.length === 0) return null;
  const heads = ["Task", "Query", ...records.map(({ letter }) => letter)];
  if (records.length > 1) heads.push(records.length === 2 ? `${records[1]?.letter} - ${records[0]?.letter}` : "Range");
  return html`<section id="queries"><h2>Queries</h2>
<p class="faint">Average precision x100. Open a query for its ranked candidates; a check mark and bold type mark the relevant ones.${note !== null && html` ${note}`}</p>
<div class="controls"><label>Task <select id="query-task"><option value="">all</option>${taskLabels.map((label) => html`<option>${label}</option>`)}</select></label>
<label>Search titles and ids <input id="query-search" type="search"></label>${records.length > 1 && html`<label><input id="query-changed" type="checkbox"> changed only</label>`}<span id="query-status" role="status"></span></div>
<div class="scroll"><table id="queries-table"><thead><tr>${heads.map(
    (head, index) =>
      html`<th scope="col"${index > 1 && html` class="number"`}><button type="button">${head}</button></th>`,
  )}</tr></thead><tbody></tbody></table></div><button type="button" id="query-more" hidden>Show more</button>
<script type="text/plain" id="query-data">${packed}</script></section>`;
}

function keyRows(rows: readonly (readonly [string, string | number | null])[]): Markup[] {
  return rows.flatMap(([key, value]) =>
    value === null ? [] : [html`<tr><th scope="row">${key}</th><td>${value}</td></tr>`],
  );
}

function coverageRows({ tasks }: Suite, record: RunRecord): Markup[] {
  return tasks.map(({ id, label, family }) => {
    const result = record.tasks[id];
    if (!ran(result)) {
      return html`<tr><th scope="row">${label}</th><td colspan="6">did not run: ${whySkipped(result)}</td></tr>`;
    }
    const { expected, embedded, missing, emptyText, truncated } = result.papers;
    const own = resultOf(family, result);
    const leftOut = own === null ? "" : (family.report.leftOut?.(own) ?? "");
    return html`<tr><th scope="row">${label}</th>${[
      expected,
      embedded,
      missing,
      emptyText ?? "—",
      truncated ?? "—",
      leftOut,
    ].map((value) => html`<td class="number">${value}</td>`)}</tr>`;
  });
}

function durationText(elapsedMs: number): string {
  return elapsedMs < 1000 ? `${Math.round(elapsedMs)} ms` : `${(elapsedMs / 1000).toFixed(1)} s`;
}

/** What each run was made of: model, settings, coverage, times. */
export function settingsSection(suite: Suite, records: readonly Lettered[]): Markup {
  const parts = records.map(({ letter, record }, index) => {
    const { model, dataset } = record;
    const about = keyRows([
      ["Model", model.name],
      ["Vectors from", model.source],
      ["Recipe", model.recipe],
      ["Pooling", model.pooling],
      ["Declared by its folder", model.declared ?? null],
      [
        "Trained by",
        model.training === undefined
          ? null
          : `preset ${model.training.preset}, ${model.training.update} updates, training.json ${model.training.sha256}`,
      ],
      ["Precision", model.precision],
      ["Maximum length", model.maxLength],
      ["Dimensions", model.dimensions],
      ["Provider", model.provider],
      ["SHA-256", model.sha256],
      ["Dataset", `${dataset.name}${dataset.synthetic ? " (made up)" : ""}, ${record.split} split`],
      ["SHA-256 of the data", dataset.sha256],
      ["Made", record.createdAt],
      ...Object.entries(record.settings).map(([key, value]): [string, string] => [`Setting ${key}`, String(value)]),
      ...Object.entries(record.versions).map(([key, value]): [string, string] => [`Version of ${key}`, value]),
    ]);
    const times = record.timings.map(
      ({ stage, elapsedMs }) =>
        html`<tr><th scope="row">${stage}</th><td class="number">${durationText(elapsedMs)}</td></tr>`,
    );
    return html`<details><summary>${swatch(letter, index)} ${model.name}</summary>
<div class="scroll" tabindex="0" role="region" aria-label="Coverage of ${letter}"><table><caption>Papers</caption><thead><tr><th scope="col">Task</th>${[
      "needed",
      "with a vector",
      "without",
      "empty text",
      "truncated",
      "left out",
    ].map(
      (head) => html`<th scope="col" class="number">${head}</th>`,
    )}</tr></thead><tbody>${coverageRows(suite, record)}</tbody></table></div>
<table><caption>Run</caption><tbody>${about}</tbody></table>
${times.length > 0 && html`<table><caption>Time</caption><tbody>${times}</tbody></table>`}</details>`;
  });
  return html`<section id="settings"><h2>Settings, coverage and times</h2>${parts}</section>`;
}
