import { readdirSync, rmSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../../files/writeWhole.ts";
import { mergedSegment, scanSegments } from "./mergeSegments.ts";
import { SegmentReader } from "./segmentReader.ts";
import { newSegmentName, SegmentWriter, segmentExtension } from "./segmentWriter.ts";
import type { StoreIdentity } from "./storeHeader.ts";

/** So many small segments are joined into one; fewer are left as they are. */
const joinFrom = 8;
/** A larger segment is not copied again. */
const smallBytes = 16 * 2 ** 20;
/** How long a segment without an end must have been still. Its writer may live nevertheless, and then begins another. */
const stillMs = 3_600_000;

/**
 * Joins this user's small segments of a store's folder into one where there are many. The new one is written whole, then the old are removed;
 * their ends are looked at once more after that, for a writer may have added to one in between. Everything that was in the folder is in
 * it at every moment, and two processes that do this at once make doubles, which are harmless.
 */
export async function tidySegments(folder: string): Promise<void> {
  removeLeftovers(folder);
  const segments: SegmentReader[] = [];
  try {
    for (const name of readdirSync(folder)
      .filter((one) => one.endsWith(segmentExtension))
      .sort()) {
      const path = join(folder, name);
      const stats = statSync(path, { throwIfNoEntry: false });
      if (stats === undefined || stats.size >= smallBytes || !isOwn(stats)) continue;
      const segment = SegmentReader.open(path);
      if (segment !== null) segments.push(segment);
    }
    const joined = segments.filter((segment) => segment.hasEnd() || mayBeOver(segment));
    if (joined.length < joinFrom) return;
    const { identity, index, ...rest } = await scanSegments(joined);
    if (identity === null) return;
    await writeWhole(join(folder, newSegmentName()), mergedSegment(joined, { identity, index, ...rest }));
    for (const { path } of joined) rmSync(path, { force: true });
    await keepLateRecords(folder, joined, identity);
  } finally {
    for (const segment of segments) segment.close();
  }
}

/**
 * Whether a file is this user's. In a folder that several users share, others' files may not be theirs to remove, so that every run would add
 * another copy; and whoever wrote a segment must go on being able to read what is in it.
 */
const isOwn = ({ uid }: Stats): boolean => process.getuid === undefined || uid === process.getuid();

// Windows keeps the name of a removed file while it is open, so that its writer would not notice.
const mayBeOver = (segment: SegmentReader): boolean => process.platform !== "win32" && segment.state().idleMs > stillMs;

/** What was written to removed segments before their writers could see that they are gone. */
async function keepLateRecords(
  folder: string,
  segments: readonly SegmentReader[],
  identity: StoreIdentity,
): Promise<void> {
  const writer = new SegmentWriter(folder, identity);
  try {
    for (const segment of segments) await segment.scan(({ type, payload }) => writer.write(type, payload));
  } finally {
    await writer.close();
  }
}

/** Removes what joins that were killed have left. */
function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder).filter((one) => one.endsWith(".tmp"))) {
    const path = join(folder, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats !== undefined && isOwn(stats) && Date.now() - stats.mtimeMs > 24 * stillMs) rmSync(path, { force: true });
  }
}
