/** How each of the 49 tags looks: where it is set, what covers its ground, and the things that stand for it. */
import * as bounds from "./bounds";
import * as civic from "./civic";
import * as farms from "./farms";
import * as houses from "./houses";
import * as nature from "./nature";
import * as people from "./people";
import * as plants from "./plants";
import * as shore from "./shore";
import * as signals from "./signals";
import * as sites from "./sites";
import * as sky from "./sky";
import type { Motif } from "./stage";
import * as ways from "./ways";
import * as works from "./works";

export type Setting = "sea" | "town" | "upland" | "plain" | "country";
export type Cover = "grass" | "fields" | "moor" | "heath" | "barren" | "paved" | "sand" | "mud";
/**
 * Where a motif goes, in drawing order: the whole background; in the sky; behind the ground; on the ground; a way in
 * perspective; standing in the middle distance; afloat; a way across the picture; in the foreground.
 */
export type Zone = "whole" | "sky" | "back" | "patch" | "line" | "mid" | "water" | "band" | "front";

export interface TagArt {
  /** Chance that the picture shows the tag at all: high for objective tags, low for matters of opinion. */
  seen: number;
  settings?: readonly Setting[];
  /** By the sea these have no effect: the shore is sand, mud or shingle. */
  covers?: readonly Cover[];
  /** [zone, motif, relative frequency]; an empty list means that setting and ground are all there is to see. */
  art: readonly (readonly [Zone, Motif, number])[];
}

/** Seen in nearly every picture that carries the tag; in most; in two of three. */
const OBJECTIVE = 0.95;
const USUAL = 0.86;
const VAGUE = 0.7;
const strata: Motif = (s) => nature.crag(s, true);
const nothing: Motif = () => "";

export const TAG_ART: Readonly<Record<string, TagArt>> = {
  "Energy infrastructure": {
    seen: OBJECTIVE,
    settings: ["country", "plain", "upland"],
    art: [
      ["mid", works.windTurbine, 4],
      ["mid", works.pylons, 3],
      ["mid", works.coolingTowers, 1.5],
      ["mid", works.solarPanels, 1.5],
      ["mid", works.substation, 1],
    ],
  },
  Coastal: {
    seen: OBJECTIVE,
    settings: ["sea"],
    covers: ["sand", "sand", "grass"],
    art: [
      ["patch", shore.headland, 5],
      ["mid", shore.lighthouse, 1],
      ["mid", shore.beachHuts, 1.5],
      ["patch", nothing, 1.5],
    ],
  },
  Lowlands: {
    seen: VAGUE,
    settings: ["country", "plain"],
    covers: ["fields", "fields", "grass"],
    art: [],
  },
  "Geological interest": {
    seen: USUAL,
    settings: ["upland", "country", "sea"],
    covers: ["barren", "grass"],
    art: [
      ["mid", strata, 4],
      ["mid", nature.columns, 2],
      ["mid", nature.erratic, 2],
      ["patch", nature.cliffs, 1],
    ],
  },
  "Historic sites and artefacts": {
    seen: VAGUE,
    art: [
      ["mid", civic.castle, 4],
      ["mid", civic.standingStones, 3],
      ["mid", civic.cross, 2],
      ["front", bounds.milestone, 1.5],
      ["mid", works.pump, 1],
      ["mid", civic.church, 1],
    ],
  },
  Uplands: { seen: USUAL, settings: ["upland"], covers: ["grass", "moor", "grass"], art: [] },
  Paths: { seen: USUAL, art: [["line", ways.path, 1]] },
  "Boundary, Barrier": {
    seen: USUAL,
    art: [
      ["band", bounds.wall, 4],
      ["band", bounds.fence, 2],
      ["front", bounds.milestone, 1],
    ],
  },
  "Sport, Leisure": {
    seen: USUAL,
    covers: ["grass"],
    art: [
      ["patch", people.pitch, 3],
      ["mid", people.golf, 2],
      ["mid", people.cricket, 2],
    ],
  },
  "Farm, Fishery, Market Gardening": {
    seen: USUAL,
    settings: ["country", "plain"],
    covers: ["fields", "grass", "grass"],
    art: [
      ["front", farms.sheep, 3],
      ["front", farms.cows, 2.5],
      ["mid", farms.tractor, 2],
      ["mid", farms.barn, 2],
      ["patch", farms.furrows, 3],
      ["mid", farms.hayBales, 2],
      ["mid", farms.allotments, 1],
      ["mid", farms.glasshouses, 0.7],
    ],
  },
  Grassland: {
    seen: VAGUE,
    settings: ["country", "plain", "upland"],
    covers: ["grass", "grass", "fields"],
    art: [
      ["front", plants.meadow, 2],
      ["front", nothing, 3],
      ["front", farms.sheep, 1],
    ],
  },
  "Rivers, Streams, Drainage": {
    seen: USUAL,
    settings: ["country", "plain", "upland", "town"],
    covers: ["grass"],
    art: [["line", ways.river, 1]],
  },
  "Village, Rural settlement": {
    seen: VAGUE,
    settings: ["country"],
    covers: ["grass"],
    art: [
      ["mid", houses.village, 4],
      ["mid", houses.cottage, 2],
    ],
  },
  "Housing, Dwellings": {
    seen: USUAL,
    settings: ["town", "country"],
    art: [
      ["mid", houses.detached, 2],
      ["mid", houses.terrace, 3],
      ["mid", houses.flats, 2],
      ["mid", houses.cottage, 2],
    ],
  },
  "Public buildings and spaces": {
    seen: USUAL,
    settings: ["town", "country"],
    covers: ["paved", "grass"],
    art: [
      ["mid", civic.townHall, 4],
      ["mid", civic.villageHall, 3],
    ],
  },
  "Religious sites": {
    seen: OBJECTIVE,
    covers: ["grass"],
    art: [
      ["mid", civic.church, 6],
      ["mid", civic.chapel, 2],
      ["mid", civic.dome, 0.7],
    ],
  },
  "Quarrying, Mining": {
    seen: USUAL,
    settings: ["country", "upland"],
    art: [
      ["patch", works.quarryFace, 4],
      ["mid", works.headframe, 2],
      ["mid", works.engineHouse, 2],
    ],
  },
  "Park and Public Gardens": {
    seen: USUAL,
    settings: ["country", "town"],
    covers: ["grass"],
    art: [
      ["mid", people.playground, 3],
      ["mid", people.bandstand, 2],
      ["front", people.bench, 2],
    ],
  },
  "Business, Retail, Services": {
    seen: USUAL,
    settings: ["town"],
    covers: ["paved"],
    art: [
      ["mid", houses.shop, 5],
      ["mid", houses.superstore, 2],
      ["mid", houses.pub, 2],
    ],
  },
  "Lakes, Wetland, Bog": {
    seen: USUAL,
    settings: ["country", "upland"],
    covers: ["grass", "moor"],
    art: [
      ["patch", nature.lake, 4],
      ["patch", nature.bogPools, 2],
    ],
  },
  "Suburb, Urban fringe": {
    seen: VAGUE,
    settings: ["country", "town"],
    covers: ["grass"],
    art: [
      ["mid", houses.suburb, 4],
      ["mid", houses.detached, 1],
      ["mid", houses.terrace, 1],
    ],
  },
  "Educational sites": {
    seen: USUAL,
    settings: ["town", "country"],
    covers: ["grass", "paved"],
    art: [["mid", civic.school, 1]],
  },
  "Wild Animals, Plants and Mushrooms": {
    seen: USUAL,
    covers: ["grass"],
    art: [
      ["whole", nature.bokeh, 5],
      ["front", nature.deer, 2],
    ],
  },
  Islands: { seen: USUAL, settings: ["sea"], art: [["patch", shore.island, 1]] },
  "Roads, Road transport": {
    seen: USUAL,
    art: [
      ["line", ways.road, 4],
      ["band", ways.busRoad, 1],
    ],
  },
  "Air transport": {
    seen: OBJECTIVE,
    settings: ["plain", "country"],
    covers: ["grass"],
    art: [
      ["sky", signals.airliner, 4],
      ["mid", signals.lightAircraft, 3],
      ["sky", signals.helicopter, 1],
    ],
  },
  "Country estates": {
    seen: USUAL,
    settings: ["country"],
    covers: ["grass"],
    art: [
      ["mid", civic.mansion, 4],
      ["front", civic.lodgeGates, 1],
    ],
  },
  "City, Town centre": {
    seen: USUAL,
    settings: ["town"],
    covers: ["paved"],
    art: [
      ["back", houses.cityBackdrop, 2],
      ["back", houses.streetBackdrop, 1],
    ],
  },
  Railways: {
    seen: OBJECTIVE,
    art: [
      ["line", ways.railway, 4],
      ["patch", ways.viaduct, 1],
    ],
  },
  "Derelict, Disused": {
    seen: USUAL,
    covers: ["grass"],
    art: [
      ["mid", sites.ruin, 3],
      ["mid", sites.wreck, 2],
    ],
  },
  "Health and social services": {
    seen: USUAL,
    settings: ["town", "country"],
    covers: ["paved", "grass"],
    art: [["mid", civic.hospital, 1]],
  },
  "Construction, Development": {
    seen: USUAL,
    settings: ["town", "country"],
    covers: ["barren"],
    art: [
      ["mid", sites.craneSite, 3],
      ["mid", sites.scaffold, 2],
    ],
  },
  "People, Events": {
    seen: USUAL,
    art: [
      ["front", people.crowd, 3],
      ["mid", people.fair, 2],
    ],
  },
  "Burial ground, Crematorium": {
    seen: OBJECTIVE,
    covers: ["grass"],
    art: [
      ["front", civic.graves, 3],
      ["front", civic.celticCross, 1],
    ],
  },
  "Woodland, Forest": {
    seen: USUAL,
    settings: ["country", "upland"],
    covers: ["grass"],
    art: [
      ["patch", plants.woodland, 3],
      ["whole", plants.insideWood, 2],
    ],
  },
  Industry: {
    seen: USUAL,
    settings: ["town", "country", "plain"],
    covers: ["paved", "grass"],
    art: [
      ["mid", works.factory, 3],
      ["mid", works.tanks, 2],
      ["mid", works.mill, 2],
    ],
  },
  Communications: {
    seen: USUAL,
    art: [
      ["front", signals.postBox, 3],
      ["front", signals.phoneBox, 2],
      ["mid", signals.mast, 3],
      ["mid", signals.poles, 1],
      ["mid", signals.dishes, 1],
    ],
  },
  "Water resources": {
    seen: USUAL,
    settings: ["country", "upland"],
    art: [
      ["patch", works.dam, 3],
      ["mid", works.waterTower, 2],
      ["mid", works.filterBeds, 1],
      ["mid", works.pump, 1.5],
    ],
  },
  "Air, Sky, Weather": { seen: USUAL, art: [["sky", sky.weather, 1]] },
  "Waste, Waste management": {
    seen: USUAL,
    settings: ["town", "country"],
    covers: ["paved", "grass", "barren"],
    art: [
      ["front", sites.bins, 3],
      ["mid", sites.landfill, 2],
      ["mid", works.filterBeds, 1],
    ],
  },
  "Heath, Scrub": { seen: USUAL, settings: ["country"], covers: ["heath"], art: [] },
  Canals: {
    seen: OBJECTIVE,
    settings: ["country", "country", "town"],
    covers: ["grass"],
    art: [
      ["line", ways.canal, 3],
      ["band", ways.canalSide, 3],
    ],
  },
  "Docks, Harbours": {
    seen: OBJECTIVE,
    settings: ["sea"],
    covers: ["paved", "sand"],
    art: [
      ["patch", shore.harbour, 4],
      ["water", shore.dockCranes, 2],
    ],
  },
  "Defence, Military": {
    seen: USUAL,
    covers: ["grass"],
    art: [
      ["mid", sites.pillbox, 3],
      ["mid", sites.nissenHuts, 2],
      ["mid", sites.tank, 1.5],
      ["mid", sites.fort, 1.5],
    ],
  },
  "Flat landscapes": {
    seen: VAGUE,
    settings: ["plain", "country"],
    covers: ["fields", "grass"],
    art: [],
  },
  "Estuary, Marine": {
    seen: USUAL,
    settings: ["sea"],
    covers: ["mud", "mud", "sand"],
    art: [
      ["patch", shore.mudflats, 3],
      ["water", shore.sailboat, 2],
    ],
  },
  Moorland: { seen: USUAL, settings: ["upland", "country"], covers: ["moor"], art: [] },
  "Rocks, Scree, Cliffs": {
    seen: USUAL,
    settings: ["upland", "sea"],
    art: [
      ["patch", nature.cliffs, 3],
      ["mid", nature.crag, 2],
    ],
  },
  "Barren Plateaux": {
    seen: VAGUE,
    settings: ["upland", "plain"],
    covers: ["barren", "barren", "moor"],
    art: [],
  },
};

/** Things that turn up in any picture without being tagged. */
export const DISTRACTORS: readonly (readonly [Zone, Motif, number])[] = [
  ["line", ways.road, 3],
  ["line", ways.path, 3],
  ["mid", houses.cottage, 3],
  ["mid", houses.detached, 2],
  ["band", bounds.fence, 2],
  ["band", bounds.wall, 1],
  ["front", farms.sheep, 1.5],
  ["mid", houses.village, 1.5],
  ["line", ways.river, 1.5],
  ["front", people.person, 1.5],
  ["mid", signals.poles, 1.5],
  ["mid", farms.barn, 1],
  ["front", houses.car, 1.5],
  ["mid", nature.crag, 0.7],
];
