import { ScidocsError } from "../errors.ts";
import type { Provider } from "../onnx/session.ts";
import { requireSame } from "./flagParsers.ts";

/** The command's flags, as they are parsed. */
export interface TrainFlags {
  readonly init: string;
  readonly vocab?: string;
  readonly triplets?: string;
  readonly trainPath?: string;
  readonly devPath?: string;
  readonly papers?: string;
  readonly output?: string;
  readonly serializationDir?: string;
  readonly preset: string;
  readonly pooling?: string;
  readonly maxLength?: number;
  readonly maxWords?: number;
  readonly distance?: string;
  readonly margin?: number;
  readonly optimizer?: string;
  readonly lr?: number;
  readonly weightDecay?: number;
  readonly clip?: number;
  readonly clipEach?: number;
  readonly clampEntries?: number;
  readonly schedule?: string;
  readonly warmup?: number;
  readonly epochs?: number;
  readonly numEpochs?: number;
  readonly batchSize?: number;
  readonly accumulate?: number;
  readonly maxSteps?: number;
  readonly numTrainInstances?: number;
  readonly numDevInstances?: number;
  readonly shuffle?: boolean;
  readonly seed?: number;
  readonly patience?: number;
  readonly dropout?: number;
  readonly vectorDropout?: number;
  readonly freeze?: string;
  readonly evaluate?: string;
  readonly evaluateTasks?: readonly string[];
  readonly evaluateSplit?: string;
  readonly evaluateEvery?: number;
  readonly bestBy?: "dev" | "benchmark";
  readonly saveEvery?: number;
  readonly keep?: number;
  readonly recompute: boolean;
  readonly threads?: number;
  readonly provider?: Provider;
  readonly cudaDevice?: string;
  readonly force: boolean;
  readonly dryRun: boolean;
}

/**
 * Refuses two names of one thing that say two things, and what says something of a thing that is not asked for.
 * @throws ScidocsError `USAGE`
 */
export function refuseContradictions(flags: TrainFlags): void {
  const { epochs, numEpochs, output, serializationDir, evaluate, evaluateTasks } = flags;
  requireSame("--epochs", epochs, "--num-epochs", numEpochs);
  requireSame("--output", output, "--serialization-dir", serializationDir);
  if (evaluateTasks !== undefined && evaluate === undefined) {
    throw new ScidocsError("USAGE", "--evaluate-tasks: of which benchmark? give --evaluate DATA");
  }
}

/**
 * Where the network runs: the reference names a card by its number and the processor by -1.
 * @throws ScidocsError `USAGE` for what is no such number, or says other than --provider
 */
export function deviceOf({ provider, cudaDevice }: TrainFlags): { provider: Provider; deviceId: number } {
  if (cudaDevice === undefined) return { provider: provider ?? "cpu", deviceId: 0 };
  const device = Number(cudaDevice);
  if (!/^(-1|\d+)$/.test(cudaDevice) || !Number.isSafeInteger(device)) {
    throw new ScidocsError("USAGE", `--cuda-device ${cudaDevice}: expected a card's number, or -1 for none`);
  }
  if (provider !== undefined && (provider === "cuda") !== device >= 0) {
    throw new ScidocsError("USAGE", `--cuda-device ${cudaDevice} and --provider ${provider}: which? give one of them`);
  }
  return device === -1 ? { provider: provider ?? "cpu", deviceId: 0 } : { provider: "cuda", deviceId: device };
}
