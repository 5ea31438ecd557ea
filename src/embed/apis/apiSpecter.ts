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

const name = "api:specter";

/**
 * SPECTER behind its public API (allenai/paper-embedding-public-apis): a list of at most 16 `{paper_id, title, abstract}` is posted,
 * `{"preds": [{"paper_id", "embedding"}]}` comes back.
 */
export function specterModel(options: ApiOptions): ApiModel {
  const url = apiAddress(options, "https://model-apis.semanticscholar.org/specter/v1/invoke");
  const secrets = addressSecrets(url);
  return {
    name,
    needs: "texts",
    identity: apiIdentity(name, url, secrets),
    note: "The vectors come from the public SPECTER API, which serves another version of the model than the published vector files.",
    batchSize: 16,
    concurrency: 2,
    intervalMs: 0,
    url,
    headers: {},
    secrets,
    bodyOf: (papers) =>
      papers.map(({ id, title, abstract }) => ({ paper_id: id, title: title ?? "", abstract: abstract ?? "" })),
    read,
  };
}

function read(answer: unknown, papers: readonly ApiPaper[]): ApiVector[] {
  const preds = isObject(answer) ? answer.preds : undefined;
  if (!Array.isArray(preds)) throw otherShape(name, 'no list "preds"');
  const asked = new Set(papers.map((paper) => paper.id));
  const vectors = new Map<string, Float32Array>();
  for (const pred of preds) {
    const id = isObject(pred) ? pred.paper_id : undefined;
    if (typeof id !== "string") throw otherShape(name, 'an entry without a "paper_id"');
    if (!asked.has(id)) throw otherShape(name, `a paper that was not asked for, ${printable(id)}`);
    if (vectors.has(id)) throw otherShape(name, `two vectors of ${printable(id)}`);
    vectors.set(id, readVector(name, isObject(pred) ? pred.embedding : undefined));
  }
  return papers.map(({ id }) => {
    const vector = vectors.get(id);
    if (vector === undefined) throw otherShape(name, `no vector of ${printable(id)}`);
    return { vector, version: null };
  });
}
