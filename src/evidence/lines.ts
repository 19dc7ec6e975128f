/** Reads a file line by line as bytes, in large chunks, without making a string of any line. */
import { open } from "node:fs/promises";

export const newline = 0x0a;
/** A line that is longer than this is broken; everything that we write is far shorter (a journal line with outputs may have some KB). */
const longestLine = 1 << 20;

export interface Lines {
  /** How many whole lines there were, the header line included. */
  readonly lines: number;
  readonly bytes: number;
  /** What stands after the last newline: "" when the file ends in order. */
  readonly tail: string;
}

/**
 * Calls `take(bytes, view, start, end)` with stretches of whole lines, in order; `end` is just after a newline. `take` must not keep the
 * buffer. Memory does not depend on the size of the file.
 */
export async function eachStretch(
  path: string,
  take: (bytes: Buffer, view: DataView, start: number, end: number) => void,
  chunkBytes = 1 << 20,
): Promise<{ readonly bytes: number; readonly tail: Buffer }> {
  await using file = await open(path, "r");
  const buffer = Buffer.alloc(chunkBytes + longestLine);
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  let held = 0;
  let total = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, held, chunkBytes, null);
    if (bytesRead === 0) break;
    total += bytesRead;
    const filled = held + bytesRead;
    const end = buffer.lastIndexOf(newline, filled - 1) + 1;
    if (end > 0) {
      take(buffer, view, 0, end);
      buffer.copyWithin(0, end, filled);
    }
    held = filled - end;
    if (held > longestLine) throw new Error(`a line of more than ${longestLine} bytes`);
  }
  return { bytes: total, tail: Buffer.from(buffer.subarray(0, held)) };
}

/** For files of modest size: each line as text, with its number (from 1). */
export async function eachLine(path: string, take: (text: string, line: number) => void): Promise<Lines> {
  let line = 0;
  const { bytes, tail } = await eachStretch(path, (buffer, _view, start, end) => {
    for (let at = start; at < end;) {
      const stop = buffer.indexOf(newline, at);
      line += 1;
      take(buffer.toString("utf8", at, stop), line);
      at = stop + 1;
    }
  });
  return { lines: line, bytes, tail: tail.toString("utf8") };
}
