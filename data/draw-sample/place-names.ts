import type { Random } from "../../lib/random";

/** Invented names that could stand on a map of Britain or Ireland, built from the usual elements of each language. */
const ENGLISH_FIRST = [
  "Ash",
  "Wen",
  "Stan",
  "Thorn",
  "Hart",
  "Black",
  "Brad",
  "Cold",
  "Mar",
  "Hazel",
  "Wool",
  "Whit",
  "Rush",
  "Hale",
  "Elm",
  "Oak",
  "Kings",
  "Bishops",
  "Swin",
  "Barn",
  "Crow",
  "Dun",
  "Fern",
  "Grim",
  "Holm",
  "Ket",
  "Lang",
  "Mel",
  "Nor",
  "Pen",
  "Quar",
  "Rad",
  "Shel",
  "Tad",
  "Upp",
  "Wal",
  "Win",
  "Wy",
  "Ever",
  "Chil",
  "Sut",
  "Eller",
  "Hawk",
  "Red",
  "Hethers",
];
const ENGLISH_LAST = [
  "combe",
  "bury",
  "ton",
  "ham",
  "ley",
  "ford",
  "wick",
  "worth",
  "den",
  "field",
  "bourne",
  "stead",
  "by",
  "thorpe",
  "well",
  "bridge",
  "hurst",
  "minster",
  "mere",
  "thwaite",
  "wold",
  "sett",
  "don",
  "cote",
  "brook",
];
const ENGLISH_BEFORE = [
  "Lower ",
  "Upper ",
  "Great ",
  "Little ",
  "North ",
  "South ",
  "Nether ",
  "Old ",
  "St ",
];
const ENGLISH_AFTER = [
  " Green",
  " Magna",
  " Parva",
  "-on-the-Hill",
  " St Mary",
  " Regis",
  "-by-Sea",
  " Heath",
  " Common",
  " Bank",
];
const WELSH_FIRST = [
  "Llan",
  "Aber",
  "Pen",
  "Tre",
  "Cwm",
  "Pont",
  "Nant",
  "Blaen",
  "Bryn",
  "Rhos",
  "Caer",
  "Bod",
  "Ty'n-y-",
  "Maes",
];
const WELSH_LAST = [
  "fair",
  "dewi",
  "gwyn",
  "rhyd",
  "celyn",
  "morfa",
  "teifi",
  "felin",
  "coed",
  "llyn",
  "eglwys",
  "gaer",
  "eirin",
  "-yr-afon",
  "gollen",
  "ddu",
  "heulog",
  "sarn",
  "pwll",
  "dŵr",
  "tân",
];
const GAELIC_FIRST = [
  "Bal",
  "Inver",
  "Kil",
  "Auchter",
  "Dun",
  "Strath",
  "Ach",
  "Ard",
  "Glen",
  "Drum",
  "Loch",
  "Kin",
  "Tom",
  "Craig",
  "Inch",
];
const GAELIC_LAST = [
  "more",
  "beg",
  "garry",
  "nan",
  "lochy",
  "craig",
  "fearn",
  "dour",
  "ruthven",
  "essan",
  "torran",
  "achan",
  "vaich",
  "ellan",
  "muir",
  "carron",
  "toul",
  "buie",
  "neuk",
];
const IRISH_FIRST = [
  "Bally",
  "Kil",
  "Carrick",
  "Drum",
  "Clon",
  "Knock",
  "Lis",
  "Derry",
  "Dún ",
  "Baile ",
  "Rath",
  "Gort",
  "Tully",
  "Cúl ",
];
const IRISH_LAST = [
  "more",
  "beg",
  "na",
  "garvan",
  "keel",
  "roe",
  "doon",
  "moyle",
  "shane",
  "keady",
  "rush",
  "gorm",
  "meel",
  "nagh",
  "Éanna",
  "bán",
];
const HILLS_GAELIC = ["Beinn", "Meall", "Càrn", "Sgùrr", "Creag", "Tom", "Stob"];
const HILL_WORDS = [
  "Dubh",
  "Mòr",
  "Bhàn",
  "a' Chaorainn",
  "Liath",
  "nan Gabhar",
  "Dearg",
  "an Eòin",
  "Odhar",
  "Breac",
  "Garbh",
];
const HILLS_WELSH = ["Moel", "Mynydd", "Carn", "Craig", "Foel", "Pen"];
const WELSH_HILL_WORDS = ["Fawr", "Ddu", "y Gwynt", "Goch", "Wen", "yr Ŵyn", "Hebog", "Las"];
const SAINTS = [
  "Mary",
  "John",
  "Peter",
  "Michael",
  "Andrew",
  "James",
  "Nicholas",
  "Margaret",
  "Cuthbert",
  "Helen",
  "Bridget",
  "Columba",
  "Tysilio",
];
const PEOPLE = [
  "Home",
  "Manor",
  "Church",
  "Hill",
  "Lodge",
  "Mill",
  "Grange",
  "Moor",
  "Park",
  "Wood",
  "Bank",
  "Court",
];
const CANALS = [
  "Staffordshire and Wenbury",
  "Kenmere and Avon",
  "Grand Midland",
  "Leighby and Liverton",
  "Trent and Marsey",
  "Oxbridge",
  "Peak Moor",
  "Rochcombe",
  "Shropton Union",
  "Lancastle",
  "Coventon",
  "Montgomeryham",
  "Forth and Carron",
  "Royal",
];
const RIVERS = [
  "Wen",
  "Ashe",
  "Tarrow",
  "Ellen",
  "Yarr",
  "Swale Beck",
  "Leam",
  "Thorne",
  "Afon Celyn",
  "Afon Ddu",
  "Garry Burn",
  "Marle",
  "Lune Water",
  "Esk",
];

/** "Bradcombe", "Lower Wenbury", "Llangwyn", "Inverfearn", "Ballykeel": mostly English, as Geograph's titles are. */
export function placeName(random: Random): string {
  const roll = random.uniform();
  if (roll < 0.1) return random.pick(WELSH_FIRST) + random.pick(WELSH_LAST);
  if (roll < 0.25) return random.pick(GAELIC_FIRST) + random.pick(GAELIC_LAST);
  if (roll < 0.28) return random.pick(IRISH_FIRST) + random.pick(IRISH_LAST);
  const name = random.pick(ENGLISH_FIRST) + random.pick(ENGLISH_LAST);
  const extra = random.uniform();
  if (extra < 0.14) return random.pick(ENGLISH_BEFORE) + name;
  return extra < 0.22 ? name + random.pick(ENGLISH_AFTER) : name;
}

/** "Beinn Dubh", "Moel Fawr", "Ashdon Fell". */
export function hillName(random: Random): string {
  const roll = random.uniform();
  if (roll < 0.35) return `${random.pick(HILLS_GAELIC)} ${random.pick(HILL_WORDS)}`;
  if (roll < 0.5) return `${random.pick(HILLS_WELSH)} ${random.pick(WELSH_HILL_WORDS)}`;
  const name = random.pick(ENGLISH_FIRST) + random.pick(["don", "", "den", "ley"]);
  return `${name} ${random.pick(["Hill", "Fell", "Pike", "Down", "Law", "Tor"])}`;
}

/** "B4077", "A38", "M6": motorways are rare. */
export function roadNumber(random: Random): string {
  const roll = random.uniform();
  if (roll < 0.06) return `M${1 + random.below(90)}`;
  return roll < 0.6
    ? `A${1 + random.below(random.uniform() < 0.4 ? 99 : 6999)}`
    : `B${1000 + random.below(8999)}`;
}

/**
 * Fills the slots of a phrase: {place}, {hill}, {road}, {saint}, {canal}, {river}, {farm} and {n} (a small number).
 * Throws for a slot it doesn't know.
 */
export function fillSlots(phrase: string, random: Random): string {
  return phrase.replace(/\{(\w+)\}/g, (_, slot: string) => {
    switch (slot) {
      case "place":
        return placeName(random);
      case "hill":
        return hillName(random);
      case "road":
        return roadNumber(random);
      case "saint":
        return `St ${random.pick(SAINTS)}'s`;
      case "canal":
        return `${random.pick(CANALS)} Canal`;
      case "river":
        return random.pick(RIVERS);
      case "farm":
        return `${random.uniform() < 0.5 ? random.pick(PEOPLE) : placeName(random)} Farm`;
      case "n":
        return String(1 + random.below(40));
      default:
        throw new Error(
          `fillSlots: unknown slot {${slot}} in "${phrase}"; see data/draw-sample/place-names.ts`,
        );
    }
  });
}
