import { readFileSync } from "node:fs";
import { byName, fields, list, number, text, unlike } from "../../forms.ts";
import { packageRoot } from "../../packageRoot.ts";
import type { PublishedRow } from "../suite.ts";

const publishedForm = fields({
  note: text,
  rows: list(fields({ model: text, source: text, url: text, scores: byName(number) })),
});

/**
 * The published rows that ship with the program (`results/published.json`): test split of the real SciDocs.
 * @throws Error when the installed file was changed into something else
 */
export function publishedRows(): PublishedRow[] {
  const taken = publishedForm(JSON.parse(readFileSync(new URL("results/published.json", packageRoot), "utf8")));
  if (taken === unlike) throw new Error("results/published.json is not the list of published rows that scidocs ships");
  return (taken as { readonly rows: PublishedRow[] }).rows;
}
