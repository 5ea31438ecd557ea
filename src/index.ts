// The library of scidocs. What is not exported here is private and may change.
export {
  type BenchmarkPlan,
  type BenchmarkRequest,
  type BenchmarkRun,
  carryOutBenchmark,
  planBenchmark,
  runBenchmark,
  vectorsOfPapers,
} from "./benchmark/runBenchmark.ts";
export { forAllGroups, type SuiteVectors, type TextFacts } from "./benchmark/scoreSuite.ts";
export { type ApiSourceOptions, type ApiVectors, apiSource } from "./benchmark/sources/api.ts";
export { type Baseline, type BaselineSourceOptions, baselineSource, baselines } from "./benchmark/sources/baseline.ts";
export { type EncodedVectors, type EncoderSourceOptions, encoderSource } from "./benchmark/sources/encoder.ts";
export { type FilesSourceOptions, type FileVectors, filesSource, type VectorFiles } from "./benchmark/sources/files.ts";
export { tableSource } from "./benchmark/sources/table.ts";
export type { SuitePlan } from "./benchmark/suitePlan.ts";
export {
  type ModelFacts,
  type SourceNeed,
  type SourceVectors,
  unknownModel,
  type VectorSource,
} from "./benchmark/vectorSource.ts";
export { type PullOptions, type PullReport, pullDataset } from "./datasets/download/download.ts";
export type { PullPlan } from "./datasets/download/downloadPlan.ts";
export type { PublicStore, PullPart } from "./datasets/download/publicStore.ts";
export { readPapers, readPaperTexts } from "./datasets/papers.ts";
export { type Paper, type Split, splits } from "./datasets/types.ts";
export {
  type ApiEmbedding,
  type ApiPlan,
  type ApiTools,
  embedWithApi,
  planApiEmbedding,
} from "./embed/apis/apiEmbedding.ts";
export type { ApiModel, ApiOptions, ApiPaper } from "./embed/apis/apiModel.ts";
export { apiModelNames, resolveApiModel } from "./embed/apis/apiModels.ts";
export { type EmbeddingResult, embedPapers } from "./embed/embedPapers.ts";
export { measurePlan, type PlanMeasure, probeMs } from "./embed/measurePlan.ts";
export { type EmbeddingPlan, type PapersOfFile, type PlanOptions, planEmbedding } from "./embed/plan.ts";
export { planText } from "./embed/planText.ts";
export { openVectorStore, type StoreIdentity, type VectorStore } from "./embed/store/store.ts";
export { type ConvertedCheckpoint, type ConvertOptions, convertCheckpoint } from "./encoders/checkpoints/convert.ts";
export { type ExportedCheckpoint, exportCheckpoint } from "./encoders/checkpoints/exportCheckpoint.ts";
export type { Encoder, EncoderOptions } from "./encoders/encoder.ts";
export { resolveEncoder } from "./encoders/resolveEncoder.ts";
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
} from "./results/compare/comparison.ts";
export { type DriftOptions, type PaperDrift, type VectorDrift, vectorDrift } from "./results/drift/vectorDrift.ts";
export { type GateThresholds, usualThresholds } from "./results/gate/gateThresholds.ts";
export { type GateCheck, type GateVerdict, gateVerdict } from "./results/gate/gateVerdict.ts";
export { parseLimits } from "./results/gate/limits.ts";
export { besidePublished, type PublishedColumn } from "./results/publishedColumns.ts";
export { readRecord, writeRecord } from "./results/record.ts";
export type { RunRecord, TaskResult } from "./results/schema.ts";
export { checkDataset } from "./suites/check/checkDataset.ts";
export type { DatasetCheck } from "./suites/check/datasetCheck.ts";
export { type Dataset, openDataset } from "./suites/dataset.ts";
export { scidocs } from "./suites/scidocs/scidocs.ts";
export { type SynthOptions, synthesize } from "./suites/scidocs/synthetic/synthesize.ts";
export { type Column, type PublishedRow, type Suite, type SuiteDeclaration, suite, type Task } from "./suites/suite.ts";
export {
  type NeededPapers,
  neededPapers,
  readSuite,
  type SuiteReading,
  type TextsOfFile,
} from "./suites/suiteReading.ts";
export { classification } from "./tasks/classification/family.ts";
export type { FamilyTask } from "./tasks/familyTask.ts";
export { ranking } from "./tasks/ranking/family.ts";
export { recommendation } from "./tasks/recommendation/family.ts";
export type { ScoringOptions } from "./tasks/scoringOptions.ts";
export type { FamilyResult, TaskFamily } from "./tasks/taskFamily.ts";
export type { CitationCounts } from "./training/graph/citations.ts";
export { type GraphRecord, type GraphRequest, makeCitationGraph } from "./training/graph/makeCitationGraph.ts";
export type { BenchmarkPapers, TrainingEvent, TrainingJob, TrainingLook, TrainingResult } from "./training/job.ts";
export type { BenchmarkScores } from "./training/loop/host.ts";
export type { TrainingLength } from "./training/loop/trainingLength.ts";
export type { ExpectedTime } from "./training/measuring/expectedTime.ts";
export { planTraining, type TrainingPlan } from "./training/planTraining.ts";
export type { TrainingSettings } from "./training/settings.ts";
export type { TrainingCosts } from "./training/trainingCosts.ts";
export type { TrainingRequest } from "./training/trainingRequest.ts";
export { type TrainingCallbacks, trainModel } from "./training/trainModel.ts";
export type { TripletCounts } from "./training/triplets/drawTriplets.ts";
export { makeTriplets, type TripletRecord, type TripletRequest } from "./training/triplets/makeTriplets.ts";
export type { SamplerSettings } from "./training/triplets/sampler.ts";
export type { TripletFiles } from "./training/triplets/tripletFiles.ts";
export { openWatchedBenchmark, type WatchedBenchmark } from "./training/watchedBenchmark.ts";
export { type ReadVectorsOptions, type ReadVectorsResult, readVectors } from "./vectors/readVectors.ts";
export { type VectorTable, vectorAt, vectorTable } from "./vectors/vectorTable.ts";
export { writeVectors } from "./vectors/writeVectors.ts";
