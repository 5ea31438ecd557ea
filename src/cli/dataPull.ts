import { relative } from "node:path";
import { Command, Option } from "commander";
import { type PullReport, pullDataset } from "../datasets/download/download.ts";
import type { PullPlan } from "../datasets/download/downloadPlan.ts";
import type { PublicStore } from "../datasets/download/publicStore.ts";
import { firstFew } from "../errors.ts";
import { openNetwork, shownAddress } from "../network/network.ts";
import { printable } from "../printable.ts";
import type { Suite } from "../suites/suite.ts";
import { defaultSuite } from "../suites/suites.ts";
import { formatBytes } from "./bytes.ts";
import type { CliContext } from "./context.ts";
import { nameList, wholeNumber } from "./flagParsers.ts";
import { examples } from "./help.ts";
import { addNetworkFlags, type NetworkFlags, retryPolicy } from "./networkFlags.ts";

/** The store that the commands pull from. */
const store = publicStore(defaultSuite);

function publicStore({ id, store: given }: Suite): PublicStore {
  if (given === null) throw new RangeError(`the suite ${id} has no public store`);
  return given;
}

/** Where the dataset goes when nothing else is said, below the current folder. */
export const defaultDataFolder = "data";

/** The flags that say where the dataset comes from and goes to. */
export interface StoreFlags extends NetworkFlags {
  readonly data: string;
  readonly from: string;
  readonly prefix: string;
  readonly jobs: number;
  readonly overwrite: boolean;
  readonly offline?: boolean;
}

interface PullFlags extends StoreFlags {
  readonly only?: readonly string[];
  readonly dryRun: boolean;
}

/** Adds the flags of everything that pulls. */
export function addStoreFlags(command: Command): Command {
  return addNetworkFlags(command)
    .option("--data <dir>", "folder that the dataset goes to", defaultDataFolder)
    .option("--from <url>", "the bucket's URL: objects at URL/KEY, the listing at URL/?list-type=2", store.bucketUrl)
    .option("--prefix <prefix>", "what the dataset's keys begin with", store.prefix)
    .addOption(new Option("--jobs <n>", "files fetched at a time").argParser(wholeNumber(1)).default(4))
    .option("--overwrite", "replace files in the folder that differ and did not come from a pull", false);
}

/** `scidocs data pull`: the dataset from its public store. */
export function dataPullCommand(context: CliContext): Command {
  const parts = store.parts.map(({ id, description }) => `  ${id.padEnd(20)}${description}`).join("\n");
  const unasked = store.parts.filter(({ byDefault }) => !byDefault).map(({ id }) => id);
  const wanted = defaultSuite.reproduction?.parts ?? unasked;
  const command = addStoreFlags(
    new Command("pull").description("download the benchmark's files; run it again after a failure and it goes on"),
  );
  return command
    .addOption(
      new Option("--only <parts...>", `parts to get (default: all but ${unasked.join(", ")})`).argParser(
        nameList(
          "part",
          store.parts.map(({ id }) => id),
        ),
      ),
    )
    .option("--dry-run", "say what would come and how much disk it takes, and stop", false)
    .addHelpText("after", `\nParts:\n${parts}`)
    .addHelpText(
      "after",
      examples([
        ["scidocs data pull", "labels, metadata and clicks into ./data"],
        [`scidocs data pull --only ${wanted.join(",")}`, "what scoring the published vectors needs"],
        ["scidocs data pull --from http://localhost:9000/bucket --dry-run", "look into a mirror of your own"],
      ]),
    )
    .action(async (_: unknown, given: Command) => {
      const flags = given.optsWithGlobals<PullFlags>();
      const report = await pullWithFlags(context, flags, flags.only ?? null, flags.dryRun);
      if (flags.dryRun) {
        context.stdout(planTable(report.plan));
        return;
      }
      context.stdout(summary(report, relative(context.cwd, flags.data) || flags.data));
    });
}

/** Pulls with the flags of {@link addStoreFlags}, telling on stderr what will come. */
export async function pullWithFlags(
  context: CliContext,
  flags: StoreFlags,
  only: readonly string[] | null,
  dryRun = false,
): Promise<PullReport> {
  context.whenStopped("what has been fetched is kept, and the same command goes on where it stopped");
  const network = openNetwork({ offline: flags.offline === true, env: context.env });
  // A sign of life: the first answer may take some seconds, and that there is no network shows only then.
  if (flags.offline !== true) context.stderr(`asking ${shownAddress(flags.from)} for its files\n`);
  try {
    return await pullDataset(
      {
        target: flags.data,
        store,
        only,
        from: flags.from,
        prefix: flags.prefix,
        jobs: flags.jobs,
        overwrite: flags.overwrite,
        network,
        retry: retryPolicy(context, flags),
        onPlan: (plan) => {
          context.stderr(planLines(plan));
          return !dryRun;
        },
      },
      { onProgress: context.onProgress, signal: context.signal },
    );
  } finally {
    await network.close();
  }
}

/** What a plan comes to, in a few lines. */
function planLines(plan: PullPlan): string {
  const there = plan.totalBytes - plan.bytesToFetch;
  const lines = [
    `${plan.files.length} files, ${formatBytes(plan.totalBytes)}, from ${shownAddress(plan.bucketUrl)}`,
    `to fetch: ${formatBytes(plan.bytesToFetch)}${there > 0 ? ` (${formatBytes(there)} are there)` : ""}; free on disk: ${plan.bytesFree === null ? "the file system does not tell" : formatBytes(plan.bytesFree)}`,
  ];
  if (plan.notAsked.files > 0) {
    lines.push(`not asked for: ${plan.notAsked.files} files, ${formatBytes(plan.notAsked.bytes)}`);
  }
  if (plan.leftOut.length > 0) {
    lines.push(`left out for their names: ${firstFew(plan.leftOut.map((path) => printable(path)))}`);
  }
  return `${lines.join("\n")}\n`;
}

const stateNames: Readonly<Record<PullPlan["files"][number]["state"], string>> = {
  present: "there",
  unproven: "there, to be checked",
  partial: "partly there",
  missing: "to fetch",
  outdated: "has changed in the store",
  foreign: "in the way: differs",
};

/** One line a file: size, state, path. */
function planTable(plan: PullPlan): string {
  return plan.files
    .map(({ path, object, state }) => {
      return `${formatBytes(object.size).padStart(9)}  ${stateNames[state].padEnd(24)}  ${printable(path, 200)}\n`;
    })
    .join("");
}

function summary(report: PullReport, folder: string): string {
  const { fetched, present, sizeOnly, retries, restarts, resumedBytes, receivedBytes } = report;
  const lines = [
    `${fetched.length} files fetched (${formatBytes(receivedBytes)} received${resumedBytes > 0 ? `, ${formatBytes(resumedBytes)} kept from an earlier pull` : ""}), ${present.length} were there`,
  ];
  if (retries + restarts > 0) lines.push(`${retries} requests were repeated, ${restarts} files begun anew`);
  const proven = fetched.length + present.length - sizeOnly.length;
  lines.push(`size and MD5 are those of the store for ${proven} files`);
  if (sizeOnly.length > 0) {
    lines.push(
      `size only, since the store gives no MD5 of a multipart upload: ${firstFew(sizeOnly.map((path) => printable(path)))}`,
    );
  }
  return `${lines.join("\n")}\ndata: ${folder}\n`;
}
