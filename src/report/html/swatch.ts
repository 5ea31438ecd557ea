import { html, type Markup } from "./markup.ts";

/** A record's letter in its colour. */
export function swatch(letter: string, index: number): Markup {
  return html`<span class="swatch" style="background:var(--record-${index % 6})">${letter}</span>`;
}
