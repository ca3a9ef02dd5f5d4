/** What the authors' submissions say without the true tags: how many tags they give, and how often two agree. */
import { readSubmission } from "./submission";

/** Photos that a submission gives this many tags. */
export interface TagsGiven {
  experiment: string;
  tags: number;
  images: number;
}

/** Photos to which two submissions give exactly the same tags. */
export interface Agreement {
  a: string;
  b: string;
  images: number;
}

export interface SubmissionEvidence {
  given: TagsGiven[];
  agreements: Agreement[];
}

/** A number for each photo, the same for the same tags: 49 tags are bits of one whole number. */
function tagSets(labels: Uint8Array, width: number): Float64Array {
  const keys = new Float64Array(labels.length / width);
  for (let row = 0; row < keys.length; row++)
    for (let tag = 0; tag < width; tag++) keys[row] = keys[row] * 2 + labels[row * width + tag];
  return keys;
}

/** Compare submissions `folder/<name>.csv.zip`. Throws if they are not about the same photos in the same order. */
export async function submissionEvidence(
  folder: string,
  names: readonly string[],
): Promise<SubmissionEvidence> {
  const given: TagsGiven[] = [];
  const agreements: Agreement[] = [];
  const seen: { name: string; keys: Float64Array }[] = [];
  let ids: Int32Array | null = null;
  for (const name of names) {
    const { labels, tagCols, ...submission } = await readSubmission(`${folder}/${name}.csv.zip`);
    const width = tagCols.length;
    if (width > 53) throw new Error(`${name}: ${width} tags; 53 fit a number`);
    if (ids && Buffer.compare(Buffer.from(ids.buffer), Buffer.from(submission.ids.buffer)) !== 0)
      throw new Error(`${folder}/${name}.csv.zip has other photos than ${names[0]}.csv.zip`);
    ids = submission.ids;
    const images: number[] = [];
    for (let start = 0; start < labels.length; start += width) {
      const tags = labels.subarray(start, start + width).reduce((sum, label) => sum + label, 0);
      images[tags] = (images[tags] ?? 0) + 1;
    }
    images.forEach((count, tags) => given.push({ experiment: name, tags, images: count }));
    const keys = tagSets(labels, width);
    for (const other of seen) {
      const same = keys.reduce((sum, key, row) => sum + (key === other.keys[row] ? 1 : 0), 0);
      agreements.push({ a: other.name, b: name, images: same });
    }
    seen.push({ name, keys });
  }
  return { given, agreements };
}
