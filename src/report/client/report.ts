// The script of the report's page. The build puts it and what it imports from this folder together into one.
import { byId } from "./page.ts";
import { startQueries, unpack } from "./queries.ts";
import { startCopying, startSortableTables, startThemes } from "./tables.ts";

startThemes();
startSortableTables();
startCopying();
const packed = document.getElementById("query-data");
if (packed !== null) {
  try {
    startQueries(await unpack(packed.textContent ?? ""));
  } catch (error) {
    byId("query-status", HTMLElement).textContent = "The list of queries needs a browser of 2023 or later.";
    throw error;
  }
}
