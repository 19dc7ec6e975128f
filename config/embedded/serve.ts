import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "#harness";

/** Where a standing lab (`drill lab up`) leaves its addresses; one per user. */
export const stateFile = process.env["DRILL_LAB_STATE"] ?? join(cacheFolder(process.env), "standing-lab.json");

/** The command that brings up the embedded lab. */
export function serveCommand(profile: "quick" | "route53"): string[] {
  const keep = process.env["DRILL_LAB_KEEP"];
  const port = process.env["DRILL_LAB_PORT"];
  return [
    process.execPath,
    "--import",
    "tsx/esm",
    fileURLToPath(new URL("../../lab/main.ts", import.meta.url)),
    "serve",
    "--profile",
    profile,
    "--state",
    stateFile,
    // DRILL_LAB_KEEP=<folder>: keep the databases' volumes after the drill, to look at them.
    ...(keep ? ["--keep", keep] : []),
    // DRILL_LAB_PORT=<number>: the first of the 100 ports; otherwise the first free block.
    ...(port ? ["--port-base", port] : []),
  ];
}
