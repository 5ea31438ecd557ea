// The library of scidocs. What is not exported here is private and may change.
export { type Baseline, baselines, scoreBaseline } from "./benchmark/baseline.ts";
export { planDatasetEmbedding } from "./benchmark/embedDataset.ts";
export type { ModelFacts } from "./benchmark/makeRecord.ts";
export {
  type ApiBenchmarkPlan,
  apiModelFacts,
  planApiBenchmark,
  runApiBenchmark,
} from "./benchmark/runApiBenchmark.ts";
export {
  type BenchmarkPlan,
  type BenchmarkRequest,
  type BenchmarkRun,
  planBenchmark,
  runBenchmark,
} from "./benchmark/runBenchmark.ts";
export type { ScoringOptions, SuiteVectors } from "./benchmark/scoreSuite.ts";
export {
  type ScoredFiles,
  type ScoreRequest,
  scoreVectorFiles,
  scoreVectors,
  unknownModel,
  type VectorFiles,
} from "./benchmark/scoreVectors.ts";
export { type ConvertedCheckpoint, type ConvertOptions, convertCheckpoint } from "./checkpoints/convert.ts";
export { type ExportedCheckpoint, exportCheckpoint } from "./checkpoints/exportCheckpoint.ts";
export { checkDataset } from "./datasets/checkDataset.ts";
export { type Dataset, openDataset } from "./datasets/dataset.ts";
export type { DatasetCheck } from "./datasets/datasetCheck.ts";
export { type PullOptions, type PullReport, pullDataset } from "./datasets/download.ts";
export { type PullGroup, pullGroups } from "./datasets/downloadKeys.ts";
export type { PullPlan } from "./datasets/downloadPlan.ts";
export { type NeededPapers, neededPapers } from "./datasets/neededPapers.ts";
export { readPapers, readPaperTexts } from "./datasets/papers.ts";
export { type SynthOptions, synthesize } from "./datasets/synthesize.ts";
export { type Paper, type Split, splits, type TaskId, taskIds } from "./datasets/types.ts";
export { type EmbeddingResult, embedPapers } from "./embed/embedPapers.ts";
export type { Encoder, EncoderOptions } from "./embed/encoder.ts";
export { measurePlan, type PlanMeasure, probeMs } from "./embed/measurePlan.ts";
export { type EmbeddingPlan, type PapersOfFile, type PlanOptions, planEmbedding } from "./embed/plan.ts";
export { planText } from "./embed/planText.ts";
export { resolveEncoder } from "./embed/resolveEncoder.ts";
export { type ErrorCode, exitCodes, ScidocsError } from "./errors.ts";
export { type Network, type NetworkOptions, openNetwork } from "./network/network.ts";
export { defaultRetryPolicy, type RetryPolicy } from "./network/retry.ts";
export type { OnProgress, ProgressEvent, RunControl } from "./progress.ts";
export { type ScoreTable, scoreTable } from "./report/scoreTable.ts";
export { formatTable, type TableFormat, tableFormats } from "./report/tableFormats.ts";
export {
  type ColumnComparison,
  type CompareOptions,
  compareRecords,
  type RecordComparison,
} from "./results/comparison.ts";
export { type GateThresholds, parseLimits } from "./results/gateThresholds.ts";
export { type GateCheck, type GateVerdict, gateVerdict } from "./results/gateVerdict.ts";
export { type PublishedRow, publishedRows } from "./results/published.ts";
export { besidePublished, type PublishedColumn } from "./results/publishedColumns.ts";
export { readRecord, writeRecord } from "./results/record.ts";
export type { RunRecord, TaskResult } from "./results/schema.ts";
export { type DriftOptions, type PaperDrift, type VectorDrift, vectorDrift } from "./stats/vectorDrift.ts";
export { type Column, columns, type Task, tasks } from "./tasks/scidocs.ts";
export {
  type ApiEmbedding,
  type ApiPlan,
  type ApiTools,
  embedWithApi,
  planApiEmbedding,
} from "./vectors/apiEmbedding.ts";
export type { ApiModel, ApiOptions, ApiPaper } from "./vectors/apiModel.ts";
export { apiModelNames, resolveApiModel } from "./vectors/apiModels.ts";
export { type ReadVectorsOptions, type ReadVectorsResult, readVectors } from "./vectors/readVectors.ts";
export { openVectorStore, type StoreIdentity, type VectorStore } from "./vectors/store.ts";
export { type VectorTable, vectorAt, vectorTable } from "./vectors/vectorTable.ts";
export { writeVectors } from "./vectors/writeVectors.ts";
