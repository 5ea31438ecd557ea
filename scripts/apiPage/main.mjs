// Writes docs/api.md from the JSDoc of what src/index.ts exports (npm run docs:api).
import { readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Application } from "typedoc";

const intro = `# API

What \`import … from "scidocs"\` gives. Made from the sources by \`npm run docs:api\`; [examples](../examples) show it at work. Calls that
take long accept a \`RunControl\`: progress and a signal to stop. Whatever goes wrong is a \`ScidocsError\` with a \`code\`.
`;

const root = join(import.meta.dirname, "../..");
const folder = join(tmpdir(), `scidocs-api-${process.pid}`);
const app = await Application.bootstrapWithPlugins({
  entryPoints: [join(root, "src/index.ts")],
  tsconfig: join(root, "tsconfig.json"),
  plugin: ["typedoc-plugin-markdown"],
  out: folder,
  name: "API",
  readme: "none",
  outputFileStrategy: "modules",
  hideBreadcrumbs: true,
  hidePageHeader: true,
  disableSources: true,
  excludeExternals: true,
  sort: ["alphabetical"],
  groupOrder: ["Functions", "Variables", "Classes", "Interfaces", "Type Aliases"],
  parametersFormat: "table",
  interfacePropertiesFormat: "table",
  typeDeclarationFormat: "table",
  useCodeBlocks: true,
  skipErrorChecking: true,
});
const project = await app.convert();
if (project === undefined) throw new Error("the library's types could not be read");
await app.generateOutputs(project);
const page = (await readFile(join(folder, "README.md"), "utf8")).replace("# API\n", intro);
await writeFile(join(root, "docs/api.md"), page);
await rm(folder, { recursive: true });
