import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/cluster.md"), "utf8");
const commands = readFileSync(join(root, "docs/commands.md"), "utf8");

/** The flags that a command has, by the page of commands. */
function flagsOf(command: string): Set<string> {
  const start = commands.indexOf(`\n## scidocs ${command}\n`);
  expect(start, command).toBeGreaterThan(0);
  const section = commands.slice(start, commands.indexOf("\n## ", start + 5));
  return new Set(section.match(/(?<=[\s,])--?[a-z][\w-]*/g));
}

const documents = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].flatMap(([, block = ""]) => {
  const parsed = parseAllDocuments(block);
  return parsed.map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS();
  });
});

/** Every list of words in a value that begins with a command of scidocs. */
function commandLines(value: unknown): string[][] {
  if (Array.isArray(value) && (value[0] === "worker" || value[0] === "run")) return [value.map(String)];
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(commandLines);
  return [];
}

describe("the files of docs/cluster.md", () => {
  it("are YAML of the kinds they should be", () => {
    expect(documents.map((document) => document.kind ?? "Compose")).toEqual([
      "Service",
      "Deployment",
      "Job",
      "Compose",
    ]);
    const [service, redis, job, compose] = documents;
    expect(redis.spec.template.metadata.labels).toEqual(service.spec.selector);
    expect(job.spec.template.spec.restartPolicy).toBe("OnFailure");
    expect(Object.keys(compose.services)).toEqual(["redis", "worker", "run"]);
    const memory = [redis.spec.template.spec.containers[0].args, compose.services.redis.command];
    for (const args of memory) expect(args.join(" ")).toContain("--maxmemory-policy noeviction");
  });

  it("call commands with flags that there are, and the queue by its service's name", () => {
    const lines = documents.flatMap(commandLines);
    expect(lines).toHaveLength(3);
    for (const [command = "", ...words] of lines) {
      const flags = flagsOf(command);
      for (const word of words.filter((one) => one.startsWith("-"))) expect([...flags], word).toContain(word);
      expect(words[words.indexOf("--queue") + 1]).toMatch(/^redis:\/\/(scidocs-)?redis:6379\/0$/);
    }
  });

  it("have a Slurm script whose command has flags that there are", () => {
    const script = /```bash\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
    const [, command = "", words = ""] = /scidocs (\w+) ([\s\S]*)/.exec(script.replaceAll("\\\n", " ")) ?? [];
    const flags = flagsOf(command);
    const used = words.match(/(?<=\s)--[a-z][\w-]*/g) ?? [];
    expect(used.length).toBeGreaterThan(4);
    for (const flag of used) expect([...flags], flag).toContain(flag);
  });
});
