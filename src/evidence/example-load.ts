/** What the load of the example run saw, and what the databases kept: ledger lines in the order k6 would write them, and survivors. */
import { createHash } from "node:crypto";
import { formatIntent, formatMark, formatOutcome, formatRead } from "../model/ledger.ts";
import type { Intent, Outcome, Read, Survivor } from "../model/ledger.ts";
import { microseconds, randomOf, timeoutSeconds, writeEvery } from "./example-script.ts";
import type { Script } from "./example-script.ts";

export interface ExamplePayment {
  readonly intent: Intent;
  readonly outcome: Outcome;
  /** Stored by the Region that serves after the failover (before any replay). */
  readonly inSecondary: boolean;
  /** Stored by the old primary only: what a salvage can find. */
  readonly onlyInPrimary: boolean;
}

export interface ExampleLoad {
  readonly lines: readonly string[];
  readonly payments: readonly ExamplePayment[];
}

/** First 16 hex digits of what stands for the sha256 of the request's body. */
export const hashOf = (run: string, seq: number): string =>
  createHash("sha256").update(`${run}/${seq}`).digest("hex").slice(0, 16);

type Answer = Pick<Read, "status" | "errorCode" | "ack" | "region" | "epoch"> & {
  readonly latency: number;
  readonly applied: boolean;
};

/** What a client gets that sends at `sent`; the client knows the new address from `restored` on. */
function answerAt(script: Script, sent: number, random: () => number): Answer {
  const { cut, restored } = script.at;
  const latency = 0.006 + 0.02 * random();
  const old = { status: 201, errorCode: 0, ack: 1, region: 1, epoch: 1 } as const;
  if (script.harmless || sent + latency < cut) return { ...old, latency, applied: true };
  if (sent < restored) {
    // A third of the requests need a new connection, which is refused a definite way: nothing was sent.
    const dial = sent > cut && random() < 1 / 3;
    const applied = sent < cut && random() < 0.5;
    const errorCode = dial ? 1211 : 1050;
    return { status: 0, errorCode, ack: 0, region: 0, epoch: 0, latency: timeoutSeconds, applied };
  }
  return { status: 201, errorCode: 0, ack: 1, region: 2, epoch: 2, latency: latency + 0.09, applied: true };
}

export function exampleLoad(script: Script): ExampleLoad {
  const random = randomOf(20_260_801);
  const period = 60 / script.ratePerMinute;
  const count = Math.floor((script.at.loadStop - script.at.loadStart) / period);
  const timed: { readonly us: number; readonly line: string }[] = [];
  const payments: ExamplePayment[] = [];
  let lastAcked = -1;
  let position = 16_777_216;
  for (let seq = 0; seq < count; seq++) {
    const sent = script.at.loadStart + seq * period + 0.0004 * random();
    const us = microseconds(sent);
    const answer = answerAt(script, sent, random);
    const endUs = microseconds(sent + answer.latency);
    const { status, errorCode, ack, region, epoch } = answer;
    if (seq % writeEvery !== 0) {
      const of = lastAcked;
      const readStatus = status === 201 ? 200 : status;
      const line = formatRead({
        seq,
        us,
        endUs,
        status: readStatus,
        errorCode,
        ack,
        region,
        epoch,
        of,
      });
      timed.push({ us: endUs, line });
      continue;
    }
    const intent: Intent = {
      seq,
      us,
      amountMinor: 100 + Math.floor(random() * 99_900),
      from: Math.floor(random() * 50),
      to: 50 + Math.floor(random() * 50),
      attempt: 1,
      hash: hashOf(script.run, seq),
    };
    position += 5_400;
    const outcome: Outcome = { seq, us: endUs, status, errorCode, ack, region, epoch, lsn: ack === 1 ? position : 0 };
    timed.push({ us, line: formatIntent(intent) }, { us: endUs, line: formatOutcome(outcome) });
    payments.push({ intent, outcome, inSecondary: answer.applied, onlyInPrimary: false });
    // Reads ask for a payment that was acknowledged a while ago and that the standby has.
    const settled = payments[payments.length - 40];
    if (settled?.outcome.ack === 1) lastAcked = settled.intent.seq;
  }
  const marked = markLost(script, payments);
  addOldPrimaryAcks(script, marked, timed);
  timed.sort((a, b) => a.us - b.us);
  const stopUs = microseconds(script.at.loadStop);
  const doneUs = Math.max(stopUs, timed[timed.length - 1]?.us ?? 0) + 100;
  timed.unshift({ us: 0, line: formatMark({ mark: "open", us: microseconds(script.at.loadStart), n: 0 }) });
  timed.push(
    { us: stopUs, line: formatMark({ mark: "stop", us: stopUs, n: 0 }) },
    { us: doneUs, line: formatMark({ mark: "drop", us: doneUs, n: script.droppedIterations }) },
    { us: doneUs, line: formatMark({ mark: "done", us: doneUs, n: count }) },
  );
  return { lines: timed.map((entry) => entry.line), payments: marked };
}

/** The newest acknowledged writes before the cut are the ones that the asynchronous standby had not received. */
function markLost(script: Script, payments: readonly ExamplePayment[]): ExamplePayment[] {
  const cutUs = microseconds(script.at.cut);
  const acked = payments.filter(({ outcome }) => outcome.ack === 1 && outcome.us < cutUs);
  const lost = new Set(acked.slice(Math.max(0, acked.length - script.lost)).map(({ intent }) => intent.seq));
  if (script.lost === 0) lost.clear();
  return payments.map((payment) =>
    lost.has(payment.intent.seq) ? { ...payment, inSecondary: false, onlyInPrimary: true } : payment,
  );
}

/** Split brain: some writes of the time after the restoration are answered, late, by the old primary with the old epoch. */
function addOldPrimaryAcks(script: Script, payments: ExamplePayment[], timed: { us: number; line: string }[]): void {
  if (script.oldPrimaryAcks === 0) return;
  const fromUs = microseconds(script.at.restored + 5);
  const first = payments.findIndex(({ intent }) => intent.us > fromUs);
  for (let n = first; n < first + script.oldPrimaryAcks; n++) {
    const payment = payments[n];
    if (payment === undefined) return;
    const outcome = { ...payment.outcome, region: 1, epoch: 1 };
    const before = formatOutcome(payment.outcome);
    const at = timed.findIndex((entry) => entry.line === before);
    timed[at] = { us: outcome.us, line: formatOutcome(outcome) };
    payments[n] = { ...payment, outcome };
  }
}

/** The payments as a final read gives them; `final` includes what was salvaged, and the planted defects. */
export function exampleSurvivors(script: Script, payments: readonly ExamplePayment[], final: boolean): Survivor[] {
  const salvaged = new Set(
    payments
      .filter(({ onlyInPrimary }) => final && onlyInPrimary)
      .slice(0, script.salvaged)
      .map(({ intent }) => intent.seq),
  );
  const rows: Survivor[] = [];
  let defects = 0;
  for (const { intent, outcome, inSecondary } of payments) {
    const replayed = salvaged.has(intent.seq);
    if (!inSecondary && !replayed) continue;
    const row: Survivor = {
      witness: "k",
      seq: intent.seq,
      hash: intent.hash,
      amountMinor: intent.amountMinor,
      from: intent.from,
      to: intent.to,
      region: replayed ? 2 : Math.max(1, outcome.region),
      epoch: replayed ? 2 : Math.max(1, outcome.epoch),
      replayed,
      debits: 1,
      credits: 1,
      net: 0,
    };
    const kind = final ? defectOf(script, defects++) : "none";
    if (kind === "duplicated") rows.push(row, row);
    else if (kind === "corrupted") rows.push({ ...row, hash: hashOf("another body", intent.seq) });
    else if (kind === "torn") rows.push({ ...row, credits: 0, net: -intent.amountMinor });
    else rows.push(row);
  }
  return rows;
}

function defectOf(script: Script, nth: number): "none" | "duplicated" | "corrupted" | "torn" {
  if (nth < script.duplicated) return "duplicated";
  if (nth < script.duplicated + script.corrupted) return "corrupted";
  return nth < script.duplicated + script.corrupted + script.torn ? "torn" : "none";
}
