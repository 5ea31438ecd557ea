import { readPaperTexts } from "../../datasets/papers.ts";
import type { EncodedPaper, PaperEncoder } from "../../encoders/text/encodedPaper.ts";
import { firstFew, ScidocsError } from "../../errors.ts";
import type { RunControl } from "../../progress.ts";
import { readTriplets } from "../triplets/tripletFiles.ts";

/** The triplets of a file with their papers' tokens. */
export interface TripletTexts {
  /** Triplets that are used. */
  readonly length: number;
  /** Papers of the triplets that the file of texts has more than once: the last one is used. */
  readonly repeated: number;
  /** Papers of the triplets that have neither title nor abstract: all of them get the vector of an empty text. */
  readonly withoutText: readonly string[];
  /** Tokens of a triplet's query, positive and negative. */
  readonly encoded: (triplet: number) => readonly EncodedPaper[];
  /** Ids of a triplet's query, positive and negative. */
  readonly ids: (triplet: number) => readonly string[];
}

/** Encoded papers that are remembered: in small data every paper comes again and again. */
const rememberedPapers = 20_000;

/**
 * Reads triplets and the texts that they name.
 * @param most triplets to use, from the first on; null for all
 * @throws ScidocsError `BAD_INPUT` naming papers that have no text, `NOT_FOUND`, `INTERRUPTED`
 */
export async function readTripletTexts(
  file: string,
  papersFile: string,
  most: number | null,
  encode: PaperEncoder,
  control: RunControl = {},
): Promise<TripletTexts> {
  const triplets = await readTriplets(file, control);
  const { papers, repeated } = await readPaperTexts(papersFile, new Set(triplets.paperIds), control);
  const missing = triplets.paperIds.filter((id) => !papers.has(id));
  if (missing.length > 0) {
    throw new ScidocsError(
      "BAD_INPUT",
      `${papersFile}: not in it are ${missing.length} of the ${triplets.paperIds.length} papers that ${file} names: ${firstFew(missing)}`,
    );
  }
  const remembered = new Map<number, EncodedPaper>();
  const encodedPaper = (paper: number): EncodedPaper => {
    const known = remembered.get(paper);
    if (known !== undefined) return known;
    const text = papers.get(triplets.paperIds[paper] ?? "");
    const encoded = encode({ title: text?.title ?? "", abstract: text?.abstract ?? "" });
    if (remembered.size >= rememberedPapers) remembered.clear();
    remembered.set(paper, encoded);
    return encoded;
  };
  const numbers = (triplet: number): number[] =>
    [triplets.query, triplets.positive, triplets.negative].map((column) => column[triplet] ?? 0);
  return {
    length: Math.min(triplets.length, most ?? triplets.length),
    repeated,
    withoutText: triplets.paperIds.filter((id) => {
      const { title, abstract } = papers.get(id) ?? {};
      return `${title ?? ""}${abstract ?? ""}`.trim() === "";
    }),
    encoded: (triplet) => numbers(triplet).map(encodedPaper),
    ids: (triplet) => numbers(triplet).map((paper) => triplets.paperIds[paper] ?? ""),
  };
}
