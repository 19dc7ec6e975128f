/** The public face for drills/, probes/ and config/: `import { defineDrill } from "#harness"`. */
export { defineDrill } from "./model/drill.ts";
export { defineEnvironment } from "./model/environment.ts";
export { defineProbe } from "./model/probe.ts";
export type { Alarm, Endpoints, FinalRead, Replication } from "./model/environment.ts";
export type { ExportLine } from "./model/export.ts";
export type { Observation, ProbeContext } from "./model/probe.ts";
export { httpRequest, served } from "./probes/http-request.ts";
export { openPage, type OpenedPage } from "./probes/page.ts";
export { cacheFolder } from "./setup/cache.ts";
