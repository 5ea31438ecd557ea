import type { ItemSection } from "../../tasks/familyReport.ts";
import type { Lettered } from "./charts.ts";
import { html, type Markup } from "./markup.ts";
import { swatch } from "./swatch.ts";

/** The items on which records differ most, a table a pair; only the first is open. */
export function itemSection({ id, title, caption, groups }: ItemSection, records: readonly Lettered[]): Markup {
  const tables = groups.map(({ label, records: pair, summary, heads, rows, numbers }, index) => {
    const [a, b] = pair.map((record) => records[record]?.letter ?? "?");
    // The families call the two A and B; here they go by their letters.
    const named = heads.map((head) => head.replace(/\bA\b|\bB\b/g, (letter) => (letter === "A" ? a! : b!)));
    const isNumber = (column: number): boolean => column >= heads.length - numbers;
    const table = html`<summary>${swatch(b ?? "", pair[1])} ${label}, ${b ?? ""} against ${a ?? ""}: ${summary}</summary><div class="scroll" tabindex="0" role="region" aria-label="${label}, ${b ?? ""} against ${a ?? ""}"><table class="items"><thead><tr>${named.map(
      (head, column) => html`<th scope="col"${isNumber(column) && html` class="number"`}>${head}</th>`,
    )}</tr></thead><tbody>${rows.map(
      (row) =>
        html`<tr>${row.map((cell, column) => html`<td${isNumber(column) && html` class="number"`}>${cell}</td>`)}</tr>`,
    )}</tbody></table></div>`;
    return index === 0 ? html`<details open>${table}</details>` : html`<details>${table}</details>`;
  });
  return html`<section id="${id}"><h2>${title}</h2><p class="faint">${caption}</p>${tables}</section>`;
}
