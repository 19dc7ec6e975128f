/** How k6 is called: its command line, and what the scripts in load/ are told by their environment. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { summaryFile } from "./console-ledger.ts";
import type { Forwarder } from "./forwarder.ts";
import type { LoadOptions } from "./load-options.ts";

/** The harness ends the load; this only bounds it. */
const longestSeconds = 6 * 3600;
const scripts = fileURLToPath(new URL("../../load/", import.meta.url));
const inherited = ["PATH", "TMPDIR", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR"];
const run = ["run", "--quiet", "--no-color", "--log-format", "raw", "--no-thresholds"];
const noSummary = ["--summary-mode", "disabled"];

export const k6Arguments = ({ k6, ledgerFile }: Pick<LoadOptions, "k6" | "ledgerFile">): string[] =>
  k6.kind === "ledger"
    ? [...run, "--out", "ledger", ...noSummary, join(scripts, "transactions.ts")]
    : [...run, "--console-output", ledgerFile, join(scripts, "transactions.console.ts")];

/** For a script whose transactions nobody records. */
export const k6ArgumentsUnrecorded = (script: string): string[] => [...run, ...noSummary, script];

export function k6Environment(options: LoadOptions, forwarder: Forwarder | null): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {};
  for (const name of inherited)
    if (options.environment[name] !== undefined) environment[name] = options.environment[name];
  const { service, clock } = options;
  return {
    ...environment,
    K6_AUTO_EXTENSION_RESOLUTION: "false",
    K6_NO_USAGE_REPORT: "true",
    ...(forwarder === null ? {} : { DRILL_HOST_HEADER: forwarder.hostHeader }),
    ...(options.k6.kind === "ledger" && service.dnsServer !== undefined ? { DRILL_DNS: service.dnsServer } : {}),
    DRILL_URL: forwarder?.url ?? service.url,
    DRILL_LEDGER: options.ledgerFile,
    DRILL_SUMMARY: summaryFile(options.ledgerFile),
    DRILL_STOP: "stdin",
    DRILL_RUN: clock.run,
    DRILL_HOST: clock.host,
    DRILL_EPOCH_MONO_NS: String(clock.epochMonoNs),
    DRILL_EPOCH_WALL_US: String(clock.epochWallNs / 1000n),
    DRILL_ID_PREFIX: options.idPrefix,
    DRILL_SEED: options.seed,
    DRILL_REGIONS: options.regions.join(","),
    DRILL_RATE_PER_MINUTE: String(options.ratePerMinute),
    DRILL_WRITE_EVERY: String(options.writeEvery),
    DRILL_BODY_BYTES: String(options.bodyBytes),
    DRILL_TIMEOUT_MS: String(options.timeoutMs),
    DRILL_VUS: String(options.vus),
    DRILL_DNS_TTL_SECONDS: String(service.ttlSeconds),
    DRILL_DURATION_SECONDS: String(longestSeconds),
  };
}
