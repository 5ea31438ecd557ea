import { ScidocsError } from "../../errors.ts";
import { printable } from "../../printable.ts";
import {
  type ApiModel,
  type ApiOptions,
  type ApiPaper,
  type ApiVector,
  addressSecrets,
  apiAddress,
  apiIdentity,
  isObject,
  otherShape,
  readVector,
} from "./apiModel.ts";
import { withoutSecrets } from "./secrets.ts";

/** The embeddings that Semantic Scholar keeps of its papers. */
export const semanticScholarVersions = ["specter_v1", "specter_v2"] as const;
type Version = (typeof semanticScholarVersions)[number];

/** How answers name each of them: the first one's are `specter@v0.1.1`. */
const namesOf: Readonly<Record<Version, RegExp>> = {
  specter_v1: /^specter[@_-]?v?[01](?!\d)/i,
  specter_v2: /^specter[@_-]?v?2(?!\d)/i,
};

/** Those of Semantic Scholar have 40 characters. */
const longestKey = 1000;

/**
 * Vectors that Semantic Scholar has computed of its own texts of the papers: `POST /graph/v1/paper/batch?fields=embedding.VERSION` with
 * at most 500 ids; the answer is a list in their order, null for a paper it does not know, `"embedding": null` for one without a vector.
 * @throws ScidocsError `USAGE` when `S2_API_KEY` would be sent over plain http, to a server or to a proxy, and `insecure` does not allow it
 */
export function semanticScholarModel(version: Version, options: ApiOptions): ApiModel {
  const name = `s2:${version}`;
  const url = apiAddress(options, "https://api.semanticscholar.org");
  const secrets = addressSecrets(url);
  url.pathname = `${url.pathname.replace(/\/$/, "")}/graph/v1/paper/batch`;
  url.searchParams.set("fields", `embedding.${version}`);
  const key = (options.env ?? process.env).S2_API_KEY?.trim() ?? "";
  // This machine is no exception: a proxy may stand in between, and any of its users may have taken the port. What goes to https passes
  // a proxy through a tunnel, which sees nothing of it.
  if (key !== "" && url.protocol === "http:" && options.insecure !== true) {
    throw new ScidocsError(
      "USAGE",
      `${url.origin}: S2_API_KEY is not sent over plain http; use https, unset it, or allow it with --insecure`,
    );
  }
  if (key.length > longestKey)
    throw new ScidocsError("USAGE", `S2_API_KEY has ${key.length} characters, more than any key; set it anew`);
  if (/[^\x21-\x7e]/.test(key)) {
    throw new ScidocsError("USAGE", "S2_API_KEY has a character that no key has; set it anew");
  }
  return {
    name,
    needs: "ids",
    identity: apiIdentity(name, url, secrets),
    note: `The vectors are the ${version} ones that Semantic Scholar keeps, computed from its own current texts of the papers and not from the dataset's.`,
    batchSize: 500,
    concurrency: 1,
    // Documented as one request a second with a key; without one the allowance is shared with everybody, and 429 is common.
    intervalMs: 1000,
    url,
    headers: key === "" ? {} : { "x-api-key": key },
    secrets: key === "" ? secrets : [key, ...secrets],
    bodyOf: (papers) => ({ ids: papers.map((paper) => paper.id) }),
    read: (answer, papers) => {
      const vectors = read(name, answer, papers);
      // A server that does not know which was asked for gives the one that it has.
      const other = vectors.find(({ version: said }) => said !== null && isAnother(version, said))?.version;
      if (other == null) return vectors;
      throw otherShape(
        name,
        `vectors of ${printable(withoutSecrets(other, key === "" ? secrets : [key, ...secrets]))}`,
      );
    },
  };
}

/** Whether what an answer says of its model is the name of one that was not asked for. */
function isAnother(asked: Version, said: string): boolean {
  return semanticScholarVersions.some((version) => version !== asked && namesOf[version].test(said));
}

/**
 * The answers by the papers' own ids. Semantic Scholar answers in the order of the question, but an answer in another order would give
 * every paper the vector of another; and a paper that was merged comes under the id of what it was merged into, where its place is all
 * that tells whose it is.
 */
function read(name: string, answer: unknown, papers: readonly ApiPaper[]): ApiVector[] {
  if (!Array.isArray(answer)) throw otherShape(name, "no list of papers");
  if (answer.length !== papers.length) {
    throw otherShape(name, `${answer.length} entries for ${papers.length} ids`);
  }
  const placeOf = new Map(papers.map(({ id }, index) => [id, index]));
  const entries = answer.map((entry: unknown) => entryOf(name, entry));
  // What a paper was merged into may have been asked for too: then its own place has it as well.
  const inOrder = entries.every((entry, index) => {
    const own = entry === null ? undefined : placeOf.get(entry.id);
    return own === undefined || own === index || entries[own]?.id === entry?.id;
  });
  const byId = new Map(entries.flatMap((entry) => (entry === null ? [] : [[entry.id, entry] as const])));
  if (!inOrder && entries.some((entry) => entry !== null && !placeOf.has(entry.id))) {
    throw otherShape(name, "papers in another order, and some under ids that were not asked for");
  }
  if (!inOrder && byId.size < entries.filter((entry) => entry !== null).length) {
    throw otherShape(name, "papers in another order, and some twice");
  }
  return papers.map(({ id }, index): ApiVector => {
    const entry = inOrder ? entries[index] : byId.get(id);
    if (entry == null) return { vector: null, version: null };
    const { vector, version } = entry;
    return entry.id === id ? { vector, version } : { vector, version, mergedInto: entry.id };
  });
}

function entryOf(
  name: string,
  entry: unknown,
): { id: string; vector: Float32Array | null; version: string | null } | null {
  if (entry === null) return null;
  if (!isObject(entry)) throw otherShape(name, "an entry that is no paper");
  const { paperId: id, embedding } = entry;
  if (typeof id !== "string") throw otherShape(name, "an entry without paperId");
  if (embedding === null || embedding === undefined) return { id, vector: null, version: null };
  if (!isObject(embedding)) throw otherShape(name, "an embedding without a vector");
  const { model } = embedding;
  return { id, vector: readVector(name, embedding.vector), version: typeof model === "string" ? model : null };
}
