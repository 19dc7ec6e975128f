/** Reads a file line by line as bytes, in large chunks, without making a string of any line. */
import { openRegular } from "./regular-file.ts";

export const newline = 0x0a;
/** A line that is longer than this is broken; everything that we write is far shorter (a journal line with outputs may have some KB). */
export const longestLine = 1 << 20;

export interface Lines {
  /** How many whole lines there were, the header line included. */
  readonly lines: number;
  readonly bytes: number;
  /** What stands after the last newline: "" when the file ends in order. */
  readonly tail: string;
}

/**
 * Calls `take(bytes, start, end)` with stretches of whole lines, in order; `end` is just after a newline. `take` must not keep the
 * buffer. The next chunk is being read meanwhile, into the second buffer; memory does not depend on the size of the file. In front of each
 * chunk there is room for the line that the chunk before it left unfinished; of one that is longer than the limit, only the beginning is
 * kept: if it ends the file its writer was cut off (or the disk had not yet written what it promised room for), else the file is broken.
 */
export async function eachStretch(
  path: string,
  take: (bytes: Buffer, start: number, end: number) => void,
  buffers: readonly [Buffer, Buffer],
): Promise<{ readonly bytes: number; readonly tail: Buffer }> {
  await using file = await openRegular(path);
  let [current, other] = buffers;
  const read = async (into: Buffer): Promise<number> =>
    (await file.read(into, longestLine, into.length - longestLine, null)).bytesRead;
  let start = longestLine;
  let total = 0;
  let tooLong = false;
  let filled = await read(current);
  while (filled > 0) {
    total += filled;
    const reading = read(other);
    const stop = longestLine + filled;
    const end = current.lastIndexOf(newline, stop - 1) + 1;
    const whole = end > start;
    // Only the first line of a stretch can be too long: no other began in an earlier chunk.
    if (whole && (tooLong || current.indexOf(newline, start) - start > longestLine))
      throw new Error(`a line of more than ${longestLine} bytes`);
    if (whole) take(current, start, end);
    const unfinished = current.subarray(whole ? end : start, stop);
    tooLong ||= unfinished.length > longestLine;
    const rest = unfinished.subarray(0, longestLine);
    start = longestLine - rest.length;
    rest.copy(other, start);
    filled = await reading;
    [current, other] = [other, current];
  }
  return { bytes: total, tail: Buffer.from(current.subarray(start, longestLine)) };
}

const smallChunkBytes = 256 << 10;
const newBuffer = (): Buffer => Buffer.alloc(longestLine + smallChunkBytes);

/** For files of modest size: each line as text, with its number (from 1). */
export async function eachLine(path: string, take: (text: string, line: number) => void): Promise<Lines> {
  let line = 0;
  const each = (buffer: Buffer, start: number, end: number): void => {
    for (let at = start; at < end;) {
      const stop = buffer.indexOf(newline, at);
      line += 1;
      take(buffer.toString("utf8", at, stop), line);
      at = stop + 1;
    }
  };
  const { bytes, tail } = await eachStretch(path, each, [newBuffer(), newBuffer()]);
  return { lines: line, bytes, tail: tail.toString("utf8") };
}
