import { existsSync, readFileSync } from "node:fs";
import { defineEnvironment } from "#harness";
import { stateFile } from "./embedded/serve.ts";

/** The lab that `drill lab up` has left standing. A drill that is killed leaves its faults in it, and `drill heal` undoes them. */
export default defineEnvironment({
  name: "lab-running",
  title: "The standing lab (drill lab up)",
  ...(existsSync(stateFile)
    ? { endpoints: (JSON.parse(readFileSync(stateFile, "utf8")) as { endpoints: never }).endpoints }
    : {
        unavailable:
          "no lab is running: start one with `drill lab up`, or use --env lab, which brings one up for the drill alone",
      }),
  blastRadius: { regions: ["us-east-1"] },
});
