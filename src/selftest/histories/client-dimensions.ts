/** How the clients of a drill ask, and how well they see. */
import { second } from "../liar/script.ts";
import type { Dimension } from "./dimension.ts";

export const clientDimensions: readonly Dimension[] = [
  {
    // Answers that are slow, and just in time; a probe may be less patient than a customer.
    name: "latency",
    chance: 0.18,
    turn: ({ script, drive }, dice) => {
      const mostUs = dice.between(60_000, 290_000);
      const latencyUs = dice.between(20_000, mostUs);
      const arrivalDeadlineMs = dice.one([300, 600]);
      const probeTimeoutMs = dice.chance(0.7) ? Math.max(drive.probeTimeoutMs, 500) : drive.probeTimeoutMs;
      return {
        script: { ...script, latencyUs, jitterUs: mostUs - latencyUs },
        drive: { ...drive, probeTimeoutMs, objectives: { ...drive.objectives, arrivalDeadlineMs } },
      };
    },
  },
  {
    name: "probes",
    chance: 0.18,
    turn: ({ drive }, dice) => {
      const [probeIntervalMs, probeTimeoutMs] = [dice.one([20, 500, 1_000]), dice.one([100, 1_000, 1_500])];
      return { drive: { ...drive, probeIntervalMs, probeTimeoutMs } };
    },
  },
  {
    name: "ttl",
    chance: 0.12,
    turn: ({ drive }, dice) => ({ drive: { ...drive, dnsTtlSeconds: dice.one([5, 10, 30]) } }),
  },
  {
    name: "rates",
    chance: 0.12,
    turn: ({ drive }, dice) => ({
      drive: { ...drive, ratePerMinute: dice.one([3_000, 6_000]), writeEvery: dice.one([2, 6]) },
    }),
  },
  {
    // The process that probes and watches the replication dies for good.
    name: "dead probes",
    chance: 0.12,
    turn: ({ drive }, dice) => {
      const fromUs = drive.loadStartUs + drive.baselineUs + dice.between(0, 9 * second);
      const [probes, lag] = [dice.chance(0.8), dice.chance(0.7)];
      const probesPaused = probes ? { fromUs, untilUs: Number.POSITIVE_INFINITY } : drive.probesPaused;
      return { drive: { ...drive, probesPaused, lagEndsUs: lag || !probes ? fromUs : drive.lagEndsUs } };
    },
  },
  {
    name: "retries",
    chance: 0.1,
    turn: ({ drive }, dice) => ({ drive: { ...drive, retriesAfterUs: dice.between(50_000, 700_000) } }),
  },
];
