/** Which input files must be there, and how to get them. */
import { existsSync } from "node:fs";
import type { Project } from "../project";

const COMPETITION = "predict-geographic-context-from-landscape-photos";
const REQUIRED = ["train.csv", "test.csv", "metadata.csv", "tags-top.csv"];

/** How to get what is missing. */
function advice({ isSample, inputs: folder }: Project): string {
  if (isSample) return `The sample is drawn by notebook 01-preprocess: run its first cells.`;
  return [
    "Get them with Kaggle's own command line. Accept the rules on the competition's page first, and give it your token",
    "in the environment variable KAGGLE_API_TOKEN or in the folder ~/.kaggle (about 14 GB):",
    `  kaggle competitions download -c ${COMPETITION} -p ${folder}`,
    `  unzip -q ${folder}/${COMPETITION}.zip -d ${folder}`,
    `(without unzip: python -m zipfile -e ${folder}/${COMPETITION}.zip ${folder})`,
    `The files belong in ${folder} itself; a file that is still a zip, such as train.csv.zip, must be unzipped there.`,
  ].join("\n");
}

/** Throws one error that lists every missing input file and says how to get them. */
export function requireInputs(project: Project): void {
  const folder = project.inputs;
  const missing = REQUIRED.filter((name) => !existsSync(`${folder}/${name}`));
  if (missing.length > 0) {
    throw new Error(`${folder} has no ${missing.join(", no ")}.\n${advice(project)}`);
  }
}
