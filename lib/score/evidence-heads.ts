/** What trained heads say by their weights alone, without a photo: directions of tags, and what location got. */
import { readPth } from "../files/pth/pth";
import {
  experimentNamed,
  inputSize,
  paperExperiments,
  type Experiment,
} from "../train/experiments";
import type { Modality } from "../modalities";

/** Rows of a weight matrix. */
export type Rows = readonly (readonly number[])[];

/** Cosines between the (centred) rows of tag `a` and tag `b`. */
export interface HeadCosines {
  colA: string;
  colB: string;
  /** `linear-img` with itself, `linear-txt` with itself. */
  imgImg: number;
  txtTxt: number;
  /** Row a of `linear-img` with row b of `linear-txt`: two heads that never met. */
  imgTxt: number;
  /** The photo's part of row a of `linear-img-txt` with the title's part of row b: one head. */
  fused: number;
}

/** The two weights that a unit (of a linear head: a tag) has for location, as shares of ±1/√inputs. */
export interface LocationWeights {
  experiment: string;
  unit: number;
  north: number;
  east: number;
}

/** Weights of all heads that see a location, by what they are on and how large: in quarters of 1/√inputs. */
export interface WeightBin {
  part: Modality;
  /** From this many quarters to the next; the outermost bins hold what lies beyond. */
  quarters: number;
  weights: number;
}

export interface HeadEvidence {
  cosines: HeadCosines[];
  location: LocationWeights[];
  bins: WeightBin[];
}

/** The bins' outermost quarters. */
const OUTERMOST = 60;

/** Rows less their mean row: what all tags share (mostly "rare") says nothing of one of them. */
export function centred(rows: Rows): number[][] {
  const mean = rows[0].map((_, j) => rows.reduce((sum, row) => sum + row[j], 0) / rows.length);
  return rows.map((row) => row.map((value, j) => value - mean[j]));
}

/** The cosine of the angle between two vectors. */
export function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]): number =>
    x.reduce((sum, value, i) => sum + value * y[i], 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

/** A head's first layer, a row a unit. */
async function firstLayer(folder: string, name: string): Promise<{ head: Experiment; rows: Rows }> {
  const head = experimentNamed(name);
  const inputs = inputSize(head.modalities);
  const tensors = await readPth(`${folder}/${name}.pth`);
  const { shape, data } = tensors[head.kind === "linear" ? "weight" : "0.weight"] ?? { shape: [] };
  if (!data || shape[1] !== inputs)
    throw new Error(
      `${folder}/${name}.pth: a first layer of ${shape.join(" × ")}; ${name} has ${inputs} inputs`,
    );
  const row = (_: unknown, i: number): number[] =>
    Array.from(data.subarray(i * inputs, (i + 1) * inputs));
  return { head, rows: Array.from({ length: shape[0] }, row) };
}

const part = (rows: Rows, from: number, to?: number): Rows =>
  rows.map((row) => row.slice(from, to));
/** Four decimals; adding 0 makes a zero of a minus zero, which no file would keep. */
const rounded = (value: number): number => Math.round(value * 1e4) / 1e4 + 0;

/** Look into the authors' heads, `folder/<experiment>.pth`. `cols` are the tags' columns in the heads' order. */
export async function headEvidence(folder: string, cols: readonly string[]): Promise<HeadEvidence> {
  const both = (await firstLayer(folder, "linear-img-txt")).rows;
  const img = centred((await firstLayer(folder, "linear-img")).rows);
  const txt = centred((await firstLayer(folder, "linear-txt")).rows);
  const [bothImg, bothTxt] = [centred(part(both, 0, 512)), centred(part(both, 512))];
  const cosines = cols.flatMap((colA, a) =>
    cols.map((colB, b) => ({
      colA,
      colB,
      imgImg: rounded(cosine(img[a], img[b])),
      txtTxt: rounded(cosine(txt[a], txt[b])),
      imgTxt: rounded(cosine(img[a], txt[b])),
      fused: rounded(cosine(bothImg[a], bothTxt[b])),
    })),
  );
  return { cosines, ...(await locationEvidence(folder)) };
}

/**
 * The heads that see a location and that the authors published: all but those of location alone, which were not kept,
 * save for one (`linear-loc`).
 */
const located = paperExperiments
  .filter(({ modalities }) => modalities.includes("loc"))
  .map(({ name }) => name)
  .filter((name) => !/^(linear|mlp)-loc/.test(name) || name === "linear-loc");

async function locationEvidence(folder: string): Promise<Omit<HeadEvidence, "cosines">> {
  const location: LocationWeights[] = [];
  const counts = new Map<string, number>();
  for (const name of located) {
    const { head, rows } = await firstLayer(folder, name);
    const inputs = inputSize(head.modalities);
    const scale = Math.sqrt(inputs);
    rows.forEach((row, unit) => {
      const [north, east] = row.slice(-2).map((weight) => rounded(weight * scale));
      location.push({ experiment: name, unit, north, east });
      row.forEach((weight, i) => {
        const of = i >= inputs - 2 ? "loc" : head.modalities[Math.floor(i / 512)];
        const quarters = Math.min(
          Math.max(Math.floor(weight * scale * 4), -OUTERMOST),
          OUTERMOST - 1,
        );
        counts.set(`${of} ${quarters}`, (counts.get(`${of} ${quarters}`) ?? 0) + 1);
      });
    });
  }
  const bins = (["img", "txt", "loc"] as const).flatMap((of) =>
    Array.from({ length: 2 * OUTERMOST }, (_, i) => i - OUTERMOST)
      .map((quarters) => ({ part: of, quarters, weights: counts.get(`${of} ${quarters}`) ?? 0 }))
      .filter(({ weights }) => weights > 0),
  );
  return { location, bins };
}
