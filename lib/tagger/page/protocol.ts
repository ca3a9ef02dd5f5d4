/** What the page and its worker say to each other. */
import type { LatLon } from "../../data/location";
import type { Modality } from "../../modalities";

/** A file of the encoder, the head's, or the runtime's, by its name in the page. */
export type Files = Record<string, ArrayBuffer>;

/** What is known about a photo besides its pixels. */
export interface Known {
  title: string;
  place: LatLon | null;
}

export interface About {
  /** The head's name, such as "linear-img-txt-loc". */
  head: string;
  modalities: Modality[];
  tags: string[];
  /** Whether the encoder can compare a photo with words. */
  readsTitles: boolean;
}

export interface Tagged {
  /** [tags] */
  probabilities: Float32Array;
  /** [tags] */
  logits: Float32Array;
  /** What each modality adds to each tag's logit, [tags] each; of a linear head only. */
  parts: Partial<Record<Modality, Float32Array>> | null;
}

/** How each tag's probability falls when one of side × side patches is covered: [patch][tag], row by row. */
export interface Occlusion {
  side: number;
  falls: Float32Array[];
}

/** What can be asked, and what is answered. */
export interface Actions {
  start(asked: { files: Files | null; base: string; quantised: boolean }): About;
  /** Decode and embed. `square` is what the encoder sees, uint8 [size, size, 3]; the place is where EXIF puts it. */
  open(asked: { id: number; photo: Blob }): {
    place: LatLon | null;
    square: Uint8Array;
    size: number;
  };
  tag(asked: { id: number } & Known): Tagged;
  occlude(asked: { id: number } & Known): Occlusion;
  /** The cosine of the photo's embedding with that of each text. */
  compare(asked: { id: number; texts: string[] }): number[];
}

export type Request = {
  [Name in keyof Actions]: { call: number; action: Name; asked: Parameters<Actions[Name]>[0] };
}[keyof Actions];

export type Reply = { call: number; answer: unknown } | { call: number; error: string };
