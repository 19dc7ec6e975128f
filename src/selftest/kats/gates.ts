/** KATs 18, 19 and 21: instruments that see badly, clocks that lie, a fault that does not bite. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lying } from "../case.ts";
import type { Kat, Lie, Outcome, Played } from "../case.ts";
import { brief, equal, finding, holds, says, statusIs, verdictIs } from "../compare.ts";
import { honest, second } from "../liar/script.ts";
import { witnessesBlind } from "./witnesses.ts";

const vantages = ["outside", "west", "north"].map((name) => ({ name }));
const forever = Number.POSITIVE_INFINITY;

const rtoHolds = (outcome: Outcome) => {
  const { faultUs, restoredUs } = outcome.truth.moments;
  return holds(outcome, "rto", (restoredUs - faultUs) / 1000, 500);
};

const instruments: Kat = {
  id: 18,
  title: "one of three vantages is blind; the probes stand still; the two witnesses saw different things",
  variants: [
    lying(
      "1 of 3 blind",
      {
        drive: {
          vantages: [...vantages.slice(0, 2), { name: "north", blind: { fromUs: 3 * second, untilUs: forever } }],
        },
      },
      (outcome) => ({ reported: outcome.verdict, claims: [rtoHolds(outcome), verdictIs(outcome, "PASS")] }),
    ),
    lying(
      "2 of 3 blind",
      {
        drive: {
          vantages: [
            { name: "outside" },
            ...["west", "north"].map((name) => ({ name, blind: { fromUs: 3 * second, untilUs: forever } })),
          ],
        },
      },
      (outcome) => ({
        reported: outcome.verdict,
        claims: [statusIs(outcome, "rto", "INCONCLUSIVE"), verdictIs(outcome, "INCONCLUSIVE")],
      }),
    ),
    lying(
      "probes stopped for 30 s",
      { drive: { watchUs: 40 * second, probesPaused: { fromUs: 11 * second, untilUs: 41 * second } } },
      (outcome) => ({
        reported: outcome.verdict,
        claims: [
          statusIs(outcome, "evidence.intact", "INCONCLUSIVE"),
          says(outcome, "evidence.intact", /silent for 30/),
          verdictIs(outcome, "INCONCLUSIVE"),
        ],
      }),
    ),
    ...witnessesBlind,
  ],
};

/** The durations as they are, and not PASS without a word. */
const doubted = (outcome: Outcome): Played => ({
  reported: `rto ${finding(outcome, "rto").measured?.lo} to ${finding(outcome, "rto").measured?.hi} ms, ${outcome.verdict}`,
  claims: [
    rtoHolds(outcome),
    ...stepsHold(outcome),
    statusIs(outcome, "clocks", "INCONCLUSIVE"),
    verdictIs(outcome, "INCONCLUSIVE"),
  ],
});

/** Every step lasted as long as the liar made it last. */
function stepsHold(outcome: Outcome) {
  const { moments } = outcome.truth;
  return [
    holds(outcome, "step.detect", honest.detectsAfterUs / 1000, 400),
    // The liar promotes at the end of its step, which it began on the harness's order.
    holds(outcome, "step.promote", (moments.promotedUs - outcome.truth.decidedUs) / 1000, 900),
  ];
}

const stepped = (byMs: number): Lie => ({ drive: { wallErrorMs: (us) => (us > 7 * second ? byMs : 0) } });

/** Another host wrote the probes' files, and nothing tells how far its clock is off. */
function onAnotherHost(folder: string): void {
  const path = join(folder, "probes", "customer.ndjson");
  const [head = "", ...rest] = readFileSync(path, "utf8").split("\n");
  const header = JSON.stringify({ ...(JSON.parse(head) as object), host: "another" });
  writeFileSync(path, [header, ...rest].join("\n"));
}

const clocks: Kat = {
  id: 19,
  title: "clocks that step, drift, or are not known",
  variants: [
    lying("stepped by 5 s", stepped(5_000), doubted),
    lying("stepped by -5 s", stepped(-5_000), doubted),
    lying("500 ppm", { drive: { wallErrorMs: (us) => (us * 500e-6) / 1000, watchUs: 30 * second } }, doubted),
    lying("another host", { beforeSeal: onAnotherHost }, doubted),
    ...[5_000, -5_000, -300, 60].map((byMs) =>
      lying(`the source's own clock is ${byMs / 1000} s off`, { script: { wallErrorMs: () => byMs } }, (outcome) => ({
        reported: `promoted in ${finding(outcome, "step.promote").measured?.lo} to ${finding(outcome, "step.promote").measured?.hi} ms`,
        claims: [rtoHolds(outcome), ...stepsHold(outcome)],
      })),
    ),
  ],
};

const vacuous = (outcome: Outcome): Played => ({
  reported: `${outcome.verdict}: ${brief(finding(outcome, "fault.effective").reason)}`,
  claims: [
    statusIs(outcome, "fault.effective", "INCONCLUSIVE"),
    statusIs(outcome, "rto", "INCONCLUSIVE"),
    equal("outages", 0, outcome.outages.length),
    verdictIs(outcome, "INCONCLUSIVE"),
  ],
});

const noFault = { ...honest.fault, effect: "none", lastsUs: 3 * second } as const;

const noOp: Kat = {
  id: 21,
  title: "the experiment says that it ran, and nothing happened",
  variants: [
    lying("completed, no effect", { script: { fault: noFault } }, vacuous),
    lying(
      "failed: no targets",
      { script: { fault: { ...noFault, failed: "Target resolution returned empty set" } } },
      vacuous,
    ),
    lying(
      "only aws:fis:wait",
      { script: { fault: { ...noFault, actions: [{ name: "wait", actionId: "aws:fis:wait" }] } } },
      vacuous,
    ),
  ],
};

export const gateKats: readonly Kat[] = [instruments, clocks, noOp];
