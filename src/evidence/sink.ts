/** What stands between the two halves of reading a large file: decode.ts, which makes numbers of bytes, and the takers, which make sense of them. */
import { columnsAt } from "./decode-memory.ts";

/** What was sent of several writes, each a place in every column; hashes with a sign. */
export interface SentColumns {
  readonly seq: Float64Array;
  readonly amount: Float64Array;
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly hashHigh: Int32Array;
  readonly hashLow: Int32Array;
}

/** Several records of a ledger; `amount` of a read is what it asked for. */
export interface RecordColumns extends SentColumns {
  /** The letters of the ledger's own "k". */
  readonly kind: Uint8Array;
  readonly us: Float64Array;
  /** Of reads. */
  readonly endUs: Float64Array;
  /** Of outcomes and reads: see answer-key.ts. */
  readonly answer: Float64Array;
}
export const intent = 0x69;
export const outcome = 0x6f;
export const read = 0x72;

/** What a row of a reading tells of how and where it was stored: nearly always the same. */
export interface Tail {
  readonly region: number;
  readonly epoch: number;
  readonly replayed: number;
  readonly debits: number;
  readonly credits: number;
  readonly net: number;
}

/** Takes what was decoded, in the order of the lines. */
export interface Sink {
  /** Where in the memory the next records or rows go, and how many there may be; to be asked for again for each batch. */
  readonly room: () => { readonly out: number; readonly most: number };
  /** The first `count` places of the columns are records of consecutive lines. */
  readonly records: (count: number, firstLine: number) => void;
  /** They are rows, all of one witness (the code of its letter) and with one tail. */
  readonly rows: (count: number, firstLine: number, letter: number, tail: Tail) => void;
  /** A line that fits no layout, and the first line of the file. */
  readonly text: (bytes: Buffer, start: number, stop: number, line: number) => void;
}

/** The second half's side of the same. */
export interface Taker {
  readonly records?: (batch: RecordColumns, count: number, firstLine: number) => void;
  readonly rows?: (batch: RecordColumns, count: number, firstLine: number, letter: number, tail: Tail) => void;
  readonly text: (text: string, line: number) => void;
}

/** The columns lie one behind the other, the wide ones first: for each, the bytes that a record has in those before it. */
export const columnsBefore = {
  seq: 0,
  us: 8,
  endUs: 16,
  amount: 24,
  answer: 32,
  from: 40,
  to: 44,
  hashHigh: 48,
  hashLow: 52,
  kind: 56,
} as const satisfies Record<keyof RecordColumns, number>;
export const bytesOfRecord = columnsBefore.kind + 1;
/** A batch has at most so many. */
export const mostRecords = 4096;

/** Columns for `most` records, in one piece of memory, as decode.wasm fills them; `start` is a multiple of eight. */
export function columnsIn(memory: ArrayBuffer | SharedArrayBuffer, start: number, most: number): RecordColumns {
  const place = (name: keyof RecordColumns): number => start + columnsBefore[name] * most;
  const numbers = (name: keyof RecordColumns): Float64Array => new Float64Array(memory, place(name), most);
  const words = (name: keyof RecordColumns): Int32Array => new Int32Array(memory, place(name), most);
  return {
    seq: numbers("seq"),
    us: numbers("us"),
    endUs: numbers("endUs"),
    amount: numbers("amount"),
    answer: numbers("answer"),
    from: words("from"),
    to: words("to"),
    hashHigh: words("hashHigh"),
    hashLow: words("hashLow"),
    kind: new Uint8Array(memory, place("kind"), most),
  };
}

/** Both halves in one thread; the columns lie where those of the memory begin. */
export function sinkInto(taker: Taker, memory: SharedArrayBuffer): Sink {
  const room = { out: columnsAt, most: mostRecords };
  const batch = columnsIn(memory, room.out, room.most);
  return {
    room: () => room,
    records: (count, firstLine) => taker.records?.(batch, count, firstLine),
    rows: (count, firstLine, letter, tail) => taker.rows?.(batch, count, firstLine, letter, tail),
    text: (bytes, start, stop, line) => taker.text(bytes.toString("utf8", start, stop), line),
  };
}
