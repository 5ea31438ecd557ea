import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { ScidocsError } from "../../errors.ts";
import { pathError } from "../../files/pathError.ts";
import { SegmentReader } from "./segmentReader.ts";
import { segmentExtension } from "./segmentWriter.ts";
import { segmentPaths, storePlace } from "./storePlace.ts";

const storeExtension = ".store";

/**
 * Segments that lie at a path: the file itself; those of a store's folder; or those of all stores in a folder, which is what `--store`
 * names. They must be closed.
 * @throws ScidocsError `NOT_FOUND` when there are none, `BAD_INPUT` for a file that is none or cannot be read
 */
export function openSegments(path: string): SegmentReader[] {
  const segments: SegmentReader[] = [];
  try {
    for (const file of pathsAt(path)) {
      const segment = SegmentReader.open(file);
      if (segment === null) continue;
      segments.push(segment);
      if (file === path) segment.requireHeader();
    }
  } catch (error) {
    for (const segment of segments) segment.close();
    throw error;
  }
  if (segments.length > 0) return segments;
  throw new ScidocsError("NOT_FOUND", `${path}: no vectors are stored there; name a store's folder or file`);
}

function pathsAt(path: string): string[] {
  let names: string[];
  try {
    if (!statSync(path).isDirectory()) return [path];
    if (path.replace(/[/\\]+$/, "").endsWith(storeExtension)) return segmentPaths(storePlace(path, ""));
    names = readdirSync(path);
  } catch (error) {
    throw pathError(path, error);
  }
  // A store's folder stands for the segment beside it too.
  const stores = names.filter((name) => name.endsWith(storeExtension));
  const alone = names.filter(
    (name) =>
      name.endsWith(segmentExtension) &&
      !stores.includes(`${name.slice(0, -segmentExtension.length)}${storeExtension}`),
  );
  return [
    ...stores.sort().flatMap((name) => segmentPaths(storePlace(join(path, name), ""))),
    ...alone.sort().map((name) => join(path, name)),
  ];
}
