/** KATs 20, 23, 24 and 25: what only real processes and real sockets can do wrong, beside the same planted in a record. */
import { existsSync, readFileSync, truncateSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startLoad } from "../../load/k6.ts";
import { createRunClock } from "../../run/clock.ts";
import { compared, lying } from "../case.ts";
import type { Bench, Kat, Outcome, Played, Variant } from "../case.ts";
import { brief, claim, equal, finding, holds, says, statusIs, verdictIs } from "../compare.ts";
import { playPersonas } from "../drive/real-clients.ts";
import { playRealLie } from "../drive/real-load.ts";
import type { RealLie } from "../drive/real-load.ts";
import { replayingProxy } from "../drive/replaying-proxy.ts";
import { second } from "../liar/script.ts";
import { lossClaims } from "./loss.ts";
import { ledgersApart } from "./witnesses.ts";

/** Plays in real time, with a real k6. */
const really = (name: string, lie: RealLie, compare: (outcome: Outcome) => Played): Variant => ({
  name,
  isReal: true,
  play: async (bench) => {
    const outcome = await playRealLie(bench, lie);
    // A busy machine may hold up the real second witness, which then says so: no defect, and no agreement either.
    return lie.apart === undefined ? compare(outcome) : compared(outcome, lie, compare);
  },
});

const starvedIs = (outcome: Outcome): Played => ({
  reported: `${outcome.verdict}: ${brief(finding(outcome, "load.delivered").reason)}`,
  claims: [
    statusIs(outcome, "load.delivered", "INCONCLUSIVE"),
    says(outcome, "load.delivered", /could not start \d+ iteration/),
    statusIs(outcome, "rto", "INCONCLUSIVE"),
    verdictIs(outcome, "INCONCLUSIVE"),
  ],
});

const starved: Kat = {
  id: 20,
  title: "the load has 10 virtual users and needs more",
  variants: [
    really("a real k6", { vus: 10, script: { latencyUs: 400_000 }, drive: { ratePerMinute: 6_000 } }, starvedIs),
    lying("in the record", { script: { latencyUs: 900_000 }, drive: { vus: 10, ratePerMinute: 6_000 } }, starvedIs),
  ],
};

const ledgerOf = (folder: string): string => join(folder, "ledger", "k6.ndjson");

/** The ledger ends where the process did: intents without outcome are unknown, and nothing is lost by that. */
const cutShort = (outcome: Outcome): Played => {
  const { unknown = 0, lost = -1 } = outcome.transactions;
  return {
    reported: `${unknown} unknown, ${lost} lost, ${outcome.verdict}`,
    claims: [
      equal("lost", outcome.truth.lost.length, lost),
      statusIs(outcome, "evidence.intact", "INCONCLUSIVE"),
      says(outcome, "evidence.intact", /cut short|without an outcome/),
      verdictIs(outcome, "INCONCLUSIVE"),
    ],
  };
};

const killed = (outcome: Outcome): Played => {
  const base = cutShort(outcome);
  return { ...base, claims: [...base.claims, says(outcome, "load.delivered", /SIGKILL/)] };
};

function tear(folder: string): void {
  const path = ledgerOf(folder);
  truncateSync(path, statSync(path).size - 40);
}

/** One bit of one byte in the middle of the ledger. */
function rot(folder: string): void {
  const path = ledgerOf(folder);
  const bytes = readFileSync(path);
  const middle = bytes.indexOf('"seq"', Math.floor(bytes.length / 2));
  bytes[middle + 1] = (bytes[middle + 1] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

const rotten = (outcome: Outcome): Played => ({
  reported: `${outcome.verdict}: ${brief(finding(outcome, "rpo.count").reason)}`,
  claims: [
    statusIs(outcome, "rpo.count", "INCONCLUSIVE"),
    statusIs(outcome, "rto", "INCONCLUSIVE"),
    statusIs(outcome, "residual", "INCONCLUSIVE"),
    statusIs(outcome, "evidence.intact", "INCONCLUSIVE"),
    verdictIs(outcome, "INCONCLUSIVE"),
  ],
});

/** A device that is always full. */
const fullDevice = "/dev/full";

async function onFullDisk({ k6, environment, folder }: Bench): Promise<Played> {
  if (k6 === null) throw new Error("skipped, and not green: there is no k6 here");
  const load = {
    ratePerMinute: 600,
    writeEvery: 2,
    bodyBytes: 100,
    timeoutMs: 500,
    vus: 2,
    seed: "s",
    idPrefix: "s.k.",
  };
  const said = await startLoad({
    ...load,
    k6,
    environment,
    ledgerFile: fullDevice,
    logFile: join(folder, "k6.log"),
    regions: ["a", "b"],
    clock: createRunClock("selftest"),
    service: { url: "http://127.0.0.1:9", ttlSeconds: 1 },
    signal: AbortSignal.timeout(60_000),
  }).then(
    async (started) => {
      await started.stop();
      return "it went on";
    },
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  const told = /the disk is full/.test(said) ? "aborted: the disk is full" : said;
  return { reported: told, claims: [equal("the load", "aborted: the disk is full", told)] };
}

const lost = { lose: <Row>(acked: readonly Row[]): readonly Row[] => acked.slice(-4) };

const interrupted: Kat = {
  id: 23,
  title: "the record breaks off, is torn, rots, contradicts itself, or finds the disk full",
  variants: [
    really("a real k6 killed", { vus: 100, killAfterUs: 300_000 }, killed),
    lying("load killed", { script: lost, drive: { loadKilledUs: 9 * second } }, killed),
    lying("last line torn", { script: lost, beforeSeal: tear }, cutShort),
    lying("a bit flipped before the seal", { script: lost, beforeSeal: rot }, rotten),
    lying("a bit flipped after the seal", { script: lost, afterSeal: rot }, rotten),
    ...ledgersApart,
    ...(existsSync(fullDevice) ? [{ name: "a full disk", isReal: true, play: onFullDisk }] : []),
  ],
};

/** Was there an outage, for this customer, that ended at about that instant? */
const sawEnd = (outcome: Outcome, seenBy: string, us: number): boolean =>
  outcome.outages.some(({ seenBy: by, end }) => by === seenBy && end.hi !== null && end.lo <= us && us <= end.hi);

const isStillOut = (outcome: Outcome, seenBy: string): boolean =>
  outcome.outages.findLast((outage) => outage.seenBy === seenBy)?.end.hi === null;

const personas: Kat = {
  id: 24,
  title: "a customer who keeps a dead connection, and one who does not",
  variants: [
    {
      name: "fresh and sticky on real sockets",
      isReal: true,
      play: async (bench) => {
        const outcome = await playPersonas(bench);
        const { restoredUs, faultUs } = outcome.truth.moments;
        const fresh = sawEnd(outcome, "customer-fresh", restoredUs) ? "back" : "not seen to be back";
        const sticky = isStillOut(outcome, "customer-sticky") ? "never" : "back";
        return {
          reported: `fresh ${fresh}, sticky ${sticky}`,
          claims: [
            equal("fresh", "back", fresh),
            equal("sticky", "never", sticky),
            holds(outcome, "rto", (restoredUs - faultUs) / 1000, 1_500),
            statusIs(outcome, "rto", "PASS"),
            says(outcome, "rto", /a sticky customer .* was without service for more than/),
          ],
        };
      },
    },
  ],
};

const replayedIs = (outcome: Outcome): Played => {
  const { reason } = finding(outcome, "load.delivered");
  const told = Number(/(\d+) writes? reached the service more often/.exec(reason)?.[1] ?? "0");
  const { acknowledged, moments } = outcome.truth;
  const twice = acknowledged.filter(({ offers }) => offers > 1);
  const planted = twice.length;
  // Nobody can tell of a second offer whose answer the fault cut off.
  const cutOff = twice.filter(({ committedUs }) => Math.abs(moments.faultUs - committedUs) < second / 2).length;
  return {
    reported: `${told} of them told, ${outcome.verdict}`,
    claims: [
      equal("some were", "yes", planted > 0 ? "yes" : "no"),
      claim(
        "writes offered more often than sent",
        `${planted}${cutOff > 0 ? `, of which ${cutOff} at the fault` : ""}`,
        String(told),
        told <= planted && told >= planted - cutOff,
      ),
      statusIs(outcome, "load.delivered", "INCONCLUSIVE"),
      verdictIs(outcome, "INCONCLUSIVE"),
      ...lossClaims(outcome),
    ],
  };
};

const offeredTwice = /of the second witness reached the service more often/;
const repeated: Kat = {
  id: 25,
  title: "something on the way sends a write a second time",
  variants: [
    really(
      "a real k6 through a proxy",
      { vus: 100, between: (url) => replayingProxy(url, 5), apart: offeredTwice },
      replayedIs,
    ),
    lying(
      "in the record",
      { script: { onWrite: (n) => (n % 8 === 3 ? "offered-twice" : null) }, apart: offeredTwice },
      replayedIs,
    ),
  ],
};

export const realKats: readonly Kat[] = [starved, interrupted, personas, repeated];
