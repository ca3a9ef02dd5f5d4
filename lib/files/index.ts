export { writeFileAtomic } from "./atomic";
export { unpickle } from "./pth/pickle";
export { loadPthHead, parsePth, readPth } from "./pth/pth";
export { writeSafetensors } from "./safetensors";
export { columns, literal, openDatabase, query } from "./table";
