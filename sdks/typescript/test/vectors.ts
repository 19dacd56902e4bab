// Where the shared vectors are, and how a case of theirs is named.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const DIRECTORY = process.env["GRANTD_VECTORS"] ?? fileURLToPath(new URL("../../../../spec/vectors", import.meta.url));

/** One file of vectors. */
export function vectors(name: string): any {
  return JSON.parse(vectorsText(`${name}.json`));
}

/** A file beside them, as it is. */
export function vectorsText(file: string): string {
  return readFileSync(`${DIRECTORY}/${file}`, "utf8");
}
