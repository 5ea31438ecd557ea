// Written by npm run docs from the record's schema; a test holds the two together.
import {
  anyOf,
  byKind,
  byName,
  fields,
  list,
  matching,
  mayBeMissing,
  nothing,
  number,
  numberAbove,
  numberFrom,
  oneOf,
  text,
  truth,
  whole,
  wholeAbove,
  wholeFrom,
} from "../forms.ts";

const files = fields({
  path: text,
  bytes: wholeFrom(0),
  sha256: matching(/^[0-9a-f]{64}$/),
});

const papers = fields({
  expected: wholeFrom(0),
  embedded: wholeFrom(0),
  missing: wholeFrom(0),
  emptyVector: wholeFrom(0),
  emptyText: anyOf(nothing, wholeFrom(0)),
  truncated: anyOf(nothing, wholeFrom(0)),
});

const displayedOrder = fields({
  ndcg: number,
  precisionAt1: number,
});

/** The record's form. It takes a valid record in a fraction of the schema's time; for any other value only the schema knows what is wrong. */
export const recordForm = fields({
  schemaVersion: oneOf(2),
  suite: text,
  createdAt: matching(/^(?:(?:\d\d[2468][048]|\d\d[13579][26]|\d\d0[48]|[02468][048]00|[13579][26]00)-02-29|\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|(?:02)-(?:0[1-9]|1\d|2[0-8])))T(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z))$/),
  model: fields({
    name: text,
    source: oneOf("onnx", "huggingface", "allennlp", "vectors", "api", "baseline"),
    files: list(files),
    sha256: anyOf(nothing, matching(/^[0-9a-f]{64}$/)),
    fingerprint: anyOf(nothing, matching(/^[0-9a-f]{64}$/)),
    dimensions: anyOf(nothing, wholeAbove(0)),
    recipe: anyOf(nothing, text),
    pooling: anyOf(nothing, text),
    precision: anyOf(nothing, text),
    provider: anyOf(nothing, text),
    maxLength: anyOf(nothing, wholeAbove(0)),
    declared: mayBeMissing(anyOf(nothing, text)),
    training: mayBeMissing(fields({
      sha256: matching(/^[0-9a-f]{64}$/),
      preset: text,
      update: wholeFrom(0),
    })),
  }),
  dataset: fields({
    name: text,
    files: list(files),
    sha256: matching(/^[0-9a-f]{64}$/),
    synthetic: truth,
  }),
  split: oneOf("val", "test"),
  settings: byName(anyOf(text, number, truth, nothing)),
  scores: byName(anyOf(nothing, number)),
  spread: byName(number),
  tasks: byName(byKind("kind", {
    classification: fields({
      kind: oneOf("classification"),
      papers: papers,
      macroF1: number,
      accuracy: number,
      classifier: oneOf("svm", "logistic"),
      solver: oneOf("auto", "reference", "logistic"),
      bestC: anyOf(nothing, number),
      candidates: list(fields({
        C: numberAbove(0),
        accuracy: anyOf(nothing, number),
        foldAccuracies: list(number),
        path: oneOf("reference", "optimum", "ruled-out"),
        clearance: mayBeMissing(anyOf(nothing, number), null),
      })),
      unconvergedClasses: anyOf(nothing, wholeFrom(0)),
      trainRows: wholeFrom(0),
      trainRowsMissing: wholeFrom(0),
      classes: list(fields({
        label: whole,
        name: anyOf(nothing, text),
      })),
      rows: fields({
        paper: list(text),
        truth: list(whole),
        prediction: list(whole),
      }),
    }),
    ranking: fields({
      kind: oneOf("ranking"),
      papers: papers,
      queries: wholeFrom(0),
      queriesScored: wholeFrom(0),
      queriesLeftOut: wholeFrom(0),
      candidatesUnranked: wholeFrom(0),
      queriesWithoutRelevant: wholeFrom(0),
      map: number,
      ndcg: number,
      ties: fields({
        queriesAffected: wholeFrom(0),
        lowestMap: number,
        highestMap: number,
      }),
      rows: fields({
        query: list(text),
        averagePrecision: list(number),
        ndcg: list(number),
        order: list(list(wholeFrom(0))),
        relevance: list(list(whole)),
      }),
    }),
    recommendation: fields({
      kind: oneOf("recommendation"),
      papers: papers,
      papersWithoutMetadata: wholeFrom(0),
      clicks: wholeFrom(0),
      trainClicks: wholeFrom(0),
      trainTriples: wholeFrom(0),
      ndcg: number,
      precisionAt1: number,
      ndcgSd: anyOf(nothing, number),
      precisionAt1Sd: anyOf(nothing, number),
      seeds: list(fields({
        ndcg: number,
        precisionAt1: number,
        seed: whole,
        bestEpoch: wholeFrom(0),
        validationLoss: number,
      })),
      baselines: fields({
        displayedOrder: displayedOrder,
        untrained: displayedOrder,
      }),
      rows: fields({
        query: list(text),
        clicked: list(text),
        clickedPosition: list(wholeFrom(0)),
        weight: list(number),
        rankedAbove: list(list(number)),
      }),
    }),
    skipped: fields({
      kind: oneOf("skipped"),
      reason: text,
    }),
  })),
  notes: list(text),
  versions: byName(text),
  timings: list(fields({
    stage: text,
    elapsedMs: numberFrom(0),
  })),
});
