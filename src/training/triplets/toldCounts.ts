import { join } from "node:path";
import { z } from "zod";
import { fileError } from "../../errors.ts";
import { isOptionalThere } from "../../files/isThere.ts";
import { readJsonFile } from "../../files/jsonFile.ts";
import type { TripletFiles, TripletSet } from "./tripletFiles.ts";

const count = z.number().int().nonnegative();
const ofSets = <T extends z.ZodType>(form: T) => z.looseObject({ train: form, val: form, test: form });
const tripletRecord = z.looseObject({ sets: ofSets(z.looseObject({ kept: count })) });
const graphRecord = z.looseObject({ queries: ofSets(count) });

/** What the record of a graph is called, beside it. */
export const graphRecordFile = "graph.json";

async function parsed<T>(file: string, form: z.ZodType<T>, what: string): Promise<T> {
  const { data } = form.safeParse(await readJsonFile(file));
  if (data === undefined) throw fileError(file, null, `is no record of ${what}: it does not say how many there are`);
  return data;
}

/**
 * How many triplets the record beside them tells of.
 * @throws ScidocsError `BAD_INPUT` for one that does not say
 */
export async function toldTriplets({ record }: Pick<TripletFiles, "record">): Promise<Record<TripletSet, number>> {
  const { sets } = await parsed(record, tripletRecord, "triplets");
  return { train: sets.train.kept, val: sets.val.kept, test: sets.test.kept };
}

/**
 * How many queries of each list the record of a graph tells of; null for a graph that has none, as others' have.
 * @throws ScidocsError `BAD_INPUT` for one that does not say
 */
export async function toldQueries(dataFolder: string): Promise<Record<TripletSet, number> | null> {
  const file = join(dataFolder, graphRecordFile);
  return isOptionalThere(file) ? (await parsed(file, graphRecord, "a graph")).queries : null;
}

/** Says that a file of lines has not what its record tells: a copy that was broken off at a line's end looks whole. */
export function countNotes(file: string, record: string, what: string, found: number, told: number): string[] {
  if (found === told) return [];
  return [`${file} has ${found} ${what}, and ${record} tells of ${told}: one of them was cut off or changed since`];
}
