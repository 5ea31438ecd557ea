import type { PublicStore } from "../../datasets/download/publicStore.ts";

const labelFolders = ["mag", "mesh", "coview", "coread", "cite", "cocite"];

/** Folder of the published vectors in the store. */
export const publishedVectorsFolder = "specter-embeddings";

/** Where the reference's README says the dataset lies. */
export const scidocsStore: PublicStore = {
  bucketUrl: "https://ai2-s2-research-public.s3.us-west-2.amazonaws.com",
  prefix: "specter/scidocs/",
  parts: [
    {
      id: "labels",
      description: "judgements and class labels of the six tasks beside recomm",
      byDefault: true,
      holds: (path) => labelFolders.some((folder) => path.startsWith(`${folder}/`)),
    },
    {
      id: "metadata",
      description: "titles and abstracts, the three paper_metadata files",
      byDefault: true,
      holds: (path) => /^paper_metadata_[^/]*\.json$/.test(path),
    },
    {
      id: "recomm",
      description: "clicks and propensities, with the metadata file that this task takes its features from",
      byDefault: true,
      holds: (path) => path.startsWith("recomm/") || path === "paper_metadata_recomm.json",
    },
    {
      id: publishedVectorsFolder,
      description: "the published SPECTER vectors, half of all bytes; not pulled unless named",
      byDefault: false,
      holds: (path) => path.startsWith(`${publishedVectorsFolder}/`),
    },
  ],
};
