/**
 * The first half of reading a large file: from bytes to numbers in columns, or to text where a line does not fit its layout. It knows nothing
 * of what was read before, so that it can run in a thread beside the second half, which does (decoder.ts).
 */
import { integerAt, survivorLayout } from "./layout.ts";
import { layouts, tailBytes } from "./decode-memory.ts";
import type { Decoding, LayoutName } from "./decode-memory.ts";
import { eachStretch, newline } from "./lines.ts";
import type { Sink, Tail } from "./sink.ts";

export type LargeFile = "ledger" | "reading";

export interface Decoded {
  readonly lines: number;
  readonly bytes: number;
  /** What stands after the last newline. */
  readonly tail: string;
}

export async function decodeFile(path: string, kind: LargeFile, decoding: Decoding, sink: Sink): Promise<Decoded> {
  const decodeStretch = kind === "ledger" ? decodeLedger : decodeReading;
  let line = 1;
  const take = (bytes: Buffer, start: number, end: number): void => {
    let from = start;
    if (line === 1) {
      const stop = bytes.indexOf(newline, start);
      sink.text(bytes, start, stop, 1);
      line = 2;
      from = stop + 1;
    }
    line = decodeStretch(decoding, bytes, from, end, line, sink);
  };
  const { bytes, tail } = await eachStretch(path, take, decoding.buffers);
  return { lines: line - 1, bytes, tail: tail.toString("latin1") };
}

type Stretch = readonly [decoding: Decoding, bytes: Buffer, start: number, end: number, firstLine: number, sink: Sink];

/**
 * Gives one stretch of whole lines, which is in the memory of the decoding, to the sink; `firstLine` is the number of its first line.
 * Returns the number of the line after the last.
 */
export function decodeLedger(...stretch: Stretch): number {
  const [{ program }, , , , , sink] = stretch;
  return eachBatch(stretch, (at, end, line) => {
    const { out, most } = sink.room();
    const count = program.ledger(at, end, out, most);
    if (count > 0) sink.records(count, line);
    return count;
  });
}

/** As decodeLedger. */
export function decodeReading(...stretch: Stretch): number {
  const [{ program, tail }, bytes, , , , sink] = stretch;
  let alike: Alike = { letter: 0, tail: noTail };
  return eachBatch(stretch, (at, end, line) => {
    const { out, most } = sink.room();
    const rows = (): number => program.rows(at, end, out, most, alike.letter);
    let count = rows();
    if (count === 0) {
      const begun = beginsLike(bytes, at - bytes.byteOffset, end - bytes.byteOffset);
      if (begun !== null) {
        alike = begun;
        const behind = at - bytes.byteOffset + rowBytes;
        bytes.copy(tail, 0, behind - tailBytes, behind);
        count = rows();
      }
    }
    if (count > 0) sink.rows(count, line, alike.letter, alike.tail);
    return count;
  });
}

/** Takes batch after batch, from and to addresses in the memory, and passes each line that fits none on as text. */
function eachBatch(
  [{ program }, bytes, start, end, firstLine, sink]: Stretch,
  take: (at: number, end: number, line: number) => number,
): number {
  const base = bytes.byteOffset;
  let line = firstLine;
  for (let at = start; at < end;) {
    const count = take(base + at, base + end, line);
    if (count > 0) {
      line += count;
      at = program.next.value - base;
      continue;
    }
    const stop = bytes.indexOf(newline, at);
    sink.text(bytes, at, stop, line);
    line += 1;
    at = stop + 1;
  }
  return line;
}

/** What rows have in common that are read together: their witness and their tail. */
interface Alike {
  readonly letter: number;
  readonly tail: Tail;
}

const noTail: Tail = { region: 0, epoch: 0, replayed: 0, debits: 0, credits: 0, net: 0 };
const { length: rowBytes, at: rowAt, widths: rowWidths } = survivorLayout;
const firstInTail = rowAt.findIndex((start) => start > rowBytes - tailBytes);
const valuesOf = (name: LayoutName): ReadonlySet<number> =>
  new Set(
    layouts[name].at.flatMap((start, index) =>
      Array.from({ length: layouts[name].widths[index] ?? 0 }, (_, n) => start + n),
    ),
  );
const rowValues = valuesOf("row");

/** The witness and the tail of the row at `at`, for what the next rows have in common; null when it does not fit the layout. */
function beginsLike(bytes: Buffer, at: number, end: number): Alike | null {
  if (at + rowBytes > end) return null;
  for (let n = 0; n < rowBytes; n++)
    if (!rowValues.has(n) && bytes[at + n] !== survivorLayout.sample.getUint8(n)) return null;
  const letter = bytes[at + (rowAt[0] ?? 0)] ?? 0;
  // A letter needs no escape in JSON; other witnesses take the slow way.
  if (letter < 0x61 || letter > 0x7a) return null;
  const [region = 0, epoch = 0, replayed = 0, debits = 0, credits = 0, net = 0] = rowAt
    .slice(firstInTail)
    .map((start, index) => integerAt(bytes, at + start, rowWidths[firstInTail + index] ?? 0));
  if (!(region >= 0 && epoch >= 0 && replayed >= 0 && replayed <= 1)) return null;
  if (!(debits >= 0 && credits >= 0) || Number.isNaN(net)) return null;
  return { letter, tail: { region, epoch, replayed, debits, credits, net } };
}
