/**
 * G11, as part of KATs 18 and 23: two witnesses who contradict each other, or of whom one is not there, and two who differ only as two
 * honest ones may. What is planted is never in doubt here; it is the record that must be.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lying } from "../case.ts";
import type { Lie, Outcome, Played, Variant } from "../case.ts";
import { brief, counts, equal, finding, says, statusIs, verdictIs } from "../compare.ts";
import type { Claim } from "../compare.ts";
import { plainWitness } from "../drive/options.ts";
import type { WitnessDrive } from "../drive/options.ts";
import { second } from "../liar/script.ts";
import type { Payment } from "../liar/script.ts";
import { lossClaims } from "./loss.ts";

const files = { k: "k6.ndjson", t: "t.ndjson" } as const;
type Letter = keyof typeof files;

interface Row {
  readonly k?: string;
  readonly seq?: number;
}

/** Changes a ledger's lines behind the header, or leaves them out (null). */
function rewrite(folder: string, witness: Letter, change: (line: string, row: Row) => string | null): void {
  const path = join(folder, "ledger", files[witness]);
  const [head = "", ...lines] = readFileSync(path, "utf8").trimEnd().split("\n");
  const kept = lines.flatMap((line) => change(line, JSON.parse(line) as Row) ?? []);
  writeFileSync(path, `${[head, ...kept].join("\n")}\n`);
}

/** The ledger has no longer what it wrote of the writes that were lost. */
const forgets =
  (witness: Letter, kinds: readonly string[]): NonNullable<Lie["beforeSeal"]> =>
  (folder, { lost }) => {
    const ids = new Set(lost.map(({ id }) => id));
    rewrite(folder, witness, (line, { k = "", seq }) =>
      kinds.includes(k) && ids.has(`selftest.${witness}.${seq}`) ? null : line,
    );
  };

/** What was committed in the last second before the fault. */
const lastSecond = { lose: newerThan(second, ["k", "t"]) };

function newerThan(us: number, witnesses: readonly Letter[]) {
  return (acked: readonly Payment[], { faultUs }: { readonly faultUs: number }): readonly Payment[] =>
    acked.filter(
      ({ id, committedUs }) => committedUs >= faultUs - us && witnesses.some((letter) => id.includes(`.${letter}.`)),
    );
}

/** Not to be believed, and the gate says why. */
function doubted(why: RegExp, more: (outcome: Outcome) => readonly Claim[] = () => []): (outcome: Outcome) => Played {
  return (outcome) => ({
    reported: `${outcome.verdict}: ${brief(finding(outcome, "evidence.intact").reason)}`,
    claims: [
      statusIs(outcome, "evidence.intact", "INCONCLUSIVE"),
      says(outcome, "evidence.intact", why),
      verdictIs(outcome, "INCONCLUSIVE"),
      ...more(outcome),
    ],
  });
}

/** Who is missing, and who is contradicted, in so many words: said as part of the gate, too. */
const contradicted = (
  name: string,
  lie: Lie & { readonly apart: RegExp },
  more?: (outcome: Outcome) => readonly Claim[],
): Variant => lying(name, lie, doubted(lie.apart, more));

const unsure =
  (...ids: readonly string[]) =>
  (outcome: Outcome): Claim[] =>
    ids.map((id) => statusIs(outcome, id, "INCONCLUSIVE"));

const noTrace = /^5 writes of the second witness left no trace$/;
const lossApart = /the loss of epoch 1 began not before \S+ s by k6, between \S+ s and \S+ s by the second witness/;
const onlyTheSeconds = { lose: newerThan(2 * second, ["t"]) };

/** For KAT 23: what the two ledgers hold. */
export const ledgersApart: readonly Variant[] = [
  lying(
    "the load's outcomes of lost writes gone",
    { script: lastSecond, beforeSeal: forgets("k", ["o"]) },
    doubted(/k6\.ndjson: \d+ writes without an outcome/),
  ),
  lying(
    "the load's lost writes gone, intents and all",
    { script: lastSecond, beforeSeal: forgets("k", ["i", "o"]) },
    doubted(/k6\.ndjson.* 10 /, unsure("load.delivered", "rto", "phantom")),
  ),
  lying(
    "the second witness's lost writes gone, intents and all",
    { script: lastSecond, beforeSeal: forgets("t", ["i", "o"]), apart: noTrace },
    doubted(/t\.ndjson.* 5 /),
  ),
  lying(
    "the second witness's writes, lost for good, gone, intents and all",
    {
      script: { lose: newerThan(second, ["t"]), unsalvaged: 1_000 },
      beforeSeal: forgets("t", ["i", "o"]),
      apart: noTrace,
    },
    doubted(/t\.ndjson.* 5 /),
  ),
  lying(
    "the second witness's outcomes of lost writes gone",
    { script: lastSecond, beforeSeal: forgets("t", ["o"]) },
    doubted(/t\.ndjson: \d+ writes without an outcome/),
  ),
  contradicted("a loss that only the second witness had", { script: onlyTheSeconds, apart: lossApart }, (outcome) => [
    ...lossClaims(outcome),
    ...unsure("rpo.time", "rpo.count")(outcome),
  ]),
  lying(
    "a loss that only the second witness had, 3 of it for good",
    { script: { ...onlyTheSeconds, unsalvaged: 3 }, apart: lossApart },
    (outcome) => ({
      reported: `${outcome.verdict}: ${finding(outcome, "residual").measured?.lo} gone`,
      claims: [
        ...lossClaims(outcome),
        ...unsure("rpo.time", "evidence.intact")(outcome),
        counts(outcome, "residual", 3),
        statusIs(outcome, "residual", "FAIL"),
        verdictIs(outcome, "FAIL"),
      ],
    }),
  ),
  contradicted(
    "the second witness's epoch 2 in the old Region",
    {
      beforeSeal: (folder) =>
        rewrite(folder, "t", (line, { k }) => (k === "o" ? line.replace('"rg":2', '"rg":1') : line)),
      apart: /epoch 2 was acknowledged by eu-west-1 by k6, us-east-1 by the second witness/,
    },
    unsure("splitBrain"),
  ),
  contradicted("the second witness's ledger gone", {
    beforeSeal: (folder) => rmSync(join(folder, "ledger", files.t)),
    apart: /the manifest promises a second witness, and there is no ledger of it/,
  }),
  lying(
    "the second witness's ledger cut short",
    { beforeSeal: (folder) => rewrite(folder, "t", (line, { seq = 1e9 }) => (seq < 40 ? line : null)) },
    doubted(/t\.ndjson was cut short: it has no "done" mark/),
  ),
];

const witness = (how: Partial<WitnessDrive>) => ({ witness: { ...plainWitness, ...how } });
/** After the failover, and longer than a timeout and the spacing of the writes can explain. */
const blind = { fromUs: 10 * second, untilUs: 15 * second };

function agreeing(name: string, lie: Lie, more: (outcome: Outcome) => readonly Claim[] = () => []): Variant {
  return lying(name, lie, (outcome) => ({
    reported: `${outcome.verdict}, ${outcome.truth.lost.length} lost`,
    claims: [
      ...more(outcome),
      ...lossClaims(outcome),
      says(outcome, "evidence.intact", /agrees with the load on losses, epochs and outages/),
      verdictIs(outcome, "PASS"),
    ],
  }));
}

/** For KAT 18: what the two witnesses could see. */
export const witnessesBlind: readonly Variant[] = [
  contradicted(
    "the second witness cut off for 5 s",
    { drive: witness({ blind }), apart: /the second witness was not served from \S+ s to \S+ s, k6 was/ },
    unsure("rto"),
  ),
  contradicted(
    "the load cut off for 5 s",
    { drive: { loadBlind: blind }, apart: /k6 was not served from \S+ s to \S+ s, the second witness was/ },
    unsure("rto"),
  ),
  contradicted(
    "the second witness cut off from the fault on",
    {
      drive: witness({ blind: { fromUs: 5 * second, untilUs: Number.POSITIVE_INFINITY } }),
      apart: /k6 was acknowledged in epoch 2 from \S+ s to \S+ s, the second witness never, with \d+ writes/,
    },
    unsure("splitBrain", "rto"),
  ),
  ...[7 * second, Number.POSITIVE_INFINITY].map((startsAfterUs) =>
    contradicted(
      startsAfterUs === Number.POSITIVE_INFINITY ? "a second witness that never writes" : "a late second witness",
      {
        script: lastSecond,
        drive: witness({ startsAfterUs }),
        apart: /the second witness was not acknowledged a single write before the fault: it confirms nothing/,
      },
      unsure("rpo.time"),
    ),
  ),
  agreeing(
    "the second witness follows the name 5 s later",
    {
      script: lastSecond,
      // Asks for the name just before it moves.
      drive: { ...witness({ startsAfterUs: 2_400_000 }), dnsTtlSeconds: 5 },
    },
    ({ truth }) => {
      const moved = truth.acknowledged.filter(({ id, region }) => region === 1 && id.includes(".t."));
      const lateUs = Math.min(...moved.map(({ sentUs }) => sentUs)) - truth.moments.restoredUs;
      return [equal("it followed late", "yes", lateUs > 4 * second ? "yes" : `after ${lateUs} µs`)];
    },
  ),
  agreeing("the second witness cut off for 0.8 s", {
    drive: witness({ blind: { fromUs: 10 * second, untilUs: 10_800_000 } }),
  }),
  agreeing("a loss between two writes of a slow second witness", {
    script: { lose: newerThan(300_000, ["k", "t"]) },
    drive: witness({ ratePerMinute: 60, startsAfterUs: 600_000 }),
  }),
];
