import { ScidocsError } from "../errors.ts";
import { buildModel } from "../onnx/encode.ts";
import { openSession, type Provider } from "../onnx/session.ts";

// A process of `diagnose`: runs a one-operator model with the provider that its argument names; nothing less tells whether it works.
const provider = process.argv[2] as Provider;
const value = { dataType: "float32" as const, dims: [1] };
const model = buildModel({
  name: "probe",
  inputs: [{ name: "x", ...value }],
  outputs: [{ name: "y", ...value }],
  nodes: [{ opType: "Neg", inputs: ["x"], outputs: ["y"] }],
  initializers: [],
});
let problem: string | null = null;
try {
  const session = await openSession(model, { threads: 1, provider });
  await session.release();
} catch (error) {
  problem = error instanceof ScidocsError ? error.message : String(error);
}
process.send?.({ provider, works: problem === null, problem }, () => process.exit(0));
