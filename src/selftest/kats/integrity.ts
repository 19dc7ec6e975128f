/** KATs 5, 6, 11, 12, 14 and 26: what is there, and should not be, or not like that, or not here. */
import { lying } from "../case.ts";
import type { Kat, Lie, Outcome, Played } from "../case.ts";
import { citedIds, counts, finding, sameIds, says, statusIs, verdictIs } from "../compare.ts";
import { forbiddenRegion, lieAbout } from "../liar/script.ts";
import type { LiarScript, Payment } from "../liar/script.ts";

type Tamper = LiarScript["tamper"];

const idsOf = (payments: readonly Payment[]): string[] => payments.map(({ id }) => id);

type Places = Readonly<Partial<Record<"k" | "t", readonly number[]>>>;

const storedOf = (all: readonly Payment[], witness: string): Payment[] =>
  all.filter(({ id }) => id.includes(`.${witness}.`));

/** Changes what is stored of each witness's payments at these places, in the order of the commits. */
const change =
  (places: Places, act: (payment: Payment) => void): Tamper =>
  ({ stored }) => {
    for (const [witness, chosen] of Object.entries(places)) {
      const all = storedOf(stored(), witness);
      for (const place of chosen) {
        const payment = all[place];
        if (payment !== undefined) act(payment);
      }
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
    lying(
      "3 rows twice",
      tampered(change({ k: [2, 19], t: [3] }, (row) => void (row.copies = 2))),
      failed("duplicates", 3),
    ),
    lying("1 row 300 times", tampered(change({ k: [5] }, (row) => void (row.copies = 300))), failed("duplicates", 1)),
    lying(
      "2 rows posted twice",
      tampered(
        change({ k: [4], t: [2] }, (row) => {
          row.debits = 2;
          row.credits = 2;
        }),
      ),
      failed("duplicates", 2),
    ),
  ],
};

/** Exactly the changed rows, named by their lines. */
function corrupted(name: string, places: Places, tamper: Tamper) {
  const planted: string[] = [];
  const noting: Tamper = (volume) => {
    planted.length = 0;
    change(places, ({ id }) => void planted.push(id))(volume);
    tamper(volume);
  };
  return lying(name, tampered(noting), (outcome) => ({
    reported: `${finding(outcome, "corrupt").measured?.lo}`,
    claims: [
      counts(outcome, "corrupt", planted.length),
      sameIds("corrupt", planted, citedIds(outcome, "corrupt", "survivors/")),
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
      { k: [8], t: [4] },
      change({ k: [8], t: [4] }, (row) => void (row.storedBody = row.body.replace("USD", "USE"))),
    ),
    corrupted("two bodies swapped", { k: [3], t: [1] }, ({ stored }) => {
      const [a, b] = [storedOf(stored(), "k")[3], storedOf(stored(), "t")[1]];
      if (a === undefined || b === undefined) return;
      [a.storedBody, b.storedBody] = [b.storedBody, a.storedBody];
    }),
    corrupted(
      "cut short",
      { k: [14] },
      change({ k: [14] }, (row) => void (row.storedBody = row.body.slice(0, 40))),
    ),
    corrupted(
      "another account",
      { t: [5] },
      change({ t: [5] }, (row) => void (row.storedFrom = 1 + (row.from % 25))),
    ),
  ],
};

const torn: Kat = {
  id: 11,
  title: "a debit without its credit, and the other way round",
  variants: [
    lying("1 credit gone", tampered(change({ k: [6] }, (row) => void (row.credits = 0))), tornIs(1)),
    lying("2 debits gone", tampered(change({ k: [6], t: [7] }, (row) => void (row.debits = 0))), tornIs(2)),
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

const idsRefused = ["selftest.k.12", "selftest.t.5", "selftest.k.60", "selftest.t.13"];
const refused: Kat = {
  id: 12,
  title: 'answered "not executed", and done all the same',
  variants: [
    lying("4", { script: { onWrite: lieAbout(idsRefused, "refuse-and-do") } }, (outcome) => {
      const base = failed("phantom", idsRefused.length)(outcome);
      return {
        ...base,
        claims: [sameIds("the liar did", idsRefused, idsOf(outcome.truth.refusedYetThere)), ...base.claims],
      };
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
  (planted: readonly string[]) =>
  (outcome: Outcome): Played => {
    const cited = citedIds(outcome, "residency", "ledger/");
    return {
      reported: cited.join(" "),
      claims: [
        counts(outcome, "residency", planted.length),
        sameIds("outside", planted, cited),
        sameIds("the liar's own", planted, idsOf(outcome.truth.outside)),
        statusIs(outcome, "residency", "FAIL"),
        verdictIs(outcome, "FAIL"),
      ],
    };
  };

const idsOutside = ["selftest.k.9", "selftest.k.12", "selftest.t.2"];
const elsewhere = lieAbout(idsOutside, "elsewhere");

const residency: Kat = {
  id: 26,
  title: "stored, or served, in a Region where it may not be",
  variants: [
    lying(
      "3 rows stored elsewhere",
      tampered(({ stored }) => {
        for (const row of stored()) if (idsOutside.includes(row.id)) row.storedRegion = forbiddenRegion;
      }),
      residencyIs(idsOutside),
    ),
    lying("3 served and stored elsewhere", { script: { onWrite: elsewhere } }, residencyIs(idsOutside)),
    lying(
      "3 served elsewhere, stored where they should be",
      {
        script: {
          onWrite: elsewhere,
          tamper: ({ stored }) => {
            for (const row of stored()) if (row.storedRegion === forbiddenRegion) row.storedRegion = "us-east-1";
          },
        },
      },
      residencyIs(idsOutside),
    ),
  ],
};

export const integrityKats: readonly Kat[] = [duplicated, corruption, torn, refused, flutter, residency];
