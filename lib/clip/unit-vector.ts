/** A vector divided by its length, as CLIP compares embeddings by direction alone; zeros stay zeros. A new array. */
export function unitVector(vector: ArrayLike<number>): number[] {
  const values = Array.from(vector);
  const length = Math.hypot(...values);
  return length > 0 ? values.map((value) => value / length) : values;
}
