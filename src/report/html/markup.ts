import { escapeMarkup } from "../escapeMarkup.ts";

/** Finished HTML. Only {@link html} and {@link trusted} make it, so that text from files cannot pass for it. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template takes between its parts: text is escaped, markup kept, lists joined, null and false left out. */
export type Part = Markup | string | number | null | false | readonly Part[];

function partText(part: Part): string {
  if (part === null || part === false) return "";
  if (part instanceof Markup) return part.text;
  if (Array.isArray(part)) return part.map(partText).join("");
  return escapeMarkup(String(part));
}

/** HTML from a template: every text between its parts is escaped, for elements and quoted attributes alike. */
export function html(parts: TemplateStringsArray, ...between: readonly Part[]): Markup {
  return new Markup(parts.reduce((text, part, index) => text + partText(between[index - 1] ?? null) + part));
}

/** Text that this program made itself, such as a finished chart, taken as it is. */
export function trusted(text: string): Markup {
  return new Markup(text);
}
