/** KATs 1, 3, 4, 7 to 10 and 16: what was promised and is gone. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lying } from "../case.ts";
import type { Kat, Lie, Outcome, Played, Variant } from "../case.ts";
import { atLeast, counts, equal, finding, holds, lostList, sameIds, says, statusIs, verdictIs } from "../compare.ts";
import type { Claim } from "../compare.ts";
import { plainDrive } from "../drive/options.ts";
import { lieAbout, second } from "../liar/script.ts";
import type { Payment } from "../liar/script.ts";
import { isWitnessed } from "../liar/truth.ts";

const idsOf = (payments: readonly Payment[]): string[] => payments.map(({ id }) => id);

/** Count, ids and money of the loss before replay, each exactly. */
export function lossClaims(outcome: Outcome): Claim[] {
  const { truth } = outcome;
  const { ids, minor } = lostList(outcome);
  return [
    atLeast(outcome, "rpo.count", truth.lost.length),
    atLeast(outcome, "rpo.amount", truth.lostMinor),
    sameIds("lost", idsOf(truth.lost), ids),
    equal("money lost", truth.lostMinor, minor),
    equal("still missing in the end", truth.residual.length, outcome.transactions["residual"] ?? -1),
  ];
}

const newest =
  (count: number) =>
  (acked: readonly Payment[]): readonly Payment[] =>
    // What the probes paid is not counted here.
    count === 0 ? [] : acked.filter(isWitnessed).slice(-count);

/** One minute of writes at the reference rate is 1,667. */
const minute: Partial<typeof plainDrive> = { ratePerMinute: 10_000, writeEvery: 6, baselineUs: 64 * second };
const flood = {
  ratePerMinute: 600_000,
  writeEvery: 1,
  baselineUs: 10.2 * second,
  watchUs: 1.2 * second,
  settleUs: 0,
  failback: false,
};

function losing(count: number): Variant {
  const drive = count > 10_000 ? flood : count > 100 ? minute : {};
  const detectsAfterUs = count > 10_000 ? 100_000 : second;
  return lying(`${count}`, { script: { lose: newest(count), detectsAfterUs }, drive }, (outcome) => {
    const lost = equal("the liar lost", count, outcome.truth.lost.length);
    const sound = count <= 7 ? [verdictIs(outcome, "PASS")] : [];
    return { reported: `${lostList(outcome).ids.length}`, claims: [lost, ...lossClaims(outcome), ...sound] };
  });
}

const losses: Kat = {
  id: 1,
  title: "exactly N acknowledged writes lost: count, ids, money to the cent",
  variants: [0, 1, 7, 1_666, 1_667, 100_000].map(losing),
};

function aged(seconds: number, status: string): Variant {
  const ageUs = seconds * second;
  const script: Lie["script"] = {
    lose: (acked, { faultUs }) => acked.filter(({ committedUs }) => committedUs >= faultUs - ageUs),
  };
  const drive = { ratePerMinute: 6_000, writeEvery: 2, baselineUs: 64 * second, probeIntervalMs: 20 };
  return lying(`${seconds} s`, { script, drive }, (outcome) => {
    const measured = finding(outcome, "rpo.time").measured;
    const claims = [
      holds(outcome, "rpo.time", outcome.truth.lossAgeUs / 1000, 150),
      holds(outcome, "rpo.time", ageUs / 1000, 150),
      statusIs(outcome, "rpo.time", status),
      ...lossClaims(outcome),
    ];
    return { reported: `${measured?.lo} to ${measured?.hi} ms ${finding(outcome, "rpo.time").status}`, claims };
  });
}

const ages: Kat = {
  id: 3,
  title: "the oldest lost write is 59.9 or 60.1 s old, limit 60 s",
  variants: [aged(59.9, "PASS"), aged(60.1, "FAIL")],
};

const reportedIds = (outcome: Outcome): string => lostList(outcome).ids.join(" ") || "none";
const lossOnly = (outcome: Outcome): Played => ({ reported: reportedIds(outcome), claims: lossClaims(outcome) });

const edges: Kat = {
  id: 4,
  title: "only the newest, only the oldest, and a reading that breaks off before its end",
  variants: [
    lying("the last acknowledged id", { script: { lose: newest(1) } }, lossOnly),
    firstLost("seq 0 of both witnesses", ["selftest.k.0", "selftest.t.0"]),
    // The second witness had its first one kept, and all that came after: no writer loses like that.
    firstLost("seq 0 of the load", ["selftest.k.0"], /the loss of epoch 1 began before/),
    // 3,001 rows: many chunks on the wire, the last of them short.
    lying(
      "3 of thousands of rows",
      { script: { lose: newest(3) }, drive: { ratePerMinute: 30_000, baselineUs: 9 * second } },
      (outcome) => {
        const enough = outcome.truth.acknowledged.length > 3_000 ? "thousands" : "too few";
        return { ...lossOnly(outcome), claims: [...lossClaims(outcome), equal("rows", "thousands", enough)] };
      },
    ),
    lying("readings that break off", { beforeSeal: breakOff }, (outcome) => ({
      reported: outcome.verdict,
      claims: [
        ...["residual", "rpo.count", "duplicates"].map((id) => statusIs(outcome, id, "INCONCLUSIVE")),
        verdictIs(outcome, "INCONCLUSIVE"),
      ],
    })),
  ],
};

function firstLost(name: string, ids: readonly string[], apart?: RegExp): Variant {
  const script: Lie["script"] = { lose: (acked) => acked.filter(({ id }) => ids.includes(id)) };
  return lying(name, { script, ...(apart === undefined ? {} : { apart }) }, (outcome) => {
    const planted = sameIds("the liar lost", ids, idsOf(outcome.truth.lost));
    return { ...lossOnly(outcome), claims: [planted, ...lossClaims(outcome)] };
  });
}

/** What a reader leaves that was cut off: rows, and no end. */
function breakOff(folder: string): void {
  for (const name of ["final", "final-again"]) {
    const path = join(folder, "survivors", `${name}.ndjson`);
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.slice(0, text.lastIndexOf("\n", text.length / 2) + 1));
  }
}

const idsSwallowed = ["selftest.k.15", "selftest.k.18", "selftest.t.4", "selftest.k.60", "selftest.t.12"];
const swallowed: Kat = {
  id: 7,
  title: "committed, and the answer never came",
  variants: [
    lying("5", { script: { onWrite: lieAbout(idsSwallowed, "swallow") } }, (outcome) => {
      const { recovered = -1, lost = -1 } = outcome.transactions;
      const claims = [
        sameIds("the liar swallowed", idsSwallowed, idsOf(outcome.truth.recovered)),
        equal("recovered", 5, recovered),
        equal("lost", 0, lost),
        ...lossClaims(outcome),
        statusIs(outcome, "phantom", "PASS"),
      ];
      return { reported: `${lost} lost, ${recovered} recovered`, claims };
    }),
  ],
};

const replayed: Kat = {
  id: 8,
  title: "acknowledged, gone at the failover, replayed later",
  variants: [
    lying("9", { script: { lose: newest(9) } }, (outcome) => {
      const { salvaged = -1, lost = -1, residual = -1 } = outcome.transactions;
      const claims = [
        equal("salvaged", 9, salvaged),
        counts(outcome, "residual", 0),
        counts(outcome, "duplicates", 0),
        ...lossClaims(outcome),
        verdictIs(outcome, "PASS"),
      ];
      return { reported: `${lost} at first, ${residual} in the end`, claims };
    }),
    lying("9, of which 2 are not found", { script: { lose: newest(9), unsalvaged: 2 } }, (outcome) => {
      const claims = [counts(outcome, "residual", 2), ...lossClaims(outcome), statusIs(outcome, "residual", "FAIL")];
      return {
        reported: `${outcome.transactions["residual"]} in the end`,
        claims: [...claims, verdictIs(outcome, "FAIL")],
      };
    }),
  ],
};

/** The balances are as if nothing had happened. */
const exchanged: Kat = {
  id: 9,
  title: "one lost, a foreign row of equal amount instead",
  variants: [
    lying(
      "lost 1, inserted 1",
      {
        script: {
          lose: newest(1),
          unsalvaged: 1,
          tamper: ({ lostOnes, insert }) => {
            for (const { from, to, amountMinor } of lostOnes())
              insert({ id: "selftest.k.999999", from, to, amountMinor });
          },
        },
      },
      (outcome) => {
        const phantom = finding(outcome, "phantom").measured;
        const claims = [
          statusIs(outcome, "balance", "PASS"),
          ...lossClaims(outcome),
          counts(outcome, "residual", 1),
          equal("rows that nobody sent, at most", outcome.truth.inserted, phantom?.hi ?? -1),
          statusIs(outcome, "phantom", "INCONCLUSIVE", "FAIL"),
          verdictIs(outcome, "FAIL"),
        ];
        return { reported: `balances add up, lost ${reportedIds(outcome)}, ${phantom?.hi} phantom`, claims };
      },
    ),
  ],
};

const balanced: Kat = {
  id: 10,
  title: "one lost, another there twice: count(*) is as it should be",
  variants: [
    lying(
      "lost 1, doubled 1",
      {
        script: {
          lose: newest(1),
          unsalvaged: 1,
          tamper: ({ stored }) => {
            for (const payment of stored().slice(4, 5)) payment.copies = 2;
          },
        },
      },
      (outcome) => {
        const claims = [...lossClaims(outcome), counts(outcome, "residual", 1), counts(outcome, "duplicates", 1)];
        return { reported: `lost ${reportedIds(outcome)}, 1 doubled`, claims: [...claims, verdictIs(outcome, "FAIL")] };
      },
    ),
  ],
};

function holed(name: string, isLost: (n: number) => boolean, apart?: RegExp): Variant {
  const script: Lie["script"] = { lose: (acked) => acked.slice(-35).filter((_, n) => isLost(n)) };
  return lying(name, { script, ...(apart === undefined ? {} : { apart }) }, (outcome) => {
    const holes = /scattered: (\d+) later/.exec(finding(outcome, "rpo.time").reason)?.[1] ?? "0";
    const claims = [
      ...lossClaims(outcome),
      says(outcome, "rpo.time", /scattered/),
      verdictIs(outcome, apart === undefined ? "PASS" : "INCONCLUSIVE"),
    ];
    return { reported: `${lostList(outcome).ids.length} lost, ${holes} holes`, claims };
  });
}

const scattered: Kat = {
  id: 16,
  title: "the loss is scattered, not a suffix",
  variants: [
    holed("every 5th of the last 35, and the 2nd", (n) => n % 5 === 0 || n === 1),
    // By chance each witness places the beginning of such a loss elsewhere.
    holed("every 5th of the last 35", (n) => n % 5 === 0, /the loss of epoch 1 began/),
  ],
};

export const lossKats: readonly Kat[] = [losses, ages, edges, swallowed, replayed, exchanged, balanced, scattered];
