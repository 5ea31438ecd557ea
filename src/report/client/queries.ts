import type { QueryData } from "../html/queryData.ts";
import { byId, compareKeys, make, nextDirection } from "./page.ts";

/** The same as in queryData.ts; what runs in the page imports nothing from outside this folder. */
const firstPosition = 35;
const pageLength = 20;

interface Row {
  readonly task: number;
  readonly query: number;
  readonly text: string;
  /** Average precision x10,000 by record. */
  readonly values: readonly (number | null)[];
}

export async function unpack(text: string): Promise<QueryData> {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return (await new Response(stream).json()) as QueryData;
}

function percentText(value: number | null): string {
  return value === null ? "—" : (value / 100).toFixed(2);
}

function signed(value: number): string {
  const text = (value / 100).toFixed(2);
  return value > 0 ? `+${text}` : text;
}

/** Largest difference between two records on a query; with two records, the second's minus the first's. */
function movement(row: Row): number | null {
  const values = row.values.filter((value) => value !== null);
  if (values.length < 2) return null;
  const [first, second] = row.values;
  if (row.values.length === 2 && first != null && second != null) return second - first;
  return Math.max(...values) - Math.min(...values);
}

function candidateItem(data: QueryData, row: Row, position: number, rank: string): HTMLLIElement {
  const task = data.tasks[row.task];
  const grade = task?.grades[row.query]?.[position] ?? "?";
  const relevant = grade !== "0" && grade !== "?";
  const item = make("li", null, relevant ? "relevant" : "");
  item.append(make("span", rank, "rank"));
  const mark = make("span", relevant ? "✓" : "", "mark");
  if (relevant) {
    mark.setAttribute("role", "img");
    mark.setAttribute("aria-label", "relevant");
  }
  const index = task?.candidates[row.query]?.[position] ?? -1;
  item.append(mark, make("span", data.titles[index] ?? `candidate ${position + 1}`, "title"));
  return item;
}

function rankedList(data: QueryData, row: Row, record: number): HTMLElement {
  const task = data.tasks[row.task];
  const section = make("section", null, "ranking");
  const letter = data.letters[record] ?? "";
  section.append(make("h4", `${letter}: average precision ${percentText(row.values[record] ?? null)}`));
  const order = task?.order[record]?.[row.query] ?? null;
  if (order === null) {
    section.append(make("p", "Left out: the query's paper has no vector."));
    return section;
  }
  const list = make("ol", null);
  list.setAttribute("aria-label", `ranking of ${letter}`);
  const ranked = new Set<number>();
  for (const [rank, character] of [...order].entries()) {
    const position = character.charCodeAt(0) - firstPosition;
    ranked.add(position);
    list.append(candidateItem(data, row, position, String(rank + 1)));
  }
  section.append(list);
  const grades = task?.grades[row.query] ?? "";
  const unranked = [...grades].map((_, position) => position).filter((position) => !ranked.has(position));
  if (unranked.length > 0) {
    section.append(make("p", "Without a vector, and so without a rank:"));
    const rest = make("ul", null);
    rest.append(...unranked.map((position) => candidateItem(data, row, position, "")));
    section.append(rest);
  }
  return section;
}

/** The list of queries: filters, order, rankings, and an address for each. */
export function startQueries(data: QueryData): void {
  const taskSelect = byId("query-task", HTMLSelectElement);
  const search = byId("query-search", HTMLInputElement);
  const status = byId("query-status", HTMLElement);
  const table = byId("queries-table", HTMLTableElement);
  const more = byId("query-more", HTMLButtonElement);
  const changed = document.getElementById("query-changed");
  const changedOnly = (): boolean => changed instanceof HTMLInputElement && changed.checked;
  const body = table.tBodies[0];
  if (body === undefined) return;

  const all: Row[] = data.tasks.flatMap((task, taskIndex) =>
    task.queryIds.map((id, query) => ({
      task: taskIndex,
      query,
      text: `${id} ${task.queryTitles[query] ?? ""}`.toLowerCase(),
      values: data.letters.map((_, record) => task.averagePrecision[record]?.[query] ?? null),
    })),
  );
  const columns = 2 + data.letters.length + (data.letters.length > 1 ? 1 : 0);
  let shown: Row[] = [];
  let length = pageLength;
  let sort: { column: number; sign: 1 | -1 } | null = null;

  const keyOf = (row: Row, column: number): number | string => {
    if (column === 0) return data.tasks[row.task]?.label ?? "";
    if (column === 1)
      return data.tasks[row.task]?.queryTitles[row.query] ?? data.tasks[row.task]?.queryIds[row.query] ?? "";
    if (column < 2 + data.letters.length) return row.values[column - 2] ?? -1;
    return movement(row) ?? 0;
  };

  const queryRow = (row: Row): HTMLTableRowElement => {
    const task = data.tasks[row.task];
    const tr = make("tr", null);
    const name = make("td", null);
    const button = make("button", task?.queryTitles[row.query] ?? task?.queryIds[row.query] ?? "", "open");
    button.type = "button";
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", () => toggle(row, tr, button));
    name.append(button);
    tr.append(make("td", task?.label ?? ""), name);
    for (const value of row.values) tr.append(make("td", percentText(value), "number"));
    if (data.letters.length > 1) {
      const moved = movement(row);
      const sense = moved === null || moved === 0 || data.letters.length > 2 ? "" : moved > 0 ? " up" : " down";
      tr.append(
        make(
          "td",
          moved === null ? "—" : data.letters.length === 2 ? signed(moved) : percentText(moved),
          `number${sense}`,
        ),
      );
    }
    return tr;
  };

  const toggle = (row: Row, tr: HTMLTableRowElement, button: HTMLButtonElement): void => {
    if (button.getAttribute("aria-expanded") === "true") {
      button.setAttribute("aria-expanded", "false");
      tr.nextElementSibling?.remove();
      return;
    }
    button.setAttribute("aria-expanded", "true");
    const detail = make("tr", null, "detail");
    const cell = make("td", null);
    cell.colSpan = columns;
    const paper = make("p", `Paper ${data.tasks[row.task]?.queryIds[row.query] ?? ""} `, "paper-id");
    const link = make("a", "link to this query");
    link.href = addressOf(row);
    paper.append(link);
    cell.append(paper);
    const side = make("div", null, "rankings");
    for (const record of data.letters.keys()) side.append(rankedList(data, row, record));
    cell.append(side);
    detail.append(cell);
    tr.after(detail);
  };

  /** The address of a query in this page. */
  const addressOf = (row: Row): string => {
    const task = data.tasks[row.task];
    return `#query=${encodeURIComponent(`${task?.label ?? ""}/${task?.queryIds[row.query] ?? ""}`)}`;
  };

  /** Shows the query that the page's address names, whatever the filters leave. */
  const openAddressed = (): void => {
    const row = all.find((each) => addressOf(each) === location.hash);
    if (row === undefined) return;
    taskSelect.value = "";
    search.value = data.tasks[row.task]?.queryIds[row.query] ?? "";
    if (changed instanceof HTMLInputElement) changed.checked = false;
    update();
    const shownAt = shown.indexOf(row);
    const button = body.rows[shownAt]?.querySelector("button");
    button?.click();
    button?.scrollIntoView({ block: "center" });
  };

  const draw = (): void => {
    body.replaceChildren(...shown.slice(0, length).map(queryRow));
    more.hidden = shown.length <= length;
    status.textContent = `${shown.length} of ${all.length} queries${shown.length > length ? `, the first ${length} shown` : ""}`;
  };

  const update = (): void => {
    const words = search.value
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== "");
    shown = all.filter(
      (row) =>
        (taskSelect.value === "" || data.tasks[row.task]?.label === taskSelect.value) &&
        words.every((word) => row.text.includes(word)) &&
        (!changedOnly() || (movement(row) ?? 0) !== 0),
    );
    if (sort !== null) {
      const { column, sign } = sort;
      shown.sort((x, y) => sign * compareKeys(keyOf(x, column), keyOf(y, column)));
    }
    length = pageLength;
    draw();
  };

  for (const button of table.querySelectorAll<HTMLButtonElement>("thead button")) {
    button.addEventListener("click", () => {
      const header = button.closest("th");
      if (header === null) return;
      const column = header.cellIndex;
      sort = { column, sign: nextDirection(header, column < 2 ? "ascending" : "descending") === "ascending" ? 1 : -1 };
      update();
    });
  }
  taskSelect.addEventListener("change", update);
  search.addEventListener("input", update);
  changed?.addEventListener("change", update);
  more.addEventListener("click", () => {
    const before = length;
    length += pageLength;
    draw();
    body.rows[before]?.querySelector("button")?.focus();
  });
  update();
  addEventListener("hashchange", openAddressed);
  openAddressed();
}
