/** Batches on their way from the thread that decodes to the one that takes them: a ring of slots in shared memory. */
import type { Decoded } from "./decode.ts";
import { columnsAt } from "./decode-memory.ts";
import { bytesOfRecord, columnsIn, mostRecords } from "./sink.ts";
import type { RecordColumns, Sink, Taker } from "./sink.ts";

const slots = 6;
/** Longer than any line that eachStretch lets through; what is not used costs no memory. */
const textBytes = 4 << 20;
const controlBytes = 64;
const headBytes = 96;
const slotBytes = headBytes + bytesOfRecord * mostRecords + textBytes;
export const queueBytes = controlBytes + slots * slotBytes;

const kinds = { records: 1, rows: 2, text: 3, end: 4, failed: 5 } as const;

interface Slot {
  /** Where the columns lie. */
  readonly out: number;
  /** Kind, count, line or lines, bytes of text or of the file, and a row's letter and tail. */
  readonly head: Float64Array;
  readonly columns: RecordColumns;
  readonly text: Buffer;
}

/** Indices in the control words: how many batches were put in and taken out so far. */
export const putIn = 0;
const takenOut = 1;

export interface Queue {
  readonly control: Int32Array;
  readonly slots: readonly Slot[];
}

export function openQueue(memory: SharedArrayBuffer): Queue {
  const control = new Int32Array(memory, columnsAt, controlBytes / 4);
  const all = Array.from({ length: slots }, (_, index): Slot => {
    const start = columnsAt + controlBytes + index * slotBytes;
    return {
      out: start + headBytes,
      head: new Float64Array(memory, start, headBytes / 8),
      columns: columnsIn(memory, start + headBytes, mostRecords),
      text: Buffer.from(memory, start + headBytes + bytesOfRecord * mostRecords, textBytes),
    };
  });
  return { control, slots: all };
}

/** The decoding thread's side; it may wait. */
export function queueSink({ control, slots: all }: Queue): Sink & {
  readonly end: (decoded: Decoded) => void;
  readonly failed: (message: string) => void;
} {
  const free = (): Slot => {
    const next = Atomics.load(control, putIn);
    for (let taken = Atomics.load(control, takenOut); next - taken >= slots; taken = Atomics.load(control, takenOut))
      Atomics.wait(control, takenOut, taken);
    const slot = all[next % slots];
    if (slot === undefined) throw new Error("the queue has no such slot");
    return slot;
  };
  const put = (slot: Slot, ...head: readonly number[]): void => {
    slot.head.set(head);
    Atomics.add(control, putIn, 1);
    Atomics.notify(control, putIn);
  };
  return {
    room: () => ({ out: free().out, most: mostRecords }),
    records: (count, firstLine) => put(free(), kinds.records, count, firstLine),
    rows: (count, firstLine, letter, { region, epoch, replayed, debits, credits, net }) =>
      put(free(), kinds.rows, count, firstLine, 0, letter, region, epoch, replayed, debits, credits, net),
    text: (bytes, start, stop, line) => {
      const slot = free();
      bytes.copy(slot.text, 0, start, stop);
      put(slot, kinds.text, stop - start, line);
    },
    end: ({ lines, bytes, tail }) => {
      const slot = free();
      put(slot, kinds.end, slot.text.write(tail, "latin1"), lines, bytes);
    },
    failed: (message) => {
      const slot = free();
      put(slot, kinds.failed, slot.text.write(message, "utf8"));
    },
  };
}

/** The other side: takes all that is there; what was decoded in all, or why not, when that was the end, else null. */
export function takeAll({ control, slots: all }: Queue, taker: Taker): Decoded | Error | null {
  for (let taken = Atomics.load(control, takenOut); taken !== Atomics.load(control, putIn); taken += 1) {
    const slot = all[taken % slots];
    if (slot === undefined) throw new Error("the queue has no such slot");
    let decoded: Decoded | Error | null = null;
    try {
      decoded = take(slot, taker);
    } finally {
      Atomics.add(control, takenOut, 1);
      Atomics.notify(control, takenOut);
    }
    if (decoded !== null) return decoded;
  }
  return null;
}

function take({ head, columns, text }: Slot, taker: Taker): Decoded | Error | null {
  const [kind, count = 0, line = 0, bytes = 0, letter = 0, ...tail] = head;
  if (kind === kinds.records) taker.records?.(columns, count, line);
  else if (kind === kinds.rows) {
    const [region = 0, epoch = 0, replayed = 0, debits = 0, credits = 0, net = 0] = tail;
    taker.rows?.(columns, count, line, letter, { region, epoch, replayed, debits, credits, net });
  } else if (kind === kinds.text) taker.text(text.toString("utf8", 0, count), line);
  else if (kind === kinds.end) return { lines: line, bytes, tail: text.toString("latin1", 0, count) };
  else return new Error(text.toString("utf8", 0, count));
  return null;
}
