import { Command } from "commander";
import { scidocsVersion } from "../version.ts";
import type { CliContext } from "./context.ts";
import { refuseEmptyPlaces } from "./emptyPlaces.ts";
import { helpLayout } from "./helpLayout.ts";
import { refuseRepeatedFlags } from "./repeatedFlags.ts";

/** A command as the list of commands shows it. Its module, and all that this needs, is loaded when the command is asked for. */
interface ListedCommand {
  readonly name: string;
  readonly usage: string;
  readonly description: string;
  readonly load: () => Promise<(context: CliContext) => Command>;
}

const commands: readonly ListedCommand[] = [
  {
    name: "run",
    usage: "[options]",
    description: "embed the papers with a model and score the vectors: the main job",
    load: async () => (await import("./run.ts")).runCommand,
  },
  {
    name: "embed",
    usage: "[options]",
    description: "turn papers into vectors",
    load: async () => (await import("./embed.ts")).embedCommand,
  },
  {
    name: "worker",
    usage: "[options]",
    description: "embed for runs on other machines, which hand out their work over a queue",
    load: async () => (await import("./worker.ts")).workerCommand,
  },
  {
    name: "score",
    usage: "[options]",
    description: "score vectors that are already in files",
    load: async () => (await import("./score.ts")).scoreCommand,
  },
  {
    name: "table",
    usage: "[options] <record...>",
    description: "print run records as rows of the paper's table",
    load: async () => (await import("./table.ts")).tableCommand,
  },
  {
    name: "compare",
    usage: "[options] <a> <b>",
    description: "tell whether two runs differ by more than chance; or how far two models' vectors are apart",
    load: async () => (await import("./compare.ts")).compareCommand,
  },
  {
    name: "data",
    usage: "[options] [command]",
    description: "get, check or make the benchmark's files",
    load: async () => (await import("./data.ts")).dataCommand,
  },
  {
    name: "store",
    usage: "[options] [command]",
    description: "look into stores of vectors, and join them",
    load: async () => (await import("./store.ts")).storeCommand,
  },
  {
    name: "reproduce",
    usage: "[options]",
    description: "pull the published SPECTER vectors, score them, and compare all columns with the published row",
    load: async () => (await import("./reproduce.ts")).reproduceCommand,
  },
  {
    name: "train",
    usage: "[options]",
    description: "train an encoder on triplets, as SPECTER was: a checkpoint in, a checkpoint with its curves out",
    load: async () => (await import("./train.ts")).trainCommand,
  },
  {
    name: "models",
    usage: "[options]",
    description: "list published encoders and how they are meant to be used, for --as",
    load: async () => (await import("./models.ts")).modelsCommand,
  },
  {
    name: "export",
    usage: "[options]",
    description: "write a checkpoint as an ONNX model, its tokenizer beside it",
    load: async () => (await import("./export.ts")).exportCommand,
  },
  {
    name: "doctor",
    usage: "[options]",
    description: "say what this machine offers: versions, providers, threads, memory, data",
    load: async () => (await import("./doctor.ts")).doctorCommand,
  },
  {
    name: "gate",
    usage: "[options] <record>",
    description: "judge a run against a baseline and thresholds; exit code 0 passed, 4 failed, 2 bad input",
    load: async () => (await import("./gate.ts")).gateCommand,
  },
  {
    name: "report",
    usage: "[options] <record...>",
    description: "write run records, or the curves of a training, as one self-contained HTML page",
    load: async () => (await import("./report.ts")).reportCommand,
  },
  {
    name: "baseline",
    usage: "[options] <kind>",
    description: "score random, zero or TF-IDF vectors: what a model's score has to be held against",
    load: async () => (await import("./baseline.ts")).baselineCommand,
  },
  {
    name: "graph",
    usage: "[options]",
    description: "make a training graph from papers that tell what they cite",
    load: async () => (await import("./graph.ts")).graphCommand,
  },
  {
    name: "triplets",
    usage: "[options]",
    description: "draw training triplets (query, positive, negative) from a graph of papers, as SPECTER's authors do",
    load: async () => (await import("./triplets.ts")).tripletsCommand,
  },
];

/**
 * The command line as a value: nothing runs until `parseAsync`. Errors of usage are thrown as `CommanderError`, all others as they come;
 * the caller turns them into exit codes.
 * @param words the command line without the program's name: of the commands that it names, the modules are loaded; null loads them all
 */
export async function createProgram(context: CliContext, words: readonly string[] | null): Promise<Command> {
  const program = new Command("scidocs")
    .description("The SciDocs / SPECTER benchmark: judge an encoder of scientific papers on seven tasks")
    .version(scidocsVersion(), "-V, --version", "print the version")
    .option("--offline", "make every use of the network an error at once")
    .helpOption("-h, --help", "show help")
    .helpCommand("help [command]", "show help for a command")
    .showHelpAfterError("(scidocs --help lists the commands, scidocs COMMAND --help its flags)");
  // Any word may be the command: it stands behind `help` or the program's own flags. A module too many costs time and nothing else.
  const asked = words === null ? null : new Set(words);
  for (const { name, usage, description, load } of commands) {
    program.addCommand(
      asked === null || asked.has(name)
        ? (await load())(context)
        : new Command(name).usage(usage).description(description),
    );
  }
  for (const command of [program, ...program.commands, ...program.commands.flatMap((group) => group.commands)]) {
    refuseRepeatedFlags(command);
    command
      .exitOverride()
      .configureOutput({ writeOut: context.stdout, writeErr: context.stderr })
      .configureHelp(helpLayout)
      .copyInheritedSettings(program);
  }
  return program.hook("preAction", (_, command) => refuseEmptyPlaces(command));
}
