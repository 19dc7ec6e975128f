/** KATs 5, 6, 11, 12, 14 and 26: what is there, and should not be, or not like that, or not here. */
import { lying } from "../case.ts";
import type { Kat, Lie, Outcome, Played } from "../case.ts";
import { citedSeqs, counts, equal, finding, sameIds, says, statusIs, verdictIs } from "../compare.ts";
import { forbiddenRegion } from "../liar/script.ts";
import type { LiarScript, Payment } from "../liar/script.ts";

type Tamper = LiarScript["tamper"];

/** Changes the stored payments at these places, in the order of the commits. */
const change =
  (places: readonly number[], act: (payment: Payment) => void): Tamper =>
  ({ stored }) => {
    const all = stored();
    for (const place of places) {
      const payment = all[place];
      if (payment !== undefined) act(payment);
    }
  };

const failed =
  (id: string, count: number) =>
  (outcome: Outcome): Played => ({
    reported: `${finding(outcome, id).measured?.lo}`,
    claims: [counts(outcome, id, count), statusIs(outcome, id, "FAIL"), verdictIs(outcome, "FAIL")],
  });

const tampered = (tamper: Tamper): Lie => ({ script: { tamper } });

const duplicated: Kat = {
  id: 5,
  title: "rows there twice; one row posted twice",
  variants: [
    lying("3 rows twice", tampered(change([2, 9, 30], (row) => void (row.copies = 2))), failed("duplicates", 3)),
    lying("1 row 300 times", tampered(change([7], (row) => void (row.copies = 300))), failed("duplicates", 1)),
    lying(
      "2 rows posted twice",
      tampered(
        change([5, 6], (row) => {
          row.debits = 2;
          row.credits = 2;
        }),
      ),
      failed("duplicates", 2),
    ),
  ],
};

const seqOf = ({ id }: Payment): string => id.slice(id.lastIndexOf(".") + 1);

/** Exactly the changed rows, named by their lines. */
function corrupted(name: string, places: readonly number[], tamper: Tamper) {
  const planted: string[] = [];
  const noting: Tamper = (volume) => {
    planted.length = 0;
    change(places, (row) => void planted.push(seqOf(row)))(volume);
    tamper(volume);
  };
  return lying(name, tampered(noting), (outcome) => ({
    reported: `${finding(outcome, "corrupt").measured?.lo}`,
    claims: [
      counts(outcome, "corrupt", places.length),
      sameIds("corrupt", planted, citedSeqs(outcome, "corrupt", "survivors/").map(String)),
      statusIs(outcome, "torn", "PASS"),
      verdictIs(outcome, "FAIL"),
    ],
  }));
}

const corruption: Kat = {
  id: 6,
  title: "stored with another content than was sent",
  variants: [
    corrupted(
      "a byte flipped",
      [12],
      change([12], (row) => void (row.storedBody = row.body.replace("USD", "USE"))),
    ),
    corrupted("two bodies swapped", [3, 4], ({ stored }) => {
      const [a, b] = [stored()[3], stored()[4]];
      if (a === undefined || b === undefined) return;
      [a.storedBody, b.storedBody] = [b.storedBody, a.storedBody];
    }),
    corrupted(
      "cut short",
      [20],
      change([20], (row) => void (row.storedBody = row.body.slice(0, 40))),
    ),
    corrupted(
      "another account",
      [8],
      change([8], (row) => void (row.storedFrom = 1 + (row.from % 25))),
    ),
  ],
};

const torn: Kat = {
  id: 11,
  title: "a debit without its credit, and the other way round",
  variants: [
    lying("1 credit gone", tampered(change([6], (row) => void (row.credits = 0))), tornIs(1)),
    lying("2 debits gone", tampered(change([6, 7], (row) => void (row.debits = 0))), tornIs(2)),
    lying(
      "a balance changed by hand",
      { script: { tamper: ({ addToBalance }) => addToBalance(7, 500) } },
      (outcome) => ({
        reported: finding(outcome, "balance").status,
        claims: [statusIs(outcome, "balance", "FAIL"), statusIs(outcome, "torn", "PASS"), verdictIs(outcome, "FAIL")],
      }),
    ),
  ],
};

function tornIs(count: number) {
  return (outcome: Outcome): Played => ({
    reported: `${finding(outcome, "torn").measured?.lo} torn, balance ${finding(outcome, "balance").status}`,
    claims: [counts(outcome, "torn", count), statusIs(outcome, "balance", "FAIL"), verdictIs(outcome, "FAIL")],
  });
}

const refused: Kat = {
  id: 12,
  title: 'answered "not executed", and done all the same',
  variants: [
    lying("4", { script: { onWrite: (n) => (n % 9 === 4 && n < 40 ? "refuse-and-do" : null) } }, (outcome) => {
      const planted = outcome.truth.refusedYetThere.length;
      const base = failed("phantom", 4)(outcome);
      return { ...base, claims: [equal("the liar did", 4, planted), ...base.claims] };
    }),
  ],
};

const flutter: Kat = {
  id: 14,
  title: "gone, or back again, between the two final readings",
  variants: [
    lying(
      "2 vanish",
      { script: { tamperAgain: ({ stored, remove }) => stored().slice(10, 12).forEach(remove) } },
      (outcome) => ({
        reported: `${finding(outcome, "residual").measured?.lo} gone`,
        claims: [counts(outcome, "residual", 2), says(outcome, "residual", /2 were there in the first final reading/)],
      }),
    ),
    lying(
      "1 of 3 comes back",
      {
        script: {
          lose: (acked) => acked.slice(-3),
          unsalvaged: 3,
          tamperAgain: ({ lostOnes, restore }) => lostOnes().slice(0, 1).forEach(restore),
        },
      },
      (outcome) => ({
        reported: `${finding(outcome, "phantom").measured?.lo} back, ${finding(outcome, "residual").measured?.lo} gone`,
        claims: [counts(outcome, "phantom", 1), counts(outcome, "residual", 2), verdictIs(outcome, "FAIL")],
      }),
    ),
  ],
};

const residencyIs =
  (planted: () => readonly string[]) =>
  (outcome: Outcome): Played => {
    const cited = citedSeqs(outcome, "residency", "ledger/").map(String);
    return {
      reported: `seq ${cited.join(" ")}`,
      claims: [
        counts(outcome, "residency", planted().length),
        sameIds("outside", planted(), cited),
        statusIs(outcome, "residency", "FAIL"),
        verdictIs(outcome, "FAIL"),
      ],
    };
  };

const outsideSeqs = ["8", "11", "24"];
const servedOutside = [9, 15];

const residency: Kat = {
  id: 26,
  title: "stored, or served, in a Region where it may not be",
  variants: [
    lying(
      "3 rows stored elsewhere",
      tampered(({ stored }) => {
        outsideSeqs.length = 0;
        for (const row of stored().slice(2, 5)) {
          row.storedRegion = forbiddenRegion;
          outsideSeqs.push(seqOf(row));
        }
      }),
      residencyIs(() => outsideSeqs),
    ),
    lying(
      "2 served and stored elsewhere",
      { script: { onWrite: (n) => (servedOutside.includes(n) ? "elsewhere" : null) } },
      residencyIs(() => servedOutside.map((n) => String(3 * n))),
    ),
    lying(
      "1 served elsewhere, stored where it should be",
      {
        script: {
          onWrite: (n) => (n === 12 ? "elsewhere" : null),
          tamper: ({ stored }) => {
            for (const row of stored()) if (row.storedRegion === forbiddenRegion) row.storedRegion = "us-east-1";
          },
        },
      },
      residencyIs(() => ["36"]),
    ),
  ],
};

export const integrityKats: readonly Kat[] = [duplicated, corruption, torn, refused, flutter, residency];
