import { basename, join, resolve } from "node:path";
import { ScidocsError } from "../errors.ts";
import { isOptionalThere, statsIfThere } from "../files/isThere.ts";
import { parseJson } from "../files/jsonFile.ts";
import { readRegularFile } from "../files/regularFile.ts";
import { printable, printableValue } from "../printable.ts";
import { curvesFile, readCurves } from "../training/curves/curveTable.ts";

/** The record of a training's settings, beside its model or in the folder of the best one. */
const recordFiles = ["training.json", "best/training.json", "last/training.json"];

/** Whether a path is a folder: `scidocs report` then draws a training instead of reading a record. */
export async function isFolder(path: string): Promise<boolean> {
  return (await statsIfThere(path))?.isDirectory() === true;
}

/** Objects within objects that are told apart; a record of ours has three. */
const deepestSetting = 8;

/** Settings as rows of a table: objects within objects by names with dots, what is long cut. */
function settingRows(value: unknown, name = "", depth = 0): [name: string, value: string][] {
  if (typeof value === "object" && value !== null && !Array.isArray(value) && depth < deepestSetting) {
    return Object.entries(value).flatMap(([key, inner]) =>
      settingRows(inner, name === "" ? key : `${name}.${key}`, depth + 1),
    );
  }
  return [[name, typeof value === "string" ? printable(value, 200) : printableValue(value, 200)]];
}

async function readSettings(folder: string): Promise<[name: string, value: string][]> {
  for (const name of recordFiles) {
    const file = join(folder, name);
    if (isOptionalThere(file)) return settingRows(parseJson(await readRegularFile(file), file));
  }
  return [];
}

/**
 * The page of a training, from the curves in its folder.
 * @throws ScidocsError `NOT_FOUND` for a folder without curves, `BAD_INPUT`
 */
export async function trainingReport(folder: string, client: { script: string; style: string }): Promise<string> {
  const file = join(folder, curvesFile);
  const curves = await readCurves(file).catch((error: unknown) => {
    if (!(error instanceof ScidocsError && error.code === "NOT_FOUND")) throw error;
    throw new ScidocsError(
      "NOT_FOUND",
      `${folder} is no training: it has no ${curvesFile}; give the folder that \`scidocs train\` writes to, or run records`,
      { cause: error },
    );
  });
  if (curves.length === 0) throw new ScidocsError("BAD_INPUT", `${file}: has no values yet`);
  // The drawing library is loaded for this command only: it costs half a second.
  const { trainingPage } = await import("../report/html/trainingPage.ts");
  return trainingPage({ name: basename(resolve(folder)), curves, settings: await readSettings(folder), client });
}
