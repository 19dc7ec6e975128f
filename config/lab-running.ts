import { readFileSync } from "node:fs";
import { defineEnvironment, type Endpoints } from "#harness";
import { stateFile } from "./embedded/serve.ts";

/** The lab that `drill lab up` has left standing. A drill that is killed leaves its faults in it, and `drill heal` undoes them. */
export default defineEnvironment({
  name: "lab-running",
  title: "The standing lab (drill lab up)",
  ...standing(),
  blastRadius: { regions: ["us-east-1"] },
});

function standing(): { endpoints: Endpoints } | { unavailable: string } {
  try {
    const { endpoints } = JSON.parse(readFileSync(stateFile, "utf8")) as { endpoints?: Endpoints };
    if (endpoints) return { endpoints };
  } catch {
    // No file, or none that a lab wrote: the same to whoever wants to use it.
  }
  return {
    unavailable:
      "no lab is running: start one with `drill lab up`, or use --env lab, which brings one up for the drill alone",
  };
}
