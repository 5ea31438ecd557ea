import { classification } from "../../tasks/classification/family.ts";
import { ranking } from "../../tasks/ranking/family.ts";
import { recommendation } from "../../tasks/recommendation/family.ts";
import { suite, type Task } from "../suite.ts";
import { benchmarkSizes, total } from "./benchmarkSizes.ts";
import { magClassNames, meshClassNames } from "./classNames.ts";
import { publishedRows } from "./published.ts";
import { publishedVectorsFolder, scidocsStore } from "./store.ts";

const clsFile = "paper_metadata_mag_mesh.json";
const rankingFile = "paper_metadata_view_cite_read.json";
const recommFile = "paper_metadata_recomm.json";

const rankingFolders = ["coview", "coread", "cite", "cocite"];
const rankingIds = ["co-view", "co-read", "cite", "co-cite"];

const formats = ".jsonl, .jsonl.gz, .npy, .safetensors, .parquet";

type OwnPart = Pick<Task, "id" | "label" | "folder" | "description">;

const labelled = (task: OwnPart & Pick<Task, "classNames">): Task => ({
  ...task,
  family: classification,
  vectors: "cls",
  metadataFile: clsFile,
});

const ranked = (task: OwnPart & Pick<Task, "columnStem">): Task => ({
  ...task,
  family: ranking,
  vectors: "user-citation",
  metadataFile: rankingFile,
});

/** SciDocs: the seven tasks of Cohan et al. (ACL 2020, table 1) in the paper's order, twelve columns. */
export const scidocs = suite({
  id: "scidocs",
  label: "SciDocs",
  tasks: [
    labelled({
      id: "mag",
      label: "MAG",
      description: "field of study, 19 classes",
      folder: "mag",
      classNames: magClassNames,
    }),
    labelled({
      id: "mesh",
      label: "MeSH",
      description: "disease area, 11 classes",
      folder: "mesh",
      classNames: meshClassNames,
    }),
    ranked({ id: "co-view", label: "co-view", description: "papers viewed in the same session", folder: "coview" }),
    ranked({ id: "co-read", label: "co-read", description: "papers read in the same session", folder: "coread" }),
    ranked({ id: "cite", label: "cite", description: "papers the query cites", folder: "cite" }),
    ranked({
      id: "co-cite",
      label: "co-cite",
      description: "papers cited together with the query",
      folder: "cocite",
      // The published tables write it so.
      columnStem: "cocite",
    }),
    {
      id: "recomm",
      label: "recomm",
      description: "the clicked paper among those shown",
      folder: "recomm",
      family: recommendation,
      vectors: "recomm",
      metadataFile: recommFile,
    },
  ],
  vectorGroups: [
    {
      id: "cls",
      description: `vectors of the MAG and MeSH papers (${formats})`,
      referenceFlag: "--classification-embeddings-path",
    },
    {
      id: "user-citation",
      description: "vectors of the co-view, co-read, cite and co-cite papers",
      referenceFlag: "--user_activity_and_citations_embeddings_path",
    },
    {
      id: "recomm",
      description: "vectors of the recommendation papers; one file may serve all three flags",
      referenceFlag: "--recomm_embeddings_path",
    },
  ],
  sizes: {
    files: {
      [clsFile]: benchmarkSizes.papers.cls,
      [rankingFile]: benchmarkSizes.papers.ranking,
      [recommFile]: benchmarkSizes.papers.recomm,
      ...Object.fromEntries(rankingFolders.map((folder) => [`${folder}/test.qrel`, benchmarkSizes.queries])),
      "recomm/train.csv": benchmarkSizes.clicks.train,
    },
    // The others lie in a store that gives no digest of them; this one is in hand, and every ranking run reads its like.
    bytes: {
      "cite/test.qrel": {
        bytes: 2_573_808,
        sha256: "648e2e4c15fc795114bc47664a65e73be59ba600db6a30ead85f8b5fcb4d8c98",
      },
    },
    judged: {
      mag: benchmarkSizes.mag.test,
      mesh: benchmarkSizes.mesh.test,
      ...Object.fromEntries(rankingIds.map((id) => [id, benchmarkSizes.queries])),
      recomm: benchmarkSizes.clicks.test,
    },
    labelled: { mag: total(benchmarkSizes.mag), mesh: total(benchmarkSizes.mesh) },
  },
  published: publishedRows,
  store: scidocsStore,
  reproduction: {
    row: "SPECTER (published embeddings)",
    folder: publishedVectorsFolder,
    parts: ["labels", "recomm", publishedVectorsFolder],
  },
  examples: { tasks: ["cite", "co-cite"], otherTask: "mag", column: "mag-f1", percent: 80 },
  dataHint: "`scidocs data pull` fetches them, `scidocs data synth` makes some",
});
