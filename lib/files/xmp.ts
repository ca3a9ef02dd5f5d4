/**
 * Keywords in XMP sidecars: small XML files beside a photo, in which darktable, digiKam, Lightroom and others keep what
 * they know of it (ISO 16684-1). The photo itself is never written to.
 */
import { DOMParser, XMLSerializer, type Document, type Element } from "@xmldom/xmldom";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { writeFileAtomic } from "./atomic";

/** XML namespaces of XMP's frame and of Dublin Core, which has `subject`: an unordered list of keywords. */
const RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const DC = "http://purl.org/dc/elements/1.1/";

const EMPTY = `<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="${RDF}">
  <rdf:Description rdf:about="" xmlns:dc="${DC}"/>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
`;

/**
 * How a sidecar is named after "photo.jpg": darktable and digiKam append, Adobe's programs replace the ending (and read
 * sidecars of raw files only, not of JPEGs). In Adobe's way "photo.jpg" and "photo.png" share one.
 */
export type SidecarNames = "photo.jpg.xmp" | "photo.xmp";

/** Where a photo's sidecar is. */
export function sidecarPath(photo: string, names: SidecarNames = "photo.jpg.xmp"): string {
  return names === "photo.jpg.xmp" ? `${photo}.xmp` : `${photo.replace(/\.[^./\\]*$/, "")}.xmp`;
}

function parse(xmp: string, file: string): { document: Document; root: Element } {
  const refuse = (why: string): never => {
    throw new Error(`${file} is left as it is: ${why}. Move it away to have a new one written`);
  };
  let document: Document | undefined;
  let trouble = "";
  try {
    const onError = (_level: string, message: string): never => {
      trouble ||= message.split("\n")[0];
      throw new Error(message);
    };
    document = new DOMParser({ onError }).parseFromString(xmp.replace(/^\ufeff/, ""), "text/xml");
  } catch {
    refuse(`it is no well-formed XML (${trouble})`);
  }
  const root = document!.getElementsByTagNameNS(RDF, "RDF").item(0);
  return { document: document!, root: root ?? refuse("it is XML, but not XMP") };
}

const childrenOf = (parent: Element, namespace: string, name?: string): Element[] =>
  Array.from(parent.childNodes).filter(
    (node): node is Element =>
      node.nodeType === node.ELEMENT_NODE &&
      (node as Element).namespaceURI === namespace &&
      (name === undefined || (node as Element).localName === name),
  );

/** The list elements (rdf:Bag, by the standard; some write rdf:Seq) that hold keywords, and the keywords. */
function subjectOf(root: Element): { lists: Element[]; keywords: string[] } {
  const lists = childrenOf(root, RDF, "Description")
    .flatMap((description) => childrenOf(description, DC, "subject"))
    .flatMap((subject) => childrenOf(subject, RDF));
  const keywords = lists
    .flatMap((list) => childrenOf(list, RDF, "li"))
    .map((item) => (item.textContent ?? "").trim());
  return { lists, keywords };
}

/** The keywords (`dc:subject`) of an XMP text, in their order. Throws, naming the file, if it is no XMP. */
export function keywordsIn(xmp: string, file: string): string[] {
  return subjectOf(parse(xmp, file).root).keywords;
}

/**
 * An XMP text with keywords added to those it has; everything else in it stays. Without a text (null) it is a new one.
 * Keywords that are there already are not added again. Throws, naming the file, if it is no XMP.
 */
export function addKeywords(xmp: string | null, keywords: readonly string[], file: string): string {
  const { document, root } = parse(xmp ?? EMPTY, file);
  const { lists, keywords: there } = subjectOf(root);
  const added = [...new Set(keywords)].filter((keyword) => !there.includes(keyword));
  if (added.length === 0) return xmp ?? EMPTY;
  const append = (parent: Element, namespace: string, name: string): Element =>
    parent.appendChild(document.createElementNS(namespace, name)) as Element;
  const makeList = (): Element => {
    const description =
      childrenOf(root, RDF, "Description")[0] ?? append(root, RDF, "rdf:Description");
    if (!description.hasAttributeNS(RDF, "about")) description.setAttributeNS(RDF, "rdf:about", "");
    const subject =
      childrenOf(description, DC, "subject")[0] ?? append(description, DC, "dc:subject");
    return append(subject, RDF, "rdf:Bag");
  };
  const list = lists[0] ?? makeList();
  for (const keyword of added) append(list, RDF, "rdf:li").textContent = keyword;
  return new XMLSerializer().serializeToString(document);
}

/** What became of a sidecar. */
export interface WrittenSidecar {
  path: string;
  /** Keywords that were not there before, and those that were. */
  added: string[];
  kept: string[];
}

/**
 * Add keywords to a photo's sidecar, or make one. What an existing sidecar holds is kept; one that is no XMP is left
 * alone, and the error says so. The photo's file is not touched.
 */
export async function writeSidecar(
  photo: string,
  keywords: readonly string[],
  names?: SidecarNames,
): Promise<WrittenSidecar> {
  const path = sidecarPath(photo, names);
  const before = existsSync(path) ? await readFile(path, "utf8") : null;
  const kept = before === null ? [] : keywordsIn(before, path);
  const added = [...new Set(keywords)].filter((keyword) => !kept.includes(keyword));
  if (added.length > 0) await writeFileAtomic(path, addKeywords(before, added, path));
  return { path, added, kept };
}
