/** What is counted of the data and published of the paper: plain rows that tables list and figures draw. */

/** A tag and the number of images that have it. */
export interface TagCount {
  tag: string;
  images: number;
}

/** All tags of a data set, and how many images it has (fewer than the sum of the counts: images have several tags). */
export interface TagCounts {
  images: number;
  tags: readonly TagCount[];
}

/** Two tags and the number of images that have both. */
export interface TagPair {
  a: string;
  b: string;
  images: number;
}

/** Tag counts and pair counts of one data set. */
export interface TagPairs {
  /** `grouping` is the kind of tag, such as "Topography". */
  tags: readonly (TagCount & { grouping?: string })[];
  pairs: readonly TagPair[];
}

/** A place in degrees (WGS84): the centre of an image's 1 km square. */
export interface Place {
  lat: number;
  lon: number;
}

/** Titles of `from` to `to` characters (both included), and how many there are. */
export interface TitleLengthBin {
  from: number;
  to: number;
  titles: number;
}

/** A picture: the path of its file, or the file's bytes. */
export type Picture = string | Buffer;

/** A picture that stands for a tag. */
export interface TaggedPhoto {
  image: Picture;
  tag: string;
}

/** A picture with the tags that it has and those that a head gave it. */
export interface JudgedPhoto {
  image: Picture;
  predicted: readonly string[];
  truth: readonly string[];
}

/** What goes in, and what comes out, of one photo's way through the method. */
export interface MethodExample {
  image: Picture;
  title: string;
  gridReference: string;
  /** Latitude and longitude as the head sees them (see `rescaleLocation`). */
  location: readonly [number, number];
  /** Whose two towers. */
  encoder: string;
  /** How many tags there are. */
  tagCount: number;
  /** Some of them with their probabilities in [0, 1], highest first. */
  tags: readonly { tag: string; probability: number }[];
}

/** Validation F1 of one tag, in [0, 1]. */
export interface TagF1 {
  tag: string;
  f1: number;
}

/** Validation scores of one experiment: share of images whose tags are all right, and macro F1; both in [0, 1]. */
export interface Score {
  experiment: string;
  valExactMatch: number;
  valMacroF1: number;
}

/** One epoch of a training; epochs count from 0, scores are in [0, 1]. */
export interface CurveEpoch {
  epoch: number;
  /** Mean binary cross-entropy of the epoch's training batches. */
  trainLoss: number;
  /** The loss of the validation rows after the epoch, where it was measured. */
  valLoss?: number;
  valExactMatch: number;
  valMacroF1: number;
  learningRate?: number;
}

/** One epoch of one experiment's training log. */
export interface CurvePoint extends CurveEpoch {
  experiment: string;
}
