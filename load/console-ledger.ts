/** The ledger's functions by console.log: k6 writes each line at once, unbuffered. One per virtual user, without a view of the others. */
import exec from "k6/execution";
import { formatIntent, formatMark, formatOutcome, formatRead } from "../src/model/ledger.ts";
import { settings } from "./settings.ts";
import type { Ledger } from "./transaction.ts";

declare const console: { log(line: string): void };

/** Wall clock at the run's epoch, µs; exact enough as a double for the next 250 years. */
const epochWallUs = Number(__ENV["DRILL_EPOCH_WALL_US"]);
const numbers = new Map(settings.regions.map((name, index) => [name, index + 1]));
const regionNumber = (name: string): number => numbers.get(name) ?? 0;
const nowUs = (): number => Math.round(Date.now() * 1000 - epochWallUs);
/** console.log ends the line itself. */
const write = (line: string): void => console.log(line.slice(0, -1));

let sentHash = "";
let recent = "";

export const consoleLedger: Ledger = {
  begin: () => {
    if (exec.scenario.iterationInTest === 0) {
      write(formatMark({ mark: "open", us: Math.round(exec.scenario.startTime * 1000 - epochWallUs), n: 0 }));
    }
    return true;
  },
  nowUs,
  intent: (seq, amountMinor, from, to, attempt, hash) => {
    sentHash = hash;
    write(formatIntent({ seq, us: nowUs(), amountMinor, from, to, attempt, hash }));
  },
  outcome: (seq, status, errorCode, ack, region, epoch, lsn) => {
    if (ack === 1) recent = sentHash + seq;
    write(formatOutcome({ seq, us: nowUs(), status, errorCode, ack, region: regionNumber(region), epoch, lsn }));
  },
  read: (seq, sentUs, status, errorCode, ack, region, epoch, of) => {
    write(
      formatRead({ seq, us: sentUs, endUs: nowUs(), status, errorCode, ack, region: regionNumber(region), epoch, of }),
    );
  },
  recent: () => recent,
};
