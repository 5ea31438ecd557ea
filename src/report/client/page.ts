// What the parts of the page's script share. Everything is put into the page with textContent, so that nothing from a file can become markup.

/** The element of an id; the page has all that are asked for. */
export function byId<E extends HTMLElement>(id: string, kind: new () => E): E {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`the page has no ${id}`);
  return element;
}

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  text: string | null,
  className = "",
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (text !== null) element.textContent = text;
  if (className !== "") element.className = className;
  return element;
}

/** Numbers by size and before text, text by its letters. */
export function compareKeys(x: number | string, y: number | string): number {
  if (typeof x === "number" && typeof y === "number") return x - y;
  if (typeof x === "number") return 1;
  if (typeof y === "number") return -1;
  return x.localeCompare(y);
}

/** Tells readers and screen readers which column sorts, and which way; the first click puts numbers largest first. */
export function nextDirection(
  header: HTMLTableCellElement,
  first: "ascending" | "descending",
): "ascending" | "descending" {
  const now = header.getAttribute("aria-sort");
  const direction = now === null ? first : now === "ascending" ? "descending" : "ascending";
  for (const other of header.parentElement?.children ?? []) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", direction);
  return direction;
}
