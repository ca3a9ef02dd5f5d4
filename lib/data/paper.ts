/**
 * The paper's published numbers, read from `data/paper/` (its README names every source). Scores are shares in [0, 1].
 */
import { literal, query } from "../files/table";
import type { CurvePoint, Score, TagCount, TagF1, TagPairs, TitleLengthBin } from "./types";

const FOLDER = "data/paper";

/** One of the 28 experiments as published. */
export interface PaperResult extends Score {
  head: "linear" | "mlp";
  image: boolean;
  title: boolean;
  location: boolean;
  mixup: boolean;
  /** Epoch (from 0) whose weights were kept; null for location alone, which never beat an exact match of 0. */
  bestEpoch: number | null;
  /** Epochs run before training stopped. */
  epochs: number;
  /** Public leaderboard score; null where nothing was submitted. */
  kagglePublic: number | null;
}

/** A tag of the competition, in the order of its columns. */
export interface PaperTag extends TagCount {
  col: string;
  grouping: string;
  /** Images with this tag and no other. */
  imagesSingleTag: number;
}

/** Two tags (column names) and the number of images that have both. */
export interface PaperTagPair {
  colA: string;
  colB: string;
  images: number;
}

/** Share of the images with that many tags; `tags` is "1" … "5" or "6+". */
export interface PaperTagsPerImage {
  tags: string;
  percent: number;
}

/** A table of `data/paper/`, all of a file's rows in their order. `T` must be what `columns` select. */
function read<T extends object>(file: string, columns: string, where = "true"): Promise<T[]> {
  return query<T>(
    `SELECT ${columns} FROM read_csv(${literal(`${FOLDER}/${file}`)}, header = true) WHERE ${where}`,
  );
}

/** The 28 experiments: validation scores of the kept epoch, and Kaggle's public scores. */
export function results(): Promise<PaperResult[]> {
  return read(
    "results.csv",
    `experiment, head, image = 1 AS image, title = 1 AS title, location = 1 AS location,
    mixup = 1 AS mixup, best_epoch AS "bestEpoch", epochs, val_exact_match AS "valExactMatch",
    val_macro_f1 AS "valMacroF1", kaggle_public AS "kagglePublic"`,
  );
}

/** Every epoch of the 28 training logs. */
export function learningCurves(): Promise<CurvePoint[]> {
  return read(
    "learning-curves.csv",
    `experiment, epoch, train_loss AS "trainLoss",
    val_exact_match AS "valExactMatch", val_macro_f1 AS "valMacroF1"`,
  );
}

/** Validation F1 of each of the 49 tags under linear-img-txt-loc-mixup, best first. */
export function f1OfTags(): Promise<TagF1[]> {
  return read("per-class-f1.csv", "tag, f1");
}

/** Tags per image in the paper: shares of its 657,235 training images. */
export function tagsPerImage(): Promise<PaperTagsPerImage[]> {
  return read("tags-per-image.csv", "tags, percent", "source = 'paper'");
}

/** Tags per image in the competition's train.csv: counts of its 609,822 images. */
export function competitionTagsPerImage(): Promise<{ tags: number; images: number }[]> {
  return read(
    "tags-per-image.csv",
    "CAST(tags AS INTEGER) AS tags, images",
    "source = 'train.csv'",
  );
}

/** Lengths of the 792,613 titles of the competition's training and test images. */
export function titleLengths(): Promise<TitleLengthBin[]> {
  return read("title-lengths.csv", 'from_characters AS "from", to_characters AS "to", titles');
}

/** The 49 tags with their counts in the competition's train.csv, in the order of its columns. */
export function tags(): Promise<PaperTag[]> {
  return read("tags.csv", 'col, tag, grouping, images, images_single_tag AS "imagesSingleTag"');
}

/** A head on photos alone that the authors added to their repository after the paper. */
export interface LaterHead {
  /** The network that made the embeddings. */
  encoder: string;
  head: "linear" | "mlp";
  mixup: boolean;
  valExactMatch: number;
  valMacroF1: number;
}

/** Later heads of the authors' repository: photos alone, on DINOv2, and CLIP beside them. */
export function laterHeads(): Promise<LaterHead[]> {
  return read(
    "later-heads.csv",
    `encoder, head, mixup = 1 AS mixup, val_exact_match AS "valExactMatch",
    val_macro_f1 AS "valMacroF1"`,
  );
}

/** The competition's tags and pairs under the tags' names, as `coOccurrence` compares them. */
export async function competitionPairs(): Promise<TagPairs> {
  const listed = await tags();
  const names = new Map(listed.map(({ col, tag }) => [col, tag]));
  const pairs = await tagPairs();
  const name = (col: string): string => names.get(col) ?? col;
  return {
    tags: listed,
    pairs: pairs.map(({ colA, colB, images }) => ({ a: name(colA), b: name(colB), images })),
  };
}

/** How often two tags occur together in the competition's train.csv; pairs that never do are left out. */
export function tagPairs(): Promise<PaperTagPair[]> {
  return read("tag-pairs.csv", 'col_a AS "colA", col_b AS "colB", images');
}
