/** Puts the licences of what this package bundles beside it. */
import { writeFile } from "node:fs/promises";
import { notices } from "../scripts/notices.mjs";

await writeFile(new URL("dist/LICENSES.txt", import.meta.url), await notices("marked"));
