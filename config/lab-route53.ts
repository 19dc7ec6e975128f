import { defineEnvironment } from "#harness";
import { serveCommand, stateFile } from "./embedded/serve.ts";

/** The embedded lab with health checks and TTL as Route 53 has them: slower, and nearer to what AWS would show. */
export default defineEnvironment({
  name: "lab-route53",
  title: "Embedded lab, Route 53 health checks (10 s × 3, DNS TTL 60 s)",
  bringUp: { command: serveCommand("route53"), stateFile },
  blastRadius: { regions: ["us-east-1"] },
});
