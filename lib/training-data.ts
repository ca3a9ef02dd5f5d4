import type { Modality } from "./experiments";
import { tf, type Tensor2D } from "./tfjs";

/** The features of some rows, one tensor a modality: img [n, 512], txt [n, 512], loc [n, 2]. */
export type Features = Record<Modality, Tensor2D>;

/** What heads are trained and scored on. One split serves all experiments. */
export interface TrainingData {
  train: { features: Features; labels: Tensor2D };
  /** Validation labels are only ever compared with predictions, so they stay a plain array, row-major [rows, tags]. */
  validation: { features: Features; labels: Uint8Array };
  tags: number;
  /** A short hash of where features and labels come from: a saved head is reused only for equal data. */
  fingerprint: string;
}

/**
 * The chosen modalities of some rows side by side: [rows, inputs]. Without `rows` all of them. Only the rows asked for are
 * copied, so the large tensors of a dataset exist once, whatever the experiment.
 */
export function fuse(features: Features, modalities: readonly Modality[], rows?: Int32Array): Tensor2D {
  return tf.tidy(() => {
    const index = rows && tf.tensor1d(rows, "int32");
    const parts = modalities.map((modality) => (index ? tf.gather(features[modality], index) : features[modality]));
    return parts.length === 1 ? parts[0].clone() : tf.concat2d(parts, 1);
  });
}
