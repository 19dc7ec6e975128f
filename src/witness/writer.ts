/**
 * The second witness's schedule and its ledger: an open model of its own, timed from when each write was due, whose seq is the slot in
 * that schedule. The intent is on the disk before the first byte is sent, the outcome is written when it comes, and the end is marked.
 */
import { formatIntent, formatMark, formatOutcome } from "../model/ledger.ts";
import type { RunClock } from "../run/clock.ts";
import { EvidenceFile } from "../run/evidence-file.ts";
import { sleep } from "../run/poll.ts";
import { paymentOf } from "./payment.ts";
import { writeOnce, type Service } from "./write.ts";

export interface WriterOptions {
  readonly clock: RunClock;
  /** Must not exist yet. */
  readonly ledgerFile: string;
  readonly service: Service;
  readonly idPrefix: string;
  readonly seed: string;
  readonly ratePerMinute: number;
  readonly bodyBytes: number;
}

export const witnessLetter = "t";

/** After a pause of this process the slots that are overdue by more than this are left out and counted, not made up for in a burst. */
const latestUs = 1_000_000;
/** Beyond what the timeout lets be under way at this rate. */
const spareInFlight = 64;

interface Ledger {
  readonly file: EvidenceFile;
  readonly nowUs: () => number;
}

/** Writes until the signal aborts; then begins nothing new, waits for what is under way (at most the timeout), and closes the ledger. */
export async function writeUntil(
  stopped: AbortSignal,
  options: WriterOptions,
  started: () => void = () => {},
): Promise<void> {
  const { clock, ratePerMinute, service } = options;
  using file = new EvidenceFile(options.ledgerFile, {
    ...clock.header("dr-drill/ledger@1"),
    witness: witnessLetter,
    idPrefix: options.idPrefix,
    ratePerMinute,
    regions: service.regions,
    tool: `the second witness (node ${process.version}, ${process.platform}/${process.arch})`,
  });
  const periodUs = 60e6 / ratePerMinute;
  const mostInFlight = Math.ceil((service.timeoutMs * 1000) / periodUs) + spareInFlight;
  const ledger: Ledger = { file, nowUs: () => clock.us() };
  const inFlight = new Set<Promise<void>>();
  const failing = new AbortController();
  const ending = AbortSignal.any([stopped, failing.signal]);
  let [begun, dropped, told] = [0, 0, 0];
  const firstUs = clock.us();
  file.appendText(formatMark({ mark: "open", us: firstUs, n: 0 }));
  started();
  for (let seq = 0; !ending.aborted; seq += 1) {
    const dueUs = firstUs + seq * periodUs;
    await until(dueUs, clock, ending);
    if (ending.aborted) break;
    if (clock.us() - dueUs > latestUs || inFlight.size >= mostInFlight) {
      dropped += 1;
      continue;
    }
    if (dropped > told) file.appendText(formatMark({ mark: "drop", us: clock.us(), n: dropped }));
    told = dropped;
    begun += 1;
    const one = write(ledger, seq, options);
    inFlight.add(one);
    one.then(
      () => void inFlight.delete(one),
      // A record with gaps is no record: the first row that cannot be written ends it.
      (error: unknown) => failing.abort(error),
    );
  }
  file.appendText(formatMark({ mark: "stop", us: clock.us(), n: inFlight.size }));
  await Promise.allSettled(inFlight);
  failing.signal.throwIfAborted();
  file.appendText(formatMark({ mark: "drop", us: clock.us(), n: dropped }));
  file.appendText(formatMark({ mark: "done", us: clock.us(), n: begun }));
}

async function write(ledger: Ledger, seq: number, options: WriterOptions): Promise<void> {
  const { seed, idPrefix, bodyBytes } = options;
  const payment = paymentOf({ seed, idPrefix, bodyBytes, seq });
  const { amountMinor, from, to } = payment;
  const us = ledger.nowUs();
  ledger.file.appendText(formatIntent({ seq, us, amountMinor, from, to, attempt: 1, hash: payment.hash.slice(0, 16) }));
  await ledger.file.synced();
  const answer = await writeOnce(options.service, payment);
  ledger.file.appendText(formatOutcome({ seq, us: ledger.nowUs(), ...answer }));
}

async function until(us: number, clock: RunClock, signal: AbortSignal): Promise<void> {
  // A timer may fire up to a millisecond early: nothing is sent before it is due.
  for (let leftMs = (us - clock.us()) / 1000; leftMs > 0 && !signal.aborted; leftMs = (us - clock.us()) / 1000) {
    await sleep(Math.ceil(leftMs), signal).catch(() => {});
  }
}
