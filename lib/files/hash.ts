/** Fingerprints of files: equal SHA-256, equal content. */
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";

/** SHA-256 of some content, in hexadecimal. */
export const sha256 = (content: string | Uint8Array): string =>
  createHash("sha256").update(content).digest("hex");

/** Add a file's bytes to a hash, a part at a time: it may be larger than memory. */
export async function hashFile(hash: Hash, file: string): Promise<void> {
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
}

/** SHA-256 of a file's content, in hexadecimal. Throws the system's error if it can't be read. */
export async function fileHash(file: string): Promise<string> {
  const hash = createHash("sha256");
  await hashFile(hash, file);
  return hash.digest("hex");
}
