/** Writes millions of ledger and reading lines: each is the formatter's own line with other values written over its values. */
import { closeSync, openSync, writeSync } from "node:fs";
import type { Layout } from "../../src/evidence/layout.ts";

const bufferBytes = 4 << 20;
const longestTextBytes = 64 << 10;
const hexDigits = Buffer.from("0123456789abcdef", "latin1");
const quote = 0x22;
const space = 0x20;

export interface Template {
  readonly line: Buffer;
  /** Where numbers go, and how wide they may be; a hash is two numbers of eight hex digits. */
  readonly fields: readonly { readonly at: number; readonly width: number; readonly hex: boolean }[];
}

/** `line` is the formatter's own; a text that is not a hash stays as it is in it. */
export function templateOf(layout: Layout, text: string): Template {
  const line = Buffer.from(text, "latin1");
  const fields = layout.at.flatMap((at, index) => {
    const width = layout.widths[index] ?? 0;
    if (line[at - 1] !== quote) return [{ at, width, hex: false }];
    return width === 16
      ? [
          { at, width: 8, hex: true },
          { at: at + 8, width: 8, hex: true },
        ]
      : [];
  });
  return { line, fields };
}

export interface RecordFile extends Disposable {
  text(line: string): void;
  record(template: Template, values: readonly number[]): void;
}

export function recordFile(path: string): RecordFile {
  const file = openSync(path, "wx");
  const buffer = Buffer.alloc(bufferBytes);
  let filled = 0;
  const flush = (): void => {
    for (let from = 0; from < filled;) from += writeSync(file, buffer, from, filled - from);
    filled = 0;
  };
  return {
    text: (line) => {
      if (filled + longestTextBytes > bufferBytes) flush();
      filled += buffer.write(line, filled, "utf8");
    },
    record: ({ line, fields }, values) => {
      if (filled + line.length > bufferBytes) flush();
      line.copy(buffer, filled);
      for (let n = 0; n < fields.length; n++) {
        const field = fields[n];
        if (field === undefined) continue;
        put(buffer, filled + field.at, field.width, values[n] ?? 0, field.hex);
      }
      filled += line.length;
    },
    [Symbol.dispose]: () => {
      flush();
      closeSync(file);
    },
  };
}

/** Right-aligned; spaces in front of a decimal number, noughts in front of a hexadecimal one. */
function put(buffer: Buffer, at: number, width: number, value: number, hex: boolean): void {
  const base = hex ? 16 : 10;
  let rest = Math.abs(value);
  let place = at + width - 1;
  do {
    const next = Math.floor(rest / base);
    buffer[place] = hexDigits[rest - next * base] ?? 0;
    rest = next;
    place -= 1;
  } while (rest > 0 && place >= at);
  if (rest > 0) throw new Error(`${value} does not fit ${width} places`);
  if (value < 0) {
    if (place < at) throw new Error(`${value} does not fit ${width} places`);
    buffer[place] = 0x2d;
    place -= 1;
  }
  for (; place >= at; place--) buffer[place] = hex ? 0x30 : space;
}
