/** For the tests: a dataset of a few rows in a temporary folder, which becomes the working directory. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Files of a dataset by name; null leaves one out. */
export type Files = Record<string, string | Buffer | null>;

/**
 * Six labelled images and three test images. Image 10004 has three tags, 10005 no metadata, 30003 (test) neither
 * metadata nor image; 10003's title is missing; 20001 is Irish; 20002's image is in extra_images/.
 */
export const TINY: Files = {
  "train.csv": "gridimage_id,tag479,tag787,tag788\n10001,1,0,0\n10002,0,1,0\n10003,0,0,1\n10004,1,1,1\n10005,1,0,0\n",
  "train-extra.csv": "gridimage_id,tag479,tag787,tag788,tags\n20001,0,1,1,\"Coastal,Lowlands\"\n20002,1,0,1,x\n" +
    "10001,0,0,1,\n",
  "test.csv": "gridimage_id\n30002\n30001\n30003\n",
  "metadata.csv": [
    "gridimage_id,title,grid_reference,realname",
    "10001,Heathrow Airport,TQ0775,A", '10002,"Church, and ""The Inn""",NN1671,B', "10003,,SV9010,C",
    "10004,Café,HP6208,D", "30001,Test one,ZZ99,E", "30002,Test two,,F", "10001,The same again,SU0000,A",
    "77,too, many,NN0000,G",
    "",
  ].join("\n"),
  "metadata-extra.csv": Buffer.from(
    "gridimage_id,title,grid_reference\n20001,Trá Mhór,J3574\n20002,Plain,NO4030\n", "latin1"),
  "tags-top.csv": "\ntag_id,prefix,tag,col,grouping,description\n788,top,Lowlands,tag788,Topography,\"Low, flat.\"\n" +
    "787,top,Coastal,tag787,Topography,Sea.\n479,top,\"Energy, power\",tag479,Human use,Power.\n" +
    "1,top,Other,tag1,X,Y.\n",
  "train_images/00001/10001.jpg": "", "train_images/00001/10002.jpg": "", "train_images/00001/10004.jpg": "",
  "train_images/00009/10003.jpg": "", "train_images/notes.txt": "", "extra_images/00002/20002.jpg": "",
  "extra_images/00001/10001.jpg": "", "test_images/00003/30001.jpg": "", "test_images/00003/30002.jpg": "",
};

/** Write data/tiny/ with `changes` made to TINY and go there; returns a function that goes back and removes it. */
export function enterTinyDataset(changes: Files = {}): () => void {
  const before = process.cwd(), root = mkdtempSync(join(tmpdir(), "tiny-dataset-"));
  for (const [name, content] of Object.entries({ ...TINY, ...changes })) {
    if (content === null) continue;
    const path = join(root, "data/tiny", name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  process.chdir(root);
  return () => {
    process.chdir(before);
    rmSync(root, { recursive: true });
  };
}
