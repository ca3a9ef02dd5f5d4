/** What an encoder's model card says of it: README.md begins with settings between two lines of dashes, as on the hub. */

/**
 * What is done to a title before it is split into tokens. "openai": what CLIP's own tokenizer does, see `cleanTitle`.
 * "lower": lower case, which SigLIP's titles were in training and not every copy of its tokenizer.json makes. "none":
 * nothing but what tokenizer.json says.
 */
export type TitleCleaning = "openai" | "lower" | "none";

/** Names the cleaning's rules; change it whenever their result changes, so that titles are embedded again. */
export const CLEANING_VERSIONS: Record<TitleCleaning, string> = {
  openai: "openai-ftfy-6.3",
  lower: "lower",
  none: "none",
};

/**
 * What the line `title_cleaning:` of a model card says: none, lower or openai; without one, `otherwise`. (All CLIPs on the
 * hub were trained with OpenAI's cleaning or a copy of it.) Throws for another value; `file` lies beside the card.
 */
export function titleCleaningOf(
  modelCard: string,
  otherwise: TitleCleaning,
  file: string,
): TitleCleaning {
  const settings = /^---\r?\n(.*?)\r?\n---\r?$/ms.exec(modelCard);
  if (!settings || settings.index !== 0) return otherwise;
  const value = /^title_cleaning:\s*["']?([^"'\s#]*)/m.exec(settings[1])?.[1] ?? otherwise;
  if (Object.hasOwn(CLEANING_VERSIONS, value)) return value as TitleCleaning;
  const known = Object.keys(CLEANING_VERSIONS).join(", ");
  const card = file.replace(/[^/\\]+$/, "README.md");
  throw new Error(`${card}: title_cleaning is "${value}", and must be one of ${known}`);
}
