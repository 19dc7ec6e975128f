import { defineEnvironment } from "#harness";
import { serveCommand, stateFile } from "./embedded/serve.ts";

/** The embedded two-Region lab with quick health checks: what `npm start` uses. No AWS account, no Docker. */
export default defineEnvironment({
  name: "lab",
  title: "Embedded lab, quick health checks (1 s × 3, DNS TTL 5 s)",
  bringUp: { command: serveCommand("quick"), stateFile },
  blastRadius: { regions: ["us-east-1"] },
});
