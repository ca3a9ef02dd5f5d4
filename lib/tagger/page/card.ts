/** One photo on the page: what is known of it, its tags, and why. */
import { isNearIsles, parseGridReference, toLatLon, type LatLon } from "../../data/location";
import type { Modality } from "../../modalities";
import { decide } from "../../score/decide";
import type { Ask } from "./connect";
import type { Result } from "./csv";
import type { About, Known, Occlusion, Tagged } from "./protocol";
import { percent, placeInWords, signed, whereInWords } from "./words";

/** What a card starts from: a file, and of a drawn example also what is known and true. */
export interface Given {
  name: string;
  photo: Blob;
  title?: string;
  reference?: string;
  /** Its true tags. */
  truth?: string[];
}

const names: Record<Modality, string> = { img: "photo", txt: "title", loc: "place" };
/** Tags that are listed before "Show all tags" is pressed. */
const LISTED = 8;
/** A heat map's strongest colour stands for a fall of at least this much. */
const STRONGEST = 0.02;
/** Milliseconds that one may pause while typing before the bars move. */
const PAUSE = 120;

/** The longitude and latitude of a point of the map, as its SVG's own coordinates give them. */
function placeOnMap(map: SVGSVGElement, event: MouseEvent): LatLon {
  const point = new DOMPoint(event.clientX, event.clientY);
  const { x, y } = point.matrixTransform(map.getScreenCTM()!.inverse());
  return { lat: -y, lon: x / Number(map.dataset.squeeze) };
}

export class Card {
  readonly element: HTMLElement;
  /** Settles when the photo has been read and tagged, or could not be. */
  readonly ready: Promise<void>;
  private title: string;
  private place: LatLon | null = null;
  private tagged: Tagged | undefined;
  private chosen: number | undefined;
  private map: Occlusion | undefined;
  private showsAll = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts changes, so that an answer to an earlier question is not shown. */
  private version = 0;

  constructor(
    private readonly id: number,
    private readonly given: Given,
    private readonly about: About,
    private readonly ask: Ask,
    template: HTMLTemplateElement,
    private readonly onChange: (said?: string) => void,
  ) {
    this.element = (template.content.firstElementChild as HTMLElement).cloneNode(
      true,
    ) as HTMLElement;
    this.title = given.title ?? "";
    this.fill();
    this.ready = this.read();
  }

  /** What there is to write into a table; nothing as long as the photo is not tagged. */
  get result(): Result | undefined {
    if (!this.tagged) return undefined;
    const { title, place } = this;
    const given = this.givenTags().map((tag) => this.about.tags[tag]);
    return { file: this.given.name, title, place, given, probabilities: this.tagged.probabilities };
  }

  /** How near the photo is to some words, beside its nearness to the tags' own names. */
  async compare(words: string): Promise<void> {
    if (!this.tagged) return;
    const { tags } = this.about;
    const [own, ...others] = await this.ask("compare", { id: this.id, texts: [words, ...tags] });
    const nearer = others.filter((cosine) => cosine > own).length;
    this.part(".words").textContent =
      `“${words}” has a cosine of ${own.toFixed(3)} with this photo: nearer than the names of ` +
      `${tags.length - nearer} of the ${tags.length} tags.`;
  }

  private part<T extends HTMLElement = HTMLElement>(selector: string): T {
    return this.element.querySelector<T>(selector)!;
  }

  private fill(): void {
    const { given, about, element } = this;
    this.part("h2").textContent = given.name;
    this.part(".photo").setAttribute("aria-label", `What the encoder sees of ${given.name}`);
    if (given.truth) this.part(".truth").textContent = `Drawn to show: ${given.truth.join(" · ")}`;
    const title = this.part<HTMLInputElement>(".title input");
    title.value = this.title;
    title.oninput = () => this.change(() => (this.title = title.value));
    this.part(".title").hidden = !about.modalities.includes("txt");
    this.part(".place").hidden = !about.modalities.includes("loc");
    const reference = this.part<HTMLInputElement>(".place input");
    reference.value = given.reference ?? "";
    reference.oninput = () => this.change(() => this.placeFrom(reference.value));
    if (given.reference) this.placeFrom(given.reference);
    const map = element.querySelector("svg")!;
    map.onclick = (event) => {
      reference.value = "";
      this.change(() => this.placeAt(placeOnMap(map, event), "chosen on the map"));
    };
    this.part(".remove").onclick = () => {
      element.remove();
      this.onChange(`${given.name} was removed.`);
    };
    this.part(".more").onclick = () => {
      this.showsAll = !this.showsAll;
      this.show();
    };
  }

  /** From a grid reference as it is being typed. */
  private placeFrom(reference: string): void {
    if (reference.trim() === "") return this.placeAt(null, "");
    try {
      this.placeAt(toLatLon(parseGridReference(reference)), "the centre of this square");
    } catch (error) {
      this.placeAt(null, (error as Error).message);
    }
  }

  private placeAt(place: LatLon | null, said: string): void {
    const outside = place !== null && !isNearIsles(place.lat, place.lon);
    this.place = outside ? null : place;
    this.part(".where").textContent = outside
      ? `${placeInWords(place)} is not in the British Isles: the place is left out`
      : place
        ? `${placeInWords(place)}, ${said}`
        : said;
    const dot = this.element.querySelector("circle")!;
    dot.toggleAttribute("hidden", this.place === null);
    if (!this.place) return;
    const squeeze = Number(this.element.querySelector("svg")!.dataset.squeeze);
    dot.setAttribute("cx", String(this.place.lon * squeeze));
    dot.setAttribute("cy", String(-this.place.lat));
  }

  private change(by: () => void): void {
    by();
    this.version++;
    this.map = undefined;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.tag(), PAUSE);
  }

  private async read(): Promise<void> {
    const { id, given } = this;
    try {
      const { place, square, size } = await this.ask("open", { id, photo: given.photo });
      this.drawPhoto(square, size);
      if (place && !this.place && this.about.modalities.includes("loc"))
        this.placeAt(place, "where its EXIF says it was taken");
      await this.tag();
    } catch (error) {
      this.part(".error").textContent =
        `${given.name} could not be read: ${(error as Error).message}`;
      this.part(".known").classList.add("unread");
      this.part(".more").hidden = true;
      this.onChange(`${given.name} could not be read.`);
    }
  }

  /** The square that the encoder sees: uint8 [size, size, 3]. */
  private drawPhoto(square: Uint8Array, size: number): void {
    const canvas = this.part<HTMLCanvasElement>(".photo");
    canvas.width = size;
    canvas.height = size;
    const picture = new ImageData(size, size);
    for (let pixel = 0; pixel < size * size; pixel++) {
      for (let c = 0; c < 3; c++) picture.data[pixel * 4 + c] = square[pixel * 3 + c];
      picture.data[pixel * 4 + 3] = 255;
    }
    canvas.getContext("2d")!.putImageData(picture, 0, 0);
  }

  private get known(): { id: number } & Known {
    return { id: this.id, title: this.title, place: this.place };
  }

  private async tag(): Promise<void> {
    const { version } = this;
    const tagged = await this.ask("tag", this.known);
    if (version !== this.version) return;
    this.tagged = tagged;
    this.show();
    if (this.chosen !== undefined) void this.explain(this.chosen);
    const said = this.givenTags().map(
      (tag) => `${this.about.tags[tag]} ${percent(tagged.probabilities[tag])}`,
    );
    this.onChange(`${this.given.name}: ${said.join(", ")}.`);
  }

  /** By the paper's rule, the likeliest first. */
  private givenTags(): number[] {
    const { probabilities } = this.tagged!;
    const given = decide(probabilities, { tags: this.about.tags.length });
    return this.order().filter((tag) => given[tag] === 1);
  }

  private order(): number[] {
    const { probabilities } = this.tagged!;
    return [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a]);
  }

  private show(): void {
    const given = new Set(this.givenTags());
    const listed = this.showsAll ? this.about.tags.length : Math.max(LISTED, given.size);
    const focused = this.part(".tags").contains(document.activeElement)
      ? (document.activeElement as HTMLElement).textContent
      : null;
    const items = this.order()
      .slice(0, listed)
      .map((tag) => this.item(tag, given.has(tag)));
    this.part(".tags").replaceChildren(...items);
    for (const button of this.part(".tags").querySelectorAll("button"))
      if (button.textContent === focused) button.focus();
    this.part(".more").textContent = this.showsAll ? "Show fewer tags" : "Show all tags";
  }

  private item(tag: number, isGiven: boolean): HTMLLIElement {
    const { tags } = this.about;
    const probability = this.tagged!.probabilities[tag];
    const item = document.createElement("li");
    item.classList.toggle("given", isGiven);
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = tags[tag];
    button.setAttribute("aria-pressed", String(this.chosen === tag));
    button.title = "What speaks for it?";
    button.onclick = () => void this.explain(tag);
    const bar = document.createElement("div");
    bar.className = "bar";
    bar.append(document.createElement("i"));
    (bar.firstChild as HTMLElement).style.width = `${100 * probability}%`;
    const value = document.createElement("span");
    value.textContent = percent(probability);
    item.append(button, bar, value);
    return item;
  }

  /** What in the photo, and what besides it, speaks for a tag. */
  private async explain(tag: number): Promise<void> {
    this.chosen = tag;
    this.show();
    this.addUp(tag);
    if (!this.about.modalities.includes("img")) return;
    const { version } = this;
    if (!this.map) this.part(".heat").textContent = "Covering the photo patch by patch …";
    const map = (this.map ??= await this.ask("occlude", this.known));
    if (version !== this.version || this.chosen !== tag) return;
    this.drawHeat(map, tag);
  }

  /** For a linear head: how photo, title and place add up to the logit. */
  private addUp(tag: number): void {
    const { logits, probabilities, parts } = this.tagged!;
    const { tags } = this.about;
    if (!parts) {
      this.part(".why").textContent =
        "This head is an MLP: what photo, title and place add can't be told apart.";
      return;
    }
    const shares = Object.entries(parts).map(([modality, part]): [string, number] => [
      names[modality as Modality],
      part[tag],
    ]);
    const constant = logits[tag] - shares.reduce((sum, [, share]) => sum + share, 0);
    const table = document.createElement("table");
    table.createCaption().textContent = `How the logit of ${tags[tag]} adds up`;
    const body = table.createTBody();
    for (const [name, value] of [
      ...shares,
      ["constant", constant],
      ["logit", logits[tag]],
    ] as const) {
      const row = body.insertRow();
      const head = document.createElement("th");
      head.scope = "row";
      head.textContent =
        name === "logit" ? `logit, a probability of ${percent(probabilities[tag])}` : name;
      row.append(head);
      row.insertCell().textContent = signed(value);
    }
    this.part(".why").replaceChildren(table);
  }

  private drawHeat({ side, falls }: Occlusion, tag: number): void {
    const canvas = this.part<HTMLCanvasElement>(".patches");
    canvas.width = side;
    canvas.height = side;
    const context = canvas.getContext("2d")!;
    const most = Math.max(STRONGEST, ...falls.map((fall) => Math.abs(fall[tag])));
    falls.forEach((fall, patch) => {
      const strength = fall[tag] / most;
      const colour = strength > 0 ? "213 94 0" : "0 114 178";
      context.fillStyle = `rgb(${colour} / ${0.75 * Math.abs(strength)})`;
      context.fillRect(patch % side, Math.floor(patch / side), 1, 1);
    });
    const strongest = falls.reduce((best, fall, i) => (fall[tag] > falls[best][tag] ? i : best), 0);
    const before = this.tagged!.probabilities[tag];
    const fall = falls[strongest][tag];
    this.part(".heat").textContent =
      fall > 0
        ? `${this.about.tags[tag]}: covering the ${whereInWords(strongest, side)} of the photo lowers its probability ` +
          `most, from ${percent(before)} to ${percent(before - fall)}. Orange speaks for it, blue against it.`
        : `${this.about.tags[tag]}: nothing in the photo speaks for it, no patch's covering lowers its probability.`;
  }
}
