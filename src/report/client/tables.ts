import { byId, compareKeys, make, nextDirection } from "./page.ts";

/** The choice of light and dark. */
export function startThemes(): void {
  const select = byId("theme", HTMLSelectElement);
  const apply = (): void => {
    if (select.value === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = select.value;
  };
  try {
    select.value = localStorage.getItem("scidocs-theme") ?? "auto";
  } catch {
    // A page opened from a file may have no storage; the choice then lasts as long as the page.
  }
  if (select.selectedIndex === -1) select.value = "auto";
  apply();
  select.addEventListener("change", () => {
    apply();
    try {
      localStorage.setItem("scidocs-theme", select.value);
    } catch {
      // As above.
    }
  });
}

/** What a cell sorts by: its data-value where it has one, its number, else its text. */
function sortKey(row: HTMLTableRowElement, column: number): number | string {
  const cell = row.cells[column];
  const value = cell?.dataset.value ?? cell?.textContent ?? "";
  const number = Number(value);
  return value.trim() !== "" && !Number.isNaN(number) ? number : value;
}

/** Tables whose heads are buttons to sort by. */
export function startSortableTables(): void {
  for (const table of document.querySelectorAll<HTMLTableElement>("table.sortable")) {
    for (const button of table.querySelectorAll<HTMLButtonElement>("thead button")) {
      button.addEventListener("click", () => {
        const header = button.closest("th");
        const body = table.tBodies[0];
        if (header === null || body === undefined) return;
        const column = header.cellIndex;
        const rows = [...body.rows];
        const sign = nextDirection(header, column === 0 ? "ascending" : "descending") === "ascending" ? 1 : -1;
        rows.sort((x, y) => sign * compareKeys(sortKey(x, column), sortKey(y, column)));
        body.append(...rows);
      });
    }
  }
}

/** Puts text where a paste takes it from; a page opened from a file may not have the clipboard's own interface. */
async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = make("textarea", null);
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

/** Buttons that copy what they carry, in UTF-8 and base64, and say so. */
export function startCopying(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("button.copy")) {
    button.addEventListener("click", () => {
      const bytes = Uint8Array.from(atob(button.dataset.text ?? ""), (character) => character.charCodeAt(0));
      const status = button.parentElement?.querySelector("[role=status]");
      void copyText(new TextDecoder().decode(bytes)).then(() => {
        if (status instanceof HTMLElement) status.textContent = `${button.textContent} copied`;
      });
    });
  }
}
