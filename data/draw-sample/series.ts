/**
 * Who took the photos, and where. Contributors go out from home and come back with a series: photos of one theme with
 * neighbouring ids, taken within a walk of each other, where the theme is at home. So photos of the same contributor,
 * of neighbouring ids and of nearby squares are alike, as they are on Geograph.
 */
import { toLatLon } from "../../lib/data/location";
import type { GridPoint, LatLon } from "../../lib/data/location";
import type { Random } from "../../lib/random";
import { distance, placesOf, suitability } from "./geography";
import type { Where } from "./geography";
import { isOnItsLand } from "./places";
import { pickWeighted, weightedIndex } from "./weighted";

/** A photo's place and contributor. */
export interface Taken {
  square: GridPoint;
  user: number;
}

/** A series is found among so many photos that follow each other. */
const WINDOW = 60;
/** Chance that a series goes on after each photo: three to four photos on average, if as many share the theme. */
const GOES_ON = 0.7;
/** Kilometres from the middle of a series (standard deviation in each direction). */
const WALK = 0.8;
/** Photos for each contributor, on average; the most active take far more. */
const PHOTOS_PER_USER = 25;
/** Kilometres from home over which a contributor's interest falls to a third, and the interest in all that is farther. */
const HOME = 25;
const FAR = 0.005;
/** Kinds of places that a photo taken there is tagged for, and how much rarer it is there if it is not. */
const TELLING: readonly Where[] = ["sea", "islands", "uplands", "centres"];
const UNSAID = 0.8;

/**
 * Place and contributor of each photo. `tags` are the photos' tags by name, in the order of their ids; `squares` is where
 * each would be if tags did not matter: a series goes to one of these. `strength`, 0 to 1, is the share of the photos of a
 * tag that is wholly bound to its places that are drawn from there; the others are drawn from everywhere.
 */
export function takePhotos(
  tags: readonly (readonly string[])[],
  squares: readonly GridPoint[],
  strength: number,
  random: Random,
): Taken[] {
  const places = squares.map(toLatLon);
  const densityOf = photoDensity(places, strength);
  const users = Array.from({ length: Math.ceil(squares.length / PHOTOS_PER_USER) }, (_, i) => ({
    id: i + 1,
    home: random.pick(places),
    activity: 1 / (i + 3),
  }));
  const taken = new Array<Taken>(squares.length);
  for (const members of drawSeries(tags.map(themeOf), random)) {
    const middle = weightedIndex(densityOf(tags[members[0]]), random);
    const user = pickWeighted(
      users,
      ({ home, activity }) => activity * (FAR + Math.exp(-distance(home, places[middle]) / HOME)),
      random,
    );
    for (const [i, photo] of members.entries()) {
      const square = i === 0 ? squares[middle] : nearby(squares[middle], random);
      taken[photo] = { square, user: user.id };
    }
  }
  return taken;
}

/**
 * How likely a photo with these tags is taken at each of the places, against a photo of anything. A tag's share is a
 * mixture of "anywhere" and "where it is at home"; who stands by the sea, in the hills or in the middle of a city and has
 * no tag for it is rarer there.
 */
function photoDensity(
  places: readonly LatLon[],
  strength: number,
): (tags: readonly string[]) => Float64Array {
  const suits = places.map(suitability);
  const drawnTo = (tag: string): number[] => {
    const { where, pull } = placesOf(tag);
    const best = suits.map((suit) => Math.max(0, ...where.map((kind) => suit[kind])));
    const mean = best.reduce((sum, suit) => sum + suit, 0) / best.length;
    const share = mean > 0 ? strength * pull : 0; // no such place: anywhere
    return best.map((suit) => 1 - share + (share * suit) / (mean || 1));
  };
  const avoiding = TELLING.map((kind) => ({
    kind,
    rarer: suits.map((suit) => 1 - strength * UNSAID * suit[kind]),
  }));
  const known = new Map<string, number[]>();
  return (tags) => {
    const density = new Float64Array(places.length).fill(1);
    const times = (factor: readonly number[]): void => {
      for (let i = 0; i < density.length; i++) density[i] *= factor[i];
    };
    for (const tag of tags) {
      if (!known.has(tag)) known.set(tag, drawnTo(tag));
      times(known.get(tag)!);
    }
    const said = tags.flatMap((tag) => placesOf(tag).where);
    for (const { kind, rarer } of avoiding) if (!said.includes(kind)) times(rarer);
    return density;
  };
}

/** What a photo is of: the tag that is most bound to its places, the first of equals. */
function themeOf(tags: readonly string[]): string {
  return tags.reduce((theme, tag) => (placesOf(tag).pull > placesOf(theme).pull ? tag : theme));
}

/** Series of photos of one theme: lists of indices, ascending; each photo is in one. */
function drawSeries(themes: readonly string[], random: Random): number[][] {
  const free = themes.map(() => true);
  return themes.flatMap((theme, first) => {
    const series: number[] = [];
    const end = Math.min(first + WINDOW, themes.length);
    for (let photo = first; photo < end && free[first]; photo++) {
      if (!free[photo] || themes[photo] !== theme) continue;
      series.push(photo);
      if (random.uniform() > GOES_ON) break;
    }
    for (const photo of series) free[photo] = false;
    return series.length > 0 ? [series] : [];
  });
}

/** The middle of a square within a walk, on the same land if one is found in a few tries, else the same square. */
function nearby(square: GridPoint, random: Random): GridPoint {
  const step = (): number => Math.round(random.normal() * WALK) * 1000;
  for (let tries = 0; tries < 20; tries++) {
    const { grid, easting, northing } = square;
    const found = { grid, easting: easting + step(), northing: northing + step() };
    if (found.easting > 0 && found.northing > 0 && isOnItsLand(found)) return found;
  }
  return square;
}
