import type { RecordComparison } from "../../results/compare/comparison.ts";
import type { Suite } from "../../suites/suite.ts";
import { verdictSentence } from "../verdictSentence.ts";
import type { Lettered } from "./charts.ts";
import { html, type Markup } from "./markup.ts";
import { swatch } from "./swatch.ts";

/** What the comparisons come to, a sentence a record: the first thing that a reader wants to know. */
export function verdictSection(
  suite: Suite,
  records: readonly Lettered[],
  comparisons: readonly (RecordComparison | null)[],
): Markup | null {
  const [first, ...others] = records;
  if (first === undefined || comparisons.length === 0) return null;
  const lines = comparisons.flatMap((comparison, index) => {
    const other = others[index];
    if (other === undefined) return [];
    const sentence =
      comparison === null ? "They are not comparable." : verdictSentence(suite, comparison, first.letter, other.letter);
    return [html`<li>${swatch(other.letter, index + 1)} ${other.record.model.name}: ${sentence}</li>`];
  });
  return html`<section id="verdict"><h2>Verdict</h2><p>${swatch(first.letter, 0)} ${first.record.model.name} is what the others are held against.</p><ul class="verdict">${lines}</ul></section>`;
}
