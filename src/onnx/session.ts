import { fileError, ScidocsError } from "../errors.ts";
import { isThere } from "../files/isThere.ts";
import { type InferenceSession, runtime } from "./runtime.ts";

/** Where a model can run. */
export const providers = ["cpu", "webgpu", "cuda"] as const;
export type Provider = (typeof providers)[number];

export interface SessionOptions {
  /** Threads that one run uses. ONNX Runtime's own default counts cores and misjudges containers, so it is always said. */
  readonly threads: number;
  /** Default `cpu`. */
  readonly provider?: Provider;
  /** Which graphics card, for `cuda`; default 0. */
  readonly deviceId?: number;
  /** Keep freed memory for the next run (faster, but as large as the largest batch); default true. */
  readonly memoryArena?: boolean;
  /**
   * Whether idle threads wait actively: a little faster when they have the cores to themselves, a waste of them otherwise;
   * default true.
   */
  readonly spin?: boolean;
  /** Whether threads stop waiting actively as soon as a run ends, so that they are not in the way of another session's; default false. */
  readonly restBetweenRuns?: boolean;
  /** Rewrite the graph and repack its weights for speed; default true. Without it a model opens fast and small, for a check. */
  readonly optimize?: boolean;
}

/**
 * Opens an ONNX model with ONNX Runtime.
 * @param model path of an `.onnx` file (needed when it has external data), or its bytes
 * @throws ScidocsError `NOT_FOUND` for a missing file, `BAD_INPUT` for one that is not a model, `UNAVAILABLE` for a provider that is
 *   not here
 */
export async function openSession(model: string | Uint8Array, options: SessionOptions): Promise<InferenceSession> {
  const provider = options.provider ?? "cpu";
  requireProvider(provider);
  const optimize = options.optimize ?? true;
  const sessionOptions: InferenceSession.SessionOptions = {
    executionProviders:
      provider === "cuda"
        ? [{ name: "cuda", deviceId: options.deviceId ?? 0 }, "cpu"]
        : provider === "cpu"
          ? ["cpu"]
          : [provider, "cpu"],
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: optimize ? "all" : "disabled",
    extra: {
      session: {
        ...(optimize ? {} : { disable_prepacking: "1" }),
        ...(options.spin === false ? { intra_op: { allow_spinning: "0" } } : {}),
        ...(options.restBetweenRuns === true ? { force_spinning_stop: "1" } : {}),
      },
    },
    enableCpuMemArena: options.memoryArena ?? true,
    logSeverityLevel: 4,
  };
  if (typeof model === "string" && !isThere(model)) {
    throw new ScidocsError("NOT_FOUND", `${model}: there is no such model file`);
  }
  let session: InferenceSession;
  try {
    session =
      typeof model === "string"
        ? await runtime().InferenceSession.create(model, sessionOptions)
        : await runtime().InferenceSession.create(model, sessionOptions);
  } catch (error) {
    throw openingError(model, provider, error);
  }
  return withCodedErrors(session, typeof model === "string" ? model : null);
}

/** The same session, whose `run` fails with an error of ours: what ONNX Runtime cannot do, for want of memory above all, is no crash. */
function withCodedErrors(session: InferenceSession, file: string | null): InferenceSession {
  const run: (...inputs: never[]) => Promise<InferenceSession.ReturnType> = session.run.bind(session);
  session.run = async (...inputs: unknown[]) => {
    try {
      return await run(...(inputs as never[]));
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      throw new ScidocsError(
        "UNAVAILABLE",
        `${file === null ? "" : `${file}: `}ONNX Runtime fails: ${problem}; is there memory enough?`,
        { cause },
      );
    }
  };
  return session;
}

/**
 * Checks that this machine's ONNX Runtime was built with a provider.
 * @throws ScidocsError `UNAVAILABLE`, saying how to get it
 */
export function requireProvider(provider: Provider): void {
  if (
    runtime()
      .listSupportedBackends()
      .some(({ name }) => name === provider)
  )
    return;
  throw new ScidocsError(
    "UNAVAILABLE",
    `provider ${provider}: ONNX Runtime for ${process.platform}-${process.arch} does not offer it; use --provider cpu`,
  );
}

function openingError(model: string | Uint8Array, provider: Provider, error: unknown): ScidocsError {
  const problem = error instanceof Error ? error.message : String(error);
  const name = typeof model === "string" ? model : "model in memory";
  // The CUDA provider is a shared library of its own; without it, or without the CUDA runtime, loading fails here.
  if (provider === "cuda" && /cuda|shared library|provider/i.test(problem)) {
    return new ScidocsError(
      "UNAVAILABLE",
      "provider cuda: its libraries cannot be loaded. On a Linux x64 machine with CUDA 12 and cuDNN 9, fetch them with " +
        "`node node_modules/onnxruntime-node/script/install --onnxruntime-node-install=cuda12`; or use --provider cpu",
      { cause: error },
    );
  }
  if (provider === "webgpu" && /webgpu|adapter|dawn|device/i.test(problem)) {
    return new ScidocsError(
      "UNAVAILABLE",
      "provider webgpu: no graphics adapter was found. It needs a GPU with a Vulkan, Metal or Direct3D 12 driver " +
        "(a software one will do: set VK_DRIVER_FILES), or use --provider cpu",
      { cause: error },
    );
  }
  if (/protobuf parsing failed|ModelProto does not have a graph/i.test(problem)) {
    return fileError(name, null, "not an ONNX model, or cut off; export or download it again", error);
  }
  return fileError(name, null, `ONNX Runtime cannot load this model: ${problem}`, error);
}
