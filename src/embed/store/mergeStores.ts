import { ScidocsError } from "../../errors.ts";
import { refuseOverlap } from "../../files/overlap.ts";
import { requireWritable } from "../../files/writablePlace.ts";
import { writeWhole } from "../../files/writeWhole.ts";
import type { RunControl } from "../../progress.ts";
import { mergedSegment, type SegmentsSummary, scanSegments } from "./mergeSegments.ts";
import { openSegments } from "./openSegments.ts";
import type { SegmentReader } from "./segmentReader.ts";
import type { StoreIdentity } from "./storeHeader.ts";

/** What some segments hold. */
export interface StoreContents {
  readonly identity: StoreIdentity;
  readonly segments: number;
  readonly bytes: number;
  readonly vectors: number;
  readonly dimensions: number;
  /** Vectors of texts that were cut to the maximum length. */
  readonly truncated: number;
  /** Vectors beyond the first of their text, with the same bytes or others. */
  readonly doubles: number;
  /** Texts with vectors that differ, of which the same one is always taken. */
  readonly conflicts: readonly string[];
  /** Bytes that cannot be read, and those of a record that was not finished. */
  readonly damagedBytes: number;
  readonly tornBytes: number;
  readonly jobs: number;
  /** Texts that jobs set out to embed and that have no vector. */
  readonly missing: number;
}

/**
 * Looks into the store or stores at a path: every record is read and its checksum checked.
 * @returns one a fingerprint
 * @throws ScidocsError `NOT_FOUND`, `BAD_INPUT`, `INTERRUPTED`
 */
export async function storeContents(path: string, control: RunControl = {}): Promise<StoreContents[]> {
  return withSegments([path], async (segments) => {
    const contents: StoreContents[] = [];
    for (const group of byFingerprint(segments)) contents.push(contentsOf(group, await summarized(group, control)));
    return contents;
  });
}

/** Segments that belong together; one without a whole beginning goes with the first. */
function byFingerprint(segments: readonly SegmentReader[]): SegmentReader[][] {
  const groups = new Map<string, SegmentReader[]>();
  const nameless: SegmentReader[] = [];
  for (const segment of segments) {
    let group = nameless;
    try {
      const { fingerprint } = segment.requireHeader();
      group = groups.get(fingerprint) ?? [];
      groups.set(fingerprint, group);
    } catch {
      // Counted as bytes that cannot be read.
    }
    group.push(segment);
  }
  const [first = [], ...others] = groups.values();
  return [[...first, ...nameless], ...others];
}

/**
 * Joins stores of one fingerprint into a file, which `--store` takes: each text once, every checksum checked. The file is written
 * whole or not at all, and the stores stay as they are.
 * @throws ScidocsError `BAD_INPUT` when they hold vectors made otherwise, naming what differs; `USAGE` when the target is one of them
 */
export async function mergeStores(
  paths: readonly string[],
  target: string,
  control: RunControl = {},
): Promise<StoreContents> {
  await requireWritable(target);
  return withSegments(paths, async (segments) => {
    await refuseOverlap(
      [target],
      segments.map((segment) => segment.path),
    );
    const summary = await summarized(segments, control);
    await writeWhole(target, mergedSegment(segments, summary));
    return contentsOf(segments, summary);
  });
}

async function withSegments<T>(paths: readonly string[], use: (segments: SegmentReader[]) => Promise<T>): Promise<T> {
  const segments: SegmentReader[] = [];
  try {
    for (const path of paths) segments.push(...openSegments(path));
    return await use(segments);
  } finally {
    for (const segment of segments) segment.close();
  }
}

async function summarized(
  segments: readonly SegmentReader[],
  control: RunControl,
): Promise<SegmentsSummary & { readonly identity: StoreIdentity }> {
  const { identity, ...rest } = await scanSegments(segments, control);
  if (identity === null) {
    throw new ScidocsError(
      "BAD_INPUT",
      `${segments[0]?.path}: its beginning is missing, and no other says what it holds`,
    );
  }
  return { ...rest, identity };
}

function contentsOf(
  segments: readonly SegmentReader[],
  { identity, index, damagedBytes, tornBytes }: SegmentsSummary & { readonly identity: StoreIdentity },
): StoreContents {
  const places = [...index.places.values()];
  const planned = new Set(index.jobs.flatMap((job) => job.keys));
  return {
    identity,
    segments: segments.length,
    bytes: segments.reduce((sum, segment) => sum + segment.state().bytes, 0),
    vectors: places.length,
    dimensions: places[0]?.dimensions ?? 0,
    truncated: places.filter(({ truncated }) => truncated).length,
    doubles: index.doubles,
    conflicts: [...index.conflicts],
    damagedBytes,
    tornBytes,
    jobs: index.jobs.length,
    missing: [...planned].filter((key) => !index.places.has(key)).length,
  };
}
