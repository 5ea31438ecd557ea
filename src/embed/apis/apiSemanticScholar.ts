import { ScidocsError } from "../../errors.ts";
import {
  type ApiModel,
  type ApiOptions,
  type ApiPaper,
  type ApiVector,
  apiAddress,
  apiIdentity,
  isObject,
  otherShape,
  readVector,
} from "./apiModel.ts";

/** The embeddings that Semantic Scholar keeps of its papers. */
export const semanticScholarVersions = ["specter_v1", "specter_v2"] as const;
type Version = (typeof semanticScholarVersions)[number];

/**
 * Vectors that Semantic Scholar has computed of its own texts of the papers: `POST /graph/v1/paper/batch?fields=embedding.VERSION` with
 * at most 500 ids; the answer is a list in their order, null for a paper it does not know, `"embedding": null` for one without a vector.
 * @throws ScidocsError `USAGE` when `S2_API_KEY` would be sent over plain http to another machine
 */
export function semanticScholarModel(version: Version, options: ApiOptions): ApiModel {
  const name = `s2:${version}`;
  const base = apiAddress(options, "https://api.semanticscholar.org");
  const url = new URL(`${base.origin}${base.pathname.replace(/\/$/, "")}/graph/v1/paper/batch`);
  url.searchParams.set("fields", `embedding.${version}`);
  const key = (options.env ?? process.env).S2_API_KEY?.trim() ?? "";
  const isLocal = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (key !== "" && url.protocol === "http:" && !isLocal) {
    throw new ScidocsError("USAGE", `${url.origin}: S2_API_KEY is not sent over plain http; use https, or unset it`);
  }
  if (/[^\x21-\x7e]/.test(key)) {
    throw new ScidocsError("USAGE", "S2_API_KEY has a character that no key has; set it anew");
  }
  return {
    name,
    needs: "ids",
    identity: apiIdentity(name, url),
    note: `The vectors are the ${version} ones that Semantic Scholar keeps, computed from its own current texts of the papers and not from the dataset's.`,
    batchSize: 500,
    concurrency: 1,
    // Documented as one request a second with a key; without one the allowance is shared with everybody, and 429 is common.
    intervalMs: 1000,
    url,
    headers: key === "" ? {} : { "x-api-key": key },
    secrets: key === "" ? [] : [key],
    bodyOf: (papers) => ({ ids: papers.map((paper) => paper.id) }),
    read: (answer, papers) => read(name, answer, papers),
  };
}

function read(name: string, answer: unknown, papers: readonly ApiPaper[]): ApiVector[] {
  if (!Array.isArray(answer)) throw otherShape(name, "no list of papers");
  if (answer.length !== papers.length) {
    throw otherShape(name, `${answer.length} entries for ${papers.length} ids`);
  }
  return answer.map((entry: unknown): ApiVector => {
    if (entry === null) return { vector: null, version: null };
    if (!isObject(entry)) throw otherShape(name, "an entry that is no paper");
    const { embedding } = entry;
    if (embedding === null || embedding === undefined) return { vector: null, version: null };
    if (!isObject(embedding)) throw otherShape(name, "an embedding without a vector");
    const { model } = embedding;
    return { vector: readVector(name, embedding.vector), version: typeof model === "string" ? model : null };
  });
}
