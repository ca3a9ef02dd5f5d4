/** The page: what is given to it goes to the worker, what comes back is shown. */
import { Card, type Given } from "./card";
import { connect } from "./connect";
import { csvOf } from "./csv";
import type { About, Files } from "./protocol";

/** The worker's code, put in when the page is made. */
declare const WORKER: string;

const $ = <T extends HTMLElement>(selector: string): T => document.querySelector<T>(selector)!;
const say = (text: string): void => void ($("#status").textContent = text);
const ask = connect(WORKER, (why) => say(`The tagger broke down: ${why}. Load the page again.`));
const cards: Card[] = [];
let about: About;
let added = 0;

/** The text of a block of the page, which is then let go. */
function takeText(block: Element): string {
  const text = block.textContent?.trim() ?? "";
  block.remove();
  return text;
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64);
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** The files that are in the page itself, gzipped; null if it lies in a folder with them. */
async function takeFiles(): Promise<Files | null> {
  const blocks = [...document.querySelectorAll<HTMLElement>("script[data-file]")];
  if (blocks.length === 0) return null;
  const entries = blocks.map(async (block): Promise<[string, ArrayBuffer]> => {
    const stream = new Blob([bytesOf(takeText(block))]).stream();
    const unzipped = stream.pipeThrough(new DecompressionStream("gzip"));
    return [block.dataset.file!, await new Response(unzipped).arrayBuffer()];
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** A drawing with what is known of it, as writeTagger puts it in. */
interface Example extends Required<Omit<Given, "photo">> {
  jpeg: string;
}

function offerExamples(): void {
  const block = document.querySelector("script[data-examples]");
  if (!block) return;
  for (const { jpeg, ...known } of JSON.parse(takeText(block)) as Example[]) {
    const button = document.createElement("button");
    button.type = "button";
    const image = document.createElement("img");
    const photo = new Blob([bytesOf(jpeg)], { type: "image/jpeg" });
    image.src = URL.createObjectURL(photo);
    image.alt = `Tag the drawing ${known.title || known.name}`;
    button.append(image);
    button.onclick = () => add({ ...known, photo });
    $("#examples .examples").append(button);
  }
  $("#examples").hidden = false;
}

function add(given: Given): void {
  const card = new Card(added++, given, about, ask, $<HTMLTemplateElement>("#card"), refresh);
  cards.push(card);
  $("#photos").prepend(card.element);
  say(`Reading ${given.name} …`);
}

function take(files: Iterable<File>): void {
  const all = [...files];
  for (const photo of all) add({ name: photo.name, photo });
}

/** After each change: the table of results, and what a screen reader is told. */
function refresh(said = ""): void {
  const results = cards
    .filter((card) => card.element.isConnected)
    .flatMap(({ result }) => (result ? [result] : []));
  $("#results").hidden = results.length === 0;
  $<HTMLTextAreaElement>("#text").value = csvOf(results, about.tags);
  if (said) say(said);
}

function download(): void {
  const link = document.createElement("a");
  const csv = new Blob([$<HTMLTextAreaElement>("#text").value], { type: "text/csv" });
  link.href = URL.createObjectURL(csv);
  link.download = "tags.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

async function compare(): Promise<void> {
  const words = $<HTMLInputElement>("#words").value.trim();
  if (words === "") return;
  for (const card of cards) await card.compare(words);
}

function listen(): void {
  const zone = $("#drop");
  document.ondragover = (event) => {
    event.preventDefault();
    zone.classList.add("over");
  };
  document.ondragleave = () => zone.classList.remove("over");
  document.ondrop = (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    take(event.dataTransfer?.files ?? []);
  };
  document.onpaste = (event) => take(event.clipboardData?.files ?? []);
  const choose = $<HTMLInputElement>("#choose");
  choose.onchange = () => {
    take(choose.files ?? []);
    choose.value = "";
  };
  $("#download").onclick = download;
  $("#compare").onclick = () => void compare();
  $("#words").onkeydown = ({ key }) => void (key === "Enter" && compare());
}

async function start(): Promise<void> {
  const files = await takeFiles();
  const transfer = files ? Object.values(files) : [];
  const quantised = document.body.dataset.quantised === "true";
  about = await ask("start", { files, base: document.baseURI, quantised }, transfer);
  $("#head").textContent = about.head;
  $("#own").hidden = !about.readsTitles;
  offerExamples();
  listen();
  say("Ready.");
  document.body.dataset.ready = "true";
}

start().catch((error: Error) => {
  document.body.dataset.failed = error.message;
  say(`The tagger could not start: ${error.message}`);
});
