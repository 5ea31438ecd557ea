import type { RunControl } from "../../progress.ts";
import type { SegmentReader, SegmentRecord } from "./segmentReader.ts";
import { encodeHeader, encodeJob, encodeRecord, encodeVectors } from "./storeFormat.ts";
import { requireIdentity, type StoreIdentity } from "./storeHeader.ts";
import { StoreIndex } from "./storeIndex.ts";

/** What several segments hold together. */
export interface SegmentsSummary {
  /** What the vectors are; null when no segment says so. */
  readonly identity: StoreIdentity | null;
  readonly index: StoreIndex;
  /** Bytes between good records that cannot be read, and at ends that hold no whole record. */
  readonly damagedBytes: number;
  readonly tornBytes: number;
}

/**
 * Reads all records of some segments and checks every checksum.
 * @throws ScidocsError `BAD_INPUT` when two of them hold vectors made otherwise, naming what differs; `INTERRUPTED`
 */
export async function scanSegments(
  segments: readonly SegmentReader[],
  control: RunControl = {},
): Promise<SegmentsSummary> {
  const index = new StoreIndex();
  let identity: StoreIdentity | null = null;
  let damagedBytes = 0;
  let tornBytes = 0;
  for (const segment of segments) {
    await segment.scan((record) => index.add(segment, record), control);
    if (segment.identity !== null && identity !== null) requireIdentity(segment.path, segment.identity, identity);
    identity ??= segment.identity;
    damagedBytes += segment.damagedBytes;
    if (segment.problem === null) tornBytes += segment.state().bytes - segment.end;
  }
  return { identity, index, damagedBytes, tornBytes };
}

/**
 * The bytes of one segment with everything that some segments hold: each job once, each key's vector once, an end. Where vectors of a
 * key differ, the one that every reader takes is kept. Pass it to `writeWhole`.
 * @param segments as {@link scanSegments} has read them
 */
export function* mergedSegment(
  segments: readonly SegmentReader[],
  { identity, index }: SegmentsSummary & { readonly identity: StoreIdentity },
): Generator<Buffer> {
  yield encodeHeader({ fingerprint: identity.fingerprint, settings: identity.settings });
  for (const job of index.jobs) yield encodeRecord("J", encodeJob(job));
  for (const segment of segments) {
    for (const record of segment.records()) {
      const kept = keptOf(segment, record, index);
      if (kept !== null) yield encodeRecord("V", kept);
    }
  }
  yield encodeRecord("E", Buffer.alloc(0));
}

/** The payload with those vectors of a record that the index points at; null when there are none. */
function keptOf(segment: SegmentReader, record: SegmentRecord, { places }: StoreIndex): Buffer | null {
  if (record.type !== "V") return null;
  const { entries, dimensions, payload, payloadStart } = record;
  const kept = entries.filter(({ key, vectorOffset }) => {
    const place = places.get(key);
    return place?.segment === segment && place.offset === payloadStart + vectorOffset;
  });
  if (kept.length === 0) return null;
  if (kept.length === entries.length) return payload;
  const vectors = new Float32Array(kept.length * dimensions);
  const bytes = Buffer.from(vectors.buffer);
  for (const [row, { vectorOffset }] of kept.entries()) {
    payload.copy(bytes, row * dimensions * 4, vectorOffset, vectorOffset + dimensions * 4);
  }
  return encodeVectors(kept, vectors, dimensions);
}
