/** What one witness recorded, by seq: every arrival is a write (intent, then outcome) or a read (one line when it is over). */
import { answerKey, answerOfKey } from "./answer-key.ts";
import type { Answer } from "./answer-key.ts";
import { isRefused, nextNumber, refusalOf } from "./refused.ts";
import type { Refusal } from "./refused.ts";
import { intent, outcome } from "./sink.ts";
import type { RecordColumns, SentColumns } from "./sink.ts";
import { Spans } from "./spans.ts";
import type { Span } from "./spans.ts";
import { grown, NearColumn, NumberColumn, SmallNumberColumn, TimeColumn } from "./columns.ts";

/** A second or later attempt with the same seq (retries reuse the id). */
export interface Extra {
  readonly seq: number;
  readonly kind: "intent" | "outcome";
  readonly us: number;
  /** Number of the answer; -1 for an intent. */
  readonly answer: number;
  readonly line: number;
}

const writeBit = 1;
const endBit = 2;
const readBit = 4;

export type Put = "ok" | "orphan" | "twice" | "seq" | Refusal;

export class Arrivals {
  /** One more than the largest seq. */
  size = 0;
  writes = 0;
  reads = 0;
  /** How many Regions an answer may choose from: those that the ledger's header lists. */
  regions = 9;
  readonly answers: Answer[] = [];
  readonly extras: Extra[] = [];

  #capacity: number;
  #state: Uint8Array;
  #hashHigh: Int32Array;
  #hashLow: Int32Array;
  readonly #answer: SmallNumberColumn;
  readonly #line: NearColumn;
  readonly #sent: TimeColumn;
  readonly #took: NumberColumn;
  readonly #amount: NumberColumn;
  readonly #from: SmallNumberColumn;
  readonly #to: SmallNumberColumn;
  readonly #written = new Spans();
  readonly #known = new Map<number, number>();
  #lastKey = Number.NaN;
  #lastAnswer = 0;
  /** By seq: further attempts whose outcome is not on record. */
  readonly #open = new Map<number, number>();

  /** `expected`: about how many seqs there will be; more is fine. */
  constructor(expected: number) {
    const capacity = Math.max(1024, expected);
    this.#capacity = capacity;
    this.#state = new Uint8Array(capacity);
    this.#hashHigh = new Int32Array(capacity);
    this.#hashLow = new Int32Array(capacity);
    this.#answer = new SmallNumberColumn(capacity, 1);
    this.#line = new NearColumn(capacity);
    this.#sent = new TimeColumn(capacity);
    this.#took = new NumberColumn(capacity);
    this.#amount = new NumberColumn(capacity);
    this.#from = new SmallNumberColumn(capacity, 2);
    this.#to = new SmallNumberColumn(capacity, 2);
  }

  isWrite(seq: number): boolean {
    return ((this.#state[seq] ?? 0) & writeBit) !== 0;
  }
  isRead(seq: number): boolean {
    return ((this.#state[seq] ?? 0) & readBit) !== 0;
  }
  /** Its outcome, or the end of the read, is on record. */
  hasEnded(seq: number): boolean {
    return ((this.#state[seq] ?? 0) & endBit) !== 0;
  }
  isKnown(seq: number): boolean {
    return (this.#state[seq] ?? 0) !== 0;
  }
  sentUs(seq: number): number {
    return this.#sent.get(seq);
  }
  /** Meaningful when it has ended. */
  endUs(seq: number): number {
    return this.#sent.get(seq) + this.#took.get(seq);
  }
  /** Number of its answer in `answers`. */
  answerOf(seq: number): number {
    return this.#answer.get(seq);
  }
  /** From when to when it was the first outcome of writes; null: of none. */
  written(answer: number): Span | null {
    return this.#written.of(answer);
  }
  amountMinor(seq: number): number {
    return this.#amount.get(seq);
  }
  from(seq: number): number {
    return this.#from.get(seq);
  }
  to(seq: number): number {
    return this.#to.get(seq);
  }
  /** For a read: the seq of the write that it asked for, or -1. */
  readOf(seq: number): number {
    return this.#amount.get(seq) - 1;
  }
  /** The first eight hex digits of the hash. */
  hashHigh(seq: number): number {
    return (this.#hashHigh[seq] ?? 0) >>> 0;
  }
  hashLow(seq: number): number {
    return (this.#hashLow[seq] ?? 0) >>> 0;
  }
  /** The line of the outcome or the read, or of the intent when that is all there is. */
  line(seq: number): number {
    return this.isKnown(seq) ? this.#line.get(seq) : 0;
  }

  /**
   * Compares stored rows with the writes that were sent. Into `differs`, row by row: 0 not at all, 1 another body, 2 other fields, 3 both;
   * -1: no such write was sent. Returns whether they are all 0.
   */
  compare(rows: SentColumns, count: number, differs: Int8Array): boolean {
    const [state, high, low, amount, from, to] = [
      this.#state,
      this.#hashHigh,
      this.#hashLow,
      this.#amount,
      this.#from,
      this.#to,
    ];
    let all = 0;
    for (let n = 0; n < count; n++) {
      const seq = rows.seq[n] ?? 0;
      let differ = -1;
      if (((state[seq] ?? 0) & writeBit) !== 0) {
        const sameBody = high[seq] === rows.hashHigh[n] && low[seq] === rows.hashLow[n];
        const sameFields =
          amount.get(seq) === rows.amount[n] && from.get(seq) === rows.from[n] && to.get(seq) === rows.to[n];
        differ = (sameBody ? 0 : 1) + (sameFields ? 0 : 2);
      }
      differs[n] = differ;
      all |= differ;
    }
    return all === 0;
  }

  /** `high` and `low` with or without a sign. */
  #sameHash(seq: number, high: number, low: number): boolean {
    return this.#hashHigh[seq] === (high | 0) && this.#hashLow[seq] === (low | 0);
  }

  /** For when all readings have been compared: nothing else needs what takes a quarter of the memory. From then on all hashes are 0. */
  forgetHashes(): void {
    this.#hashHigh = new Int32Array(0);
    this.#hashLow = new Int32Array(0);
  }

  /** Takes the first `count` records, which stand in consecutive lines; `wrong` hears of each that cannot be. */
  putAll(
    { kind, seq, us, endUs, amount, from, to, hashHigh, hashLow, answer }: RecordColumns,
    count: number,
    firstLine: number,
    wrong: (line: number, put: Exclude<Put, "ok">) => void,
  ): void {
    for (let n = 0; n < count; n++) {
      const at = seq[n] ?? 0;
      const sent = us[n] ?? 0;
      const line = firstLine + n;
      let put: Put = "ok";
      if (kind[n] === intent) {
        const minor = amount[n] ?? 0;
        put = this.putIntent(at, sent, minor, from[n] ?? 0, to[n] ?? 0, hashHigh[n] ?? 0, hashLow[n] ?? 0, line);
      } else {
        const answered = this.#numberOf(answer[n] ?? 0);
        if (kind[n] === outcome) put = this.putOutcome(at, sent, answered, line);
        else put = this.putRead(at, sent, endUs[n] ?? 0, answered, amount[n] ?? 0, line);
      }
      if (put !== "ok") wrong(line, put);
    }
  }

  putIntent(
    seq: number,
    us: number,
    amount: number,
    from: number,
    to: number,
    high: number,
    low: number,
    line: number,
  ): Put {
    if (!this.#reserve(seq)) return "seq";
    const state = this.#state[seq] ?? 0;
    if ((state & readBit) !== 0) return "twice";
    if ((state & writeBit) !== 0) {
      this.extras.push({ seq, kind: "intent", us, answer: -1, line });
      this.#open.set(seq, (this.#open.get(seq) ?? 0) + 1);
      return this.#sameHash(seq, high, low) ? "ok" : "twice";
    }
    this.#state[seq] = state | writeBit;
    this.writes += 1;
    this.#sent.set(seq, us);
    this.#amount.set(seq, amount);
    this.#from.set(seq, from);
    this.#to.set(seq, to);
    this.#hashHigh[seq] = high;
    this.#hashLow[seq] = low;
    this.#line.set(seq, line);
    return "ok";
  }

  putOutcome(seq: number, us: number, answer: number, line: number): Put {
    if (isRefused(answer)) return refusalOf(answer);
    const state = this.#state[seq] ?? 0;
    if ((state & writeBit) === 0) return "orphan";
    const sent = this.#sent.get(seq);
    const took = us - sent;
    if (took < 0) return "orphan";
    if ((state & endBit) !== 0) {
      const open = this.#open.get(seq) ?? 0;
      if (open === 0) return "orphan";
      this.#open.set(seq, open - 1);
      this.extras.push({ seq, kind: "outcome", us, answer, line });
      return "ok";
    }
    this.#state[seq] = state | endBit;
    this.#took.set(seq, took);
    this.#answer.set(seq, answer);
    this.#written.add(answer, sent, us);
    this.#line.set(seq, line);
    return "ok";
  }

  putRead(seq: number, us: number, endUs: number, answer: number, of: number, line: number): Put {
    if (isRefused(answer)) return refusalOf(answer);
    if (!this.#reserve(seq)) return "seq";
    if ((this.#state[seq] ?? 0) !== 0) return "twice";
    if (endUs < us) return "orphan";
    this.#state[seq] = readBit | endBit;
    this.reads += 1;
    this.#sent.set(seq, us);
    this.#took.set(seq, endUs - us);
    this.#answer.set(seq, answer);
    // A read has no amount: its place holds what was asked for.
    this.#amount.set(seq, of + 1);
    this.#line.set(seq, line);
    return "ok";
  }

  /** The number of this answer, or a refusal. */
  answerNumber(status: number, errorCode: number, ack: number, region: number, epoch: number): number {
    return this.#numberOf(answerKey(status, errorCode, ack, region, epoch));
  }

  #numberOf(key: number): number {
    if (key === this.#lastKey) return this.#lastAnswer;
    let number = this.#known.get(key);
    if (number === undefined) {
      const answer = answerOfKey(key);
      number = nextNumber(this.answers.length, answer.region, this.regions);
      if (isRefused(number)) return number;
      this.answers.push(answer);
      this.#known.set(key, number);
    }
    this.#lastKey = key;
    this.#lastAnswer = number;
    return number;
  }

  /** False for a seq that is far beyond what the file can hold: a damaged number, which must not cost memory. */
  #reserve(seq: number): boolean {
    if (seq >= this.size) {
      if (seq > 64 * this.#capacity) return false;
      if (seq >= this.#capacity) this.#grow(Math.max(2 * this.#capacity, seq + 1));
      this.size = seq + 1;
    }
    return true;
  }

  #grow(capacity: number): void {
    this.#capacity = capacity;
    this.#state = grown(this.#state, new Uint8Array(capacity));
    this.#hashHigh = grown(this.#hashHigh, new Int32Array(capacity));
    this.#hashLow = grown(this.#hashLow, new Int32Array(capacity));
    for (const column of [this.#answer, this.#line, this.#sent, this.#took, this.#amount, this.#from, this.#to])
      column.reserve(capacity);
  }
}
