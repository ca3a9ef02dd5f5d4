/**
 * What people write about each tag: whole phrases (with slots, see `fillSlots`) and short nouns to join to another
 * phrase. Objective tags have words of their own; vague ones share theirs with their neighbours, as in real titles.
 */
export interface TagWords {
  phrases: readonly string[];
  nouns: readonly string[];
}

const split = (phrases: string, nouns: string): TagWords => ({
  phrases: phrases.split("|"),
  nouns: nouns.split("|"),
});

export const TAG_WORDS: Readonly<Record<string, TagWords>> = {
  "Energy infrastructure": split(
    "Wind turbines above {place}|Pylons crossing {farm}|{place} power station|Electricity substation, {place}|" +
      "Cooling towers at {place}|Solar farm near {place}|Wind farm on {hill}|Power lines at {place}|" +
      "Gas compressor station near {place}",
    "pylons|wind turbine|power lines|solar panels|substation",
  ),
  Coastal: split(
    "{place} Bay|The beach at {place}|Cliffs near {place}|Coast at {place}|{place} Head|" +
      "Lighthouse, {place} Point|Sandy beach near {place}|Shoreline at {place}|Beach huts, {place}|" +
      "Waves at {place} Sands",
    "beach|headland|sea cliffs|the shore|coast path",
  ),
  Lowlands: split(
    "Farmland near {place}|Fields at {place}|View across the vale to {place}|Low ground near {place}|" +
      "Countryside at {place}|Arable land by {farm}|Vale of {place}",
    "fields|farmland|low hills|the vale",
  ),
  "Geological interest": split(
    "Rock strata at {place}|Basalt columns, {place}|Glacial erratic near {hill}|Folded rocks, {place} Bay|" +
      "Limestone pavement above {place}|Geological fault, {place}|Sandstone outcrop, {hill}|" +
      "Fossil bed near {place}",
    "rock strata|erratic boulder|sandstone outcrop|limestone pavement",
  ),
  "Historic sites and artefacts": split(
    "{place} Castle|Standing stone near {place}|Stone circle, {hill}|Old milestone by the {road}|" +
      "{place} market cross|Site of a medieval village, {place}|Remains of {place} Abbey|Hill fort on {hill}|" +
      "Old pump, {place}|Grade II listed, {place}",
    "castle|standing stones|old milestone|hill fort|market cross",
  ),
  Uplands: split(
    "Slopes of {hill}|{hill} from the west|Summit of {hill}|Looking towards {hill}|Hillside above {place}|" +
      "Ridge leading to {hill}|On the flank of {hill}|Corrie below {hill}",
    "hillside|summit|ridge|fell|the hills",
  ),
  Paths: split(
    "Footpath to {place}|Bridleway to {farm}|Path near {place}|{place} Way heading north|" +
      "Public footpath from {place}|Track and footpath, {place}|Path up {hill}|Cycle path, {place}|" +
      "Footpath junction near {place}",
    "footpath|bridleway|path|waymark",
  ),
  "Boundary, Barrier": split(
    "Dry stone wall near {place}|Gate and stile, {place}|Fence on {hill}|Boundary stone, {place}|" +
      "County boundary near {place}|Gate at {farm}|Stone stile near {place}|Kissing gate, {place}",
    "stile|gate|stone wall|fence|boundary stone",
  ),
  "Sport, Leisure": split(
    "{place} Golf Club|Football pitch, {place}|Cricket at {place}|{place} Cricket Club|Tennis courts, {place}|" +
      "Playing field, {place}|Caravan site at {place}|{place} leisure centre|Green on {place} golf course",
    "football pitch|cricket ground|golf course|playing field",
  ),
  "Farm, Fishery, Market Gardening": split(
    "{farm}|Sheep near {hill}|Cattle at {farm}|Ploughed field near {place}|Barley field, {place}|" +
      "Tractor at work, {place}|Barn at {farm}|Allotments, {place}|Stubble field near {place}|" +
      "Farmland at {place}|Grazing near {farm}|Hay bales, {place}",
    "sheep|cattle|ploughed field|barn|farmland|crops",
  ),
  Grassland: split(
    "Pasture near {place}|Grassland at {place}|Meadow by {farm}|Rough grazing, {hill}|Field near {place}|" +
      "Grassy slope above {place}|Downland at {place}|Fields near {farm}",
    "pasture|meadow|field|grass",
  ),
  "Rivers, Streams, Drainage": split(
    "River {river} near {place}|The {river} at {place}|Stream near {farm}|Weir on the {river}|" +
      "Drain near {place}|Footbridge over the {river}|{river} upstream of {place}|Ford at {place}|" +
      "Waterfall below {hill}",
    "river|stream|brook|weir|drain",
  ),
  "Village, Rural settlement": split(
    "{place}|{place} village|Cottages at {place}|The centre of {place}|Houses in {place}|{place} from the east|" +
      "Hamlet of {place}|Village green, {place}|Main street, {place}|Cottage near {place}",
    "village|cottages|houses|hamlet",
  ),
  "Housing, Dwellings": split(
    "Houses on {place} Road|Cottages, {place}|Terraced houses, {place}|House at {place}|Flats in {place}|" +
      "New houses, {place}|Bungalows, {place} Lane|{place} House|Semi-detached houses, {place}",
    "houses|cottages|flats|terrace",
  ),
  "Public buildings and spaces": split(
    "{place} Village Hall|{place} Town Hall|{place} library|Community centre, {place}|The square, {place}|" +
      "Council offices, {place}|Public toilets, {place}|Memorial hall, {place}",
    "village hall|town hall|library|square",
  ),
  "Religious sites": split(
    "{saint} church, {place}|{place} church|Church of {saint}, {place}|{place} Methodist Chapel|" +
      "{saint}, {place}|Parish church at {place}|Inside {saint}, {place}|{place} Priory|Chapel at {place}|" +
      "Stained glass, {saint}",
    "church|chapel|parish church|church tower",
  ),
  "Quarrying, Mining": split(
    "{place} Quarry|Disused quarry, {hill}|Colliery headgear, {place}|Old mine workings, {hill}|" +
      "Engine house, Wheal {place}|Gravel pit near {place}|Spoil heap, {place} colliery|Lead mine near {place}",
    "quarry|mine workings|spoil heap|engine house",
  ),
  "Park and Public Gardens": split(
    "{place} Park|Playground, {place}|Bandstand in {place} Park|Public gardens, {place}|Flower beds, {place}|" +
      "Recreation ground, {place}|Bench in {place} Gardens|Swings at {place}",
    "playground|park|gardens|bandstand",
  ),
  "Business, Retail, Services": split(
    "Shops in {place}|The Red Lion, {place}|{place} Post Office stores|Supermarket, {place}|" +
      "The Plough, {place}|High Street shops, {place}|Garage on the {road}|Butcher's shop, {place}|" +
      "Business park, {place}|Café, {place}",
    "shops|the pub|supermarket|shop",
  ),
  "Lakes, Wetland, Bog": split(
    "Loch near {hill}|{place} Tarn|Lake at {place}|Pond near {farm}|Bog on {hill}|Reedbed, {place}|" +
      "Llyn {place}|Boggy ground near {hill}|{place} Mere|Lochan below {hill}",
    "lake|pond|tarn|bog|lochan",
  ),
  "Suburb, Urban fringe": split(
    "{place} Road, {place}|Houses in {place}|Edge of {place}|Housing estate, {place}|" +
      "Residential street, {place}|{place} Avenue|Semis in {place}|{place} Close",
    "houses|estate|avenue|street",
  ),
  "Educational sites": split(
    "{place} Primary School|{place} School|{saint} School, {place}|University of {place}|Old school, {place}|" +
      "School entrance, {place}|{place} College|Former school at {place}",
    "school|primary school|college",
  ),
  "Wild Animals, Plants and Mushrooms": split(
    "Red deer near {hill}|Toadstools, {place} Wood|Heron at {place}|Swan on the {river}|Bluebells near {place}|" +
      "Wild flowers, {place}|Butterfly at {place}|Robin, {place}|Fungi near {place}|Orchid, {place} Down",
    "deer|wild flowers|swans|fungi|butterfly",
  ),
  Islands: split(
    "{place} Island|Island in {place} Bay|Looking over to the Isle of {place}|Eilean {place}|Islet off {place}|" +
      "Ynys {place}",
    "island|islet|skerry",
  ),
  "Roads, Road transport": split(
    "{road} near {place}|The {road}, {place}|Lane near {place}|Road to {place}|Minor road, {place}|" +
      "{road} heading for {place}|Roundabout on the {road}|Bus in {place}|Country lane near {farm}|" +
      "Crossroads at {place}|Bus stop, {place}",
    "road|lane|the {road}|bus stop|junction",
  ),
  "Air transport": split(
    "{place} Airport|Runway at {place}|Aircraft at {place} Airfield|Landing at {place}|{place} airfield|" +
      "Helicopter over {place}|Control tower, {place} Airport|Airliner over {place}|Cessna at {place}",
    "airfield|aircraft|helicopter|runway",
  ),
  "Country estates": split(
    "{place} Hall|{place} House|{place} Park gates|Lodge to {place} Hall|Mansion at {place}|{place} Court|" +
      "Parkland, {place} Hall|Entrance to {place} estate|Stately home, {place}",
    "parkland|the hall|lodge|estate gates",
  ),
  "City, Town centre": split(
    "{place} High Street|{place} town centre|Market Place, {place}|City centre, {place}|Street in {place}|" +
      "{place} skyline|Offices, {place}|Broad Street, {place}",
    "high street|town centre|street|offices",
  ),
  Railways: split(
    "{place} station|Railway near {place}|Train at {place}|Signal box, {place}|Steam train near {place}|" +
      "Level crossing, {place}|Railway line at {place}|Viaduct near {place}|Platform at {place} railway station|" +
      "Locomotive at {place}|Railway bridge {n}, {place}",
    "railway|train|railway bridge|station|level crossing",
  ),
  "Derelict, Disused": split(
    "Ruined cottage near {place}|Derelict barn, {farm}|Abandoned house, {place}|Disused building, {place}|" +
      "Ruin at {place}|Rusting car near {farm}|Derelict works, {place}|Old croft near {hill}",
    "ruin|derelict building|abandoned cottage",
  ),
  "Health and social services": split(
    "{place} Hospital|{place} Health Centre|Ambulance station, {place}|Care home, {place}|" +
      "Doctors' surgery, {place}|Former hospital, {place}|{place} Medical Centre",
    "hospital|surgery|health centre",
  ),
  "Construction, Development": split(
    "Building site, {place}|Construction work, {place}|Crane over {place}|" +
      "New housing under construction, {place}|Scaffolding, {place}|Demolition in {place}|Development at {place}",
    "building site|crane|scaffolding",
  ),
  "People, Events": split(
    "{place} Show|Walkers near {hill}|Carnival, {place}|Crowd at {place}|Morris dancers, {place}|{place} fête|" +
      "Spectators at {place}|Ramblers, {place}|Steam fair, {place}",
    "walkers|crowd|procession|fair",
  ),
  "Burial ground, Crematorium": split(
    "Graveyard, {place}|Churchyard at {place}|{place} Cemetery|Gravestones, {saint}|War graves, {place}|" +
      "Headstone in {place} churchyard|Old cemetery, {place}|{place} crematorium",
    "graveyard|churchyard|gravestones|cemetery",
  ),
  "Woodland, Forest": split(
    "{place} Wood|Woodland near {place}|Forest track, {hill}|Trees at {place}|{place} Forest|" +
      "In {place} Plantation|Conifers above {place}|Beech wood, {place}|Edge of {place} Wood",
    "wood|trees|forest|plantation",
  ),
  Industry: split(
    "Factory, {place}|{place} Mill|Industrial estate, {place}|Works at {place}|Chemical works, {place}|" +
      "Brickworks near {place}|Storage tanks, {place}|Old mill, {place}|Warehouse in {place}",
    "factory|mill|works|industrial estate",
  ),
  Communications: split(
    "Postbox, {place}|Telephone box, {place}|Radio mast on {hill}|Telegraph poles near {place}|" +
      "{place} telephone exchange|Transmitter, {hill}|Victorian postbox, {place}|Red phone box at {place}|" +
      "Satellite dishes, {place}",
    "postbox|phone box|radio mast|telegraph poles",
  ),
  "Water resources": split(
    "{place} Reservoir|Dam at {place}|Water tower, {place}|Pumping station near {place}|Village pump, {place}|" +
      "Reservoir below {hill}|Waterworks, {place}|Valve tower, {place} Reservoir|Well at {place}",
    "reservoir|dam|water tower|pump",
  ),
  "Air, Sky, Weather": split(
    "Rainbow over {place}|Storm clouds near {place}|Sunset at {place}|Clouds above {hill}|" +
      "Sun rays over {place}|Evening sky, {place}|Shower approaching {place}|Winter sky near {place}",
    "rainbow|storm clouds|sunset|big sky",
  ),
  "Waste, Waste management": split(
    "Recycling bins, {place}|{place} landfill site|Sewage works near {place}|Household waste site, {place}|" +
      "Bottle banks, {place}|Fly-tipping near {farm}|Skip in {place}|Sewage farm, {place}",
    "recycling bins|sewage works|rubbish|skip",
  ),
  "Heath, Scrub": split(
    "Gorse on {place} Heath|{place} Heath|Heather near {place}|Scrub at {place}|Gorse near {hill}|" +
      "{place} Common|Heathland, {place}|Birch scrub, {place}",
    "gorse|heather|scrub|heath",
  ),
  Canals: split(
    "{canal}|Narrow boats on the {canal}|Lock {n}, {canal}|Canal near {place}|Canal bridge {n}|" +
      "Towpath at {place}|{canal} at {place}|{place} Locks|Narrowboats moored at {place}|Bridge {n}, {canal}|" +
      "Canal basin, {place}",
    "canal|narrowboats|lock|towpath|canal bridge",
  ),
  "Docks, Harbours": split(
    "{place} Harbour|Fishing boats, {place}|Harbour wall, {place}|{place} Docks|The quay at {place}|" +
      "Boats at {place} Marina|Ferry leaving {place}|Pier at {place}|Trawlers at {place}",
    "harbour|quay|fishing boats|pier|docks",
  ),
  "Defence, Military": split(
    "Pillbox near {place}|WW2 pillbox, {place}|Army camp, {place}|{place} Barracks|" +
      "Gun emplacement, {place} Point|RAF {place}|Martello tower, {place}|Anti-tank blocks, {place}|" +
      "Military range near {place}",
    "pillbox|gun emplacement|barracks|army range",
  ),
  "Flat landscapes": split(
    "Flat land near {place}|Fields at {place}|Level farmland, {place}|The fens at {place}|" +
      "Farmland near {place}|Wide view near {place}|Arable land at {place}",
    "fields|fenland|farmland|flat fields",
  ),
  "Estuary, Marine": split(
    "Mudflats at {place}|{river} estuary|Saltmarsh near {place}|Low tide at {place}|Sailing off {place}|" +
      "Tidal creek, {place}|Estuary at {place}|The sea off {place}|Sandbank, {place}",
    "mudflats|saltmarsh|estuary|the sea|low tide",
  ),
  Moorland: split(
    "Moorland near {hill}|Heather on {hill}|{place} Moor|Rough moorland above {place}|Peat hags, {hill}|" +
      "Moor near {place}|Grouse butts, {place} Moor|Open moor below {hill}",
    "moorland|heather|moor|peat",
  ),
  "Rocks, Scree, Cliffs": split(
    "Crags on {hill}|Scree below {hill}|Boulders, {hill}|Rocks near {place}|{place} Crag|Cliff face, {place}|" +
      "Rock outcrop on {hill}|Boulder field, {hill}",
    "crags|scree|rocks|boulders|cliffs",
  ),
  "Barren Plateaux": split(
    "Summit plateau, {hill}|Stony ground on {hill}|Plateau near {hill}|Bare ground above {place}|Top of {hill}|" +
      "Moorland on {hill}|Cairn on {hill}",
    "plateau|stony ground|bare moor",
  ),
};

/** Titles that say nothing of the tags. */
export const EMPTY_TITLES: readonly string[] = [
  "Near {place}",
  "View north from the lane",
  "{place}",
  "Looking east towards {place}",
  "View from {hill}",
  "In {place}",
  "Towards {place}",
  "Late afternoon, {place}",
  "{place} in winter",
  "View south-west",
  "Just outside {place}",
  "West of {place}",
  "A quiet corner of {place}",
  "Corner near {place}",
];
