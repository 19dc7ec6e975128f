/** KATs 2, 17 and 22: how long customers were without service. */
import { lying } from "../case.ts";
import type { Kat, Lie, Outcome, Variant } from "../case.ts";
import { censored, equal, finding, holds, says, statusIs, verdictIs } from "../compare.ts";
import { plainDrive } from "../drive/options.ts";
import type { DriveOptions } from "../drive/options.ts";
import { honest, second } from "../liar/script.ts";
import type { FaultScript, Moments, Trouble } from "../liar/script.ts";

const shown = (outcome: Outcome): string => {
  const { measured, status } = finding(outcome, "rto");
  return measured === null ? status : `${measured.lo} to ${measured.hi ?? "?"} ms ${status}`;
};

/** The service comes back by itself after so many seconds. */
function outage(seconds: number, effect: "refuse" | "hang", rtoMs: number, fine: boolean): Variant {
  const fault: FaultScript = { ...honest.fault, effect, lastsUs: seconds * second };
  const intervalMs = fine ? 20 : 200;
  const drive: Partial<DriveOptions> = {
    // Reads and writes each come as often as the probes look.
    ratePerMinute: 120_000 / intervalMs,
    writeEvery: 2,
    probeIntervalMs: intervalMs,
    failover: false,
    failback: false,
    watchUs: seconds * second + 8 * second,
    objectives: { rtoMs },
  };
  // Twice the probe interval and the time until a request counts as failed, and the answer's own time.
  const widthMs = 2 * (intervalMs + 15 + (effect === "hang" ? plainDrive.timeoutMs : 0));
  const trueMs = seconds * 1000;
  const right = trueMs < rtoMs ? "PASS" : "FAIL";
  const allowed = effect === "hang" || Math.abs(trueMs - rtoMs) < widthMs ? [right, "INCONCLUSIVE"] : [right];
  // A black hole shorter than a probe's patience may go unseen by the canary: then nothing is reported, which is not wrong.
  const mayGoUnseen = effect === "hang" && trueMs < plainDrive.probeTimeoutMs + 2 * intervalMs;
  const name = `${seconds} s ${effect === "hang" ? "black hole" : "fast fail"}${fine ? ", 20 ms" : ""}`;
  return lying(name, { script: { fault }, drive }, (outcome) => ({
    reported: shown(outcome),
    claims: [
      ...(mayGoUnseen && finding(outcome, "rto").measured === null ? [] : [holds(outcome, "rto", trueMs, widthMs)]),
      statusIs(outcome, "rto", ...allowed),
    ],
  }));
}

const noOutage = lying(
  "0 s",
  {
    script: { fault: { ...honest.fault, lastsUs: 0 } },
    drive: { failover: false, failback: false },
  },
  (outcome) => ({
    reported: `${outcome.outages.length} outages, ${outcome.verdict}`,
    claims: [
      equal("outages", 0, outcome.outages.length),
      statusIs(outcome, "rto", "INCONCLUSIVE"),
      statusIs(outcome, "fault.effective", "INCONCLUSIVE"),
      verdictIs(outcome, "INCONCLUSIVE"),
    ],
  }),
);

const lengths: readonly (readonly [number, number])[] = [
  [0.4, 10_000],
  [1, 10_000],
  [59.9, 60_000],
  [60.1, 60_000],
  [899, 900_000],
  [901, 900_000],
];

const outages: Kat = {
  id: 2,
  title: "an outage of S seconds: the true S lies in what is reported",
  variants: [
    noOutage,
    ...lengths.flatMap(([seconds, rtoMs]) => [
      outage(seconds, "refuse", rtoMs, false),
      outage(seconds, "hang", rtoMs, false),
    ]),
    outage(59.9, "refuse", 60_000, true),
    outage(60.1, "refuse", 60_000, true),
  ],
};

const forever = Number.POSITIVE_INFINITY;

function troubled(troubles: (moments: Moments) => readonly Trouble[], rtoMs: number, watchUs = 16 * second): Lie {
  return { script: { troubles }, drive: { watchUs, failback: false, objectives: { rtoMs } } };
}

const flaps =
  (everyUs: number, downUs: number) =>
  (moments: Moments): readonly Trouble[] =>
    [1, 2, 3, 4, 5].map((n) => {
      const fromUs = moments.restoredUs + n * everyUs;
      return { kind: "refuse", fromUs, untilUs: fromUs + downUs };
    });

/** Restored only when the last flap is over. */
function flapping(name: string, everyUs: number, relapses: RegExp): Variant {
  const downUs = 600_000;
  const lie = troubled(flaps(everyUs, downUs), 900_000, 5 * everyUs + 8 * second);
  return lying(name, lie, (outcome) => {
    const { faultUs, restoredUs } = outcome.truth.moments;
    const trueMs = (restoredUs + 5 * everyUs + downUs - faultUs) / 1000;
    return { reported: shown(outcome), claims: [holds(outcome, "rto", trueMs, 600), says(outcome, "rto", relapses)] };
  });
}

function neverHeld(name: string, trouble: Omit<Trouble, "fromUs" | "untilUs">, what: RegExp): Variant {
  const lie = troubled(({ restoredUs }) => [{ ...trouble, fromUs: restoredUs, untilUs: forever }], 10_000);
  return lying(name, lie, (outcome) => ({
    reported: shown(outcome),
    claims: [
      censored(outcome, "rto", 10_000),
      says(outcome, "rto", what),
      statusIs(outcome, "rto", "FAIL"),
      verdictIs(outcome, "FAIL"),
    ],
  }));
}

const restoration: Kat = {
  id: 17,
  title: "up again, but not restored and held",
  variants: [
    flapping("5 flaps, up 1.4 s between", 2 * second, /stayed so/),
    flapping("5 flaps, up longer than the window", 6 * second, /5 relapses/),
    neverHeld("94 % capacity", { kind: "shed", share: 0.06 }, /reads|writes/),
    neverHeld("p99 above the limit", { kind: "slow", share: 0.04, delayUs: 700_000 }, /reads|writes/),
    neverHeld("read-only", { kind: "read-only" }, /writes were not/),
  ],
};

const unrecovered = (outcome: Outcome) => ({
  reported: shown(outcome),
  claims: [censored(outcome, "rto", 10_000), statusIs(outcome, "rto", "FAIL"), verdictIs(outcome, "FAIL")],
});

const brokenPromotion = honest.failover.map((step) =>
  step.step === "Promote" ? { ...step, fails: "the standby did not answer" } : step,
);

const never: Kat = {
  id: 22,
  title: "service never comes back: the time is bounded below only",
  variants: [
    lying(
      "the failover fails",
      {
        script: { failover: brokenPromotion },
        drive: { failback: false, watchUs: 14 * second, objectives: { rtoMs: 10_000 } },
      },
      unrecovered,
    ),
    lying(
      "there is no failover",
      { drive: { failover: false, failback: false, watchUs: 14 * second, objectives: { rtoMs: 10_000 } } },
      unrecovered,
    ),
  ],
};

export const outageKats: readonly Kat[] = [outages, restoration, never];
