/** The stage that every drawing is given: the dice, the light of an hour and a season, and where the horizon is. */
import type { Random } from "../../../lib/random";
import { pickWeighted } from "../weighted";
import { lit, mix } from "./colour";

/** What a drawing may use: the dice, the light, and where the horizon is. */
export interface Stage {
  random: Random;
  mood: Mood;
  season: Season;
  /** y of the horizon, pixels. */
  horizon: number;
  /** y of the water's edge where the scene is by the sea, else the horizon. */
  shore: number;
  /** How far away the thing being drawn is: 0 near, 1 at the horizon. It fades colours towards the haze. */
  depth: number;
  /** Gradients and patterns of this scene. */
  defs: string[];
  /** A colour under this scene's light, at the current depth. */
  paint(colour: string): string;
  /** One colour of a list, painted. */
  paints(colours: readonly string[]): string;
  /** A vertical gradient as a fill; colours are taken as they are. */
  gradient(...colours: string[]): string;
  between(low: number, high: number): number;
  chance(probability: number): boolean;
}

/** A drawing in its own units (see pen.ts). */
export type Motif = (s: Stage) => string;

/** A time of day and weather: what colour the sky is, what light falls on things, what they fade to. */
export interface Mood {
  name: string;
  /** How often it comes up, against the others: clear and fair days are commonest. */
  weight: number;
  /** Sky colours from the zenith down to the horizon. */
  sky: readonly string[];
  haze: string;
  light: string;
  /** How much the haze hides at the horizon, 0..1. */
  fog: number;
  /** Fraction of the sky under cloud. */
  cloud: number;
  cloudColour: string;
  /** Windows glow. */
  glow: string;
  sun: string;
}

/** Colours of the growing things. */
export interface Season {
  name: string;
  weight: number;
  grass: readonly string[];
  leaf: readonly string[];
  fields: readonly string[];
  snow: boolean;
  bare: boolean;
}

// name, weight, sky from the zenith down, haze, light, fog, cloud, cloud colour, glow, sun
const MOODS: readonly Mood[] = `
  clear    6   #3f8fcc,#8cc3e4,#e3f1ee         #c8dfe8 #fffdf6 0.6  0.25 #ffffff #4d6478 #fffbe6
  clear    6   #4aa3cf,#a5d5e2,#f5edcf         #d9e2d4 #fff9ea 0.55 0.3  #fffaf0 #50687a #fff6cf
  fair     6   #5b93c4,#a9c9df,#e8eeec         #cfdde4 #fbfaf5 0.6  0.75 #fbfcfc #4d6070 #fffdf0
  fair     6   #6f9fbd,#b9d2da,#efead9         #d6ddd6 #fdf8ec 0.6  0.7  #fdf9f0 #4d6070 #fffdf0
  overcast 4   #8f9ea9,#b9c3c8,#dfe2df         #cbd2d3 #e6e9ea 0.65 1    #e8ebec #4a5560 #f4f4ee
  overcast 4   #7f92a1,#aab8be,#d5dad6         #bcc8ca #dde3e4 0.65 0.9  #d9dfe1 #46525d #eeeeea
  storm    2.5 #46566a,#7d8b97,#c9cbb9         #a5aeb0 #ced2cf 0.6  1    #5f6d7b #f3d58a #e8e8dc
  mist     3   #c2cdd1,#d7dddc,#ebe9e0         #e0e2dd #f0f0ea 0.85 0.3  #f3f3ee #66737b #fff8e0
  dawn     2.5 #7f97c8,#d9b9c4,#fbe3bf         #ecd2c4 #fbe9de 0.65 0.5  #fde7dc #f7dc9a #fff0c9
  dawn     2.5 #8fb0d0,#f0cdb8,#fdecc8         #f0d9c6 #fff0e0 0.65 0.4  #fff0e2 #6f6a76 #fff3d2
  golden   4   #4f97b3,#b9d3b9,#fbdf9d         #ecd9a8 #ffeccb 0.6  0.4  #fff1d3 #6b5f58 #fff0b0
  golden   4   #2f7f8f,#8fbfae,#f7e2a6         #dfd9ae #fdeecf 0.55 0.35 #fdf0cf #5c5a55 #fff2b8
  sunset   2.5 #3d4f86,#c4708a,#f6a25c,#fbd684 #e0a184 #dcb6ab 0.55 0.6  #f3a98d #ffdc86 #ffe9a8
  sunset   2.5 #31547c,#7d86a6,#ee9d6c,#fad08a #d9a98e #d8bab2 0.55 0.5  #eeb79d #ffdf8e #ffedb5
  dusk     1.5 #23304f,#4c5f8a,#a98aa3,#e8b59a #8e86a0 #8d93b3 0.55 0.3  #7c7fa3 #ffd36e #fdf6dd
`
  .trim()
  .split("\n")
  .map(readMood);

function readMood(row: string): Mood {
  const [name, weight, sky, haze, light, fog, cloud, cloudColour, glow, sun] = row
    .trim()
    .split(/ +/);
  return {
    name,
    weight: Number(weight),
    sky: sky.split(","),
    haze,
    light,
    fog: Number(fog),
    cloud: Number(cloud),
    cloudColour,
    glow,
    sun,
  };
}

const SEASONS: readonly Season[] = [
  {
    name: "spring",
    weight: 5,
    snow: false,
    bare: false,
    grass: ["#7fb55a", "#97c468", "#6aa150"],
    leaf: ["#5f9c48", "#7fb555", "#4c8a4a"],
    fields: ["#8fc060", "#b3cd70", "#ead94c", "#76a755", "#a5805a"],
  },
  {
    name: "summer",
    weight: 7,
    snow: false,
    bare: false,
    grass: ["#8aad50", "#a3bb5c", "#769a48"],
    leaf: ["#3d7844", "#578f4a", "#2f6641"],
    fields: ["#c9b55c", "#dcc877", "#8fae52", "#a8ba5d", "#7c9c48"],
  },
  {
    name: "autumn",
    weight: 4,
    snow: false,
    bare: false,
    grass: ["#a09e50", "#b3a658", "#8a9150"],
    leaf: ["#c06c2c", "#d6973a", "#8f5a2c", "#7d7a3c"],
    fields: ["#b08c55", "#caa45f", "#8f9b50", "#96764a"],
  },
  {
    name: "winter",
    weight: 2,
    snow: false,
    bare: true,
    grass: ["#8f9b68", "#a0a473", "#7e8d62"],
    leaf: ["#5e5046", "#6d5d4c", "#4c463f"],
    fields: ["#9a8a68", "#84925f", "#a39a74", "#7d6a50"],
  },
  {
    name: "snow",
    weight: 1,
    snow: true,
    bare: true,
    grass: ["#e6edf2", "#f1f5f7", "#d5e0e8"],
    leaf: ["#54504f", "#65605c", "#46484a"],
    fields: ["#eef3f6", "#dde7ed", "#e6e6e0", "#cfdbe3"],
  },
];

/** A stage with a mood and a season drawn from `random`, the horizon still in the middle. */
export function makeStage(random: Random): Stage {
  const weightOf = ({ weight }: { weight: number }): number => weight;
  const mood = pickWeighted(MOODS, weightOf, random);
  const season = pickWeighted(SEASONS, weightOf, random);
  const defs: string[] = [];
  const stage: Stage = {
    random,
    mood,
    season,
    defs,
    horizon: 112,
    shore: 112,
    depth: 0,
    paint: (colour) => mix(lit(colour, mood.light), mood.haze, stage.depth * mood.fog),
    paints: (colours) => stage.paint(random.pick(colours)),
    gradient: (...colours) => {
      const stops = colours.map(
        (c, i) => `<stop offset="${i / Math.max(1, colours.length - 1)}" stop-color="${c}"/>`,
      );
      defs.push(
        `<linearGradient id="g${defs.length}" x2="0" y2="1">${stops.join("")}</linearGradient>`,
      );
      return `url(#g${defs.length - 1})`;
    },
    between: (low, high) => low + (high - low) * random.uniform(),
    chance: (probability) => random.uniform() < probability,
  };
  return stage;
}
