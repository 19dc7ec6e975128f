/**
 * An open model: iterations start at the rate whatever becomes of the earlier ones, and enough virtual users exist from the
 * beginning that a system which hangs leaves none without one. The harness ends the run; the duration only bounds it.
 */
import type { Options } from "k6/options";
import { settings } from "./settings.ts";

export const options: Options = {
  scenarios: {
    transactions: {
      executor: "constant-arrival-rate",
      rate: settings.ratePerMinute,
      timeUnit: "1m",
      duration: `${settings.durationSeconds}s`,
      preAllocatedVUs: settings.vus,
      maxVUs: settings.vus,
      gracefulStop: `${Math.ceil(settings.timeoutMs / 1000) + 1}s`,
    },
  },
  // Each iteration looks the name up again (within its TTL) and opens a connection of its own: a client that keeps one alive goes on
  // to talk to the Region that it was connected to, and would measure its own habits instead of the failover.
  noVUConnectionReuse: true,
  dns: { ttl: `${settings.dnsTtlSeconds}s`, select: "random", policy: "preferIPv4" },
  maxRedirects: 0,
  discardResponseBodies: true,
  systemTags: ["name", "status", "error_code"],
  userAgent: "dr-drill",
};
