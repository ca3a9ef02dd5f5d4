export { fileHash } from "./hash";
export { writeFileAtomic } from "./atomic";
export { unpickle } from "./pth/pickle";
export { parsePth, readPth } from "./pth/pth";
export { writeSafetensors } from "./safetensors";
export { columns, literal, openDatabase, query } from "./table";
export { writeSidecar } from "./xmp";
export { csvText } from "./csv";
