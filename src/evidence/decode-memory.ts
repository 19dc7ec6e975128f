/**
 * The memory that decode.wasm works in, shared between threads: templates of the layouts, two buffers for pieces of a file, and then whatever
 * columns its user lays out.
 */
import { readFileSync } from "node:fs";
import { intentLayout, outcomeLayout, readLayout, survivorLayout } from "./layout.ts";
import { longestLine } from "./lines.ts";

export const layouts = { intent: intentLayout, outcome: outcomeLayout, read: readLayout, row: survivorLayout } as const;
export type LayoutName = keyof typeof layouts;

/** Where things lie. Each layout's mask lies `maskAt` behind its template. */
export const memoryMap = {
  intent: 0,
  outcome: 512,
  read: 1024,
  row: 1536,
  answers: 2048,
  tail: 2176,
  grown: 2240,
  end: 4096,
} as const;
export const maskAt = 256;
/** The last bytes of a row, from the one before the value of rg on, which rows of one kind have in common. */
export const tailBytes = 56;

const chunkBytes = 1 << 20;
const bufferBytes = longestLine + chunkBytes;
const pageBytes = 1 << 16;

/** Where columns may be laid out. */
export const columnsAt = memoryMap.end + 2 * bufferBytes;

/** The WebAssembly that we use of what Node has: its types are otherwise only in the browser's library. */
interface Memory {
  readonly buffer: SharedArrayBuffer;
}
declare const WebAssembly: {
  readonly Memory: new (size: { readonly initial: number; readonly maximum: number; readonly shared: true }) => Memory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
};

/** Can be sent to another thread. */
export interface DecodeMemory {
  readonly memory: Memory;
  readonly module: object;
}

export function newDecodeMemory(columnBytes: number): DecodeMemory {
  const pages = Math.ceil((columnsAt + columnBytes) / pageBytes);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const bytes = new Uint8Array(memory.buffer);
  for (const name of Object.keys(layouts) as LayoutName[]) {
    const { sample, mask } = templateOf(name);
    bytes.set(sample, memoryMap[name]);
    bytes.set(mask, memoryMap[name] + maskAt);
  }
  return { memory, module: new WebAssembly.Module(readFileSync(new URL("./decode.wasm", import.meta.url))) };
}

/** Bytes of values count as nothing; a row's tail is compared apart. */
function templateOf(name: LayoutName): { readonly sample: Uint8Array; readonly mask: Uint8Array } {
  const { length, at, widths, sample } = layouts[name];
  const mask = new Uint8Array(length).fill(0xff);
  at.forEach((start, index) => mask.fill(0, start, start + (widths[index] ?? 0)));
  if (name === "row") mask.fill(0, length - tailBytes);
  return { sample: new Uint8Array(sample.buffer), mask };
}

/** decode.wasm's own functions; all places are addresses in the memory. Each returns how many lines it took; `next` is where it stopped. */
export interface DecodeProgram {
  readonly ledger: (at: number, end: number, out: number, most: number) => number;
  readonly rows: (at: number, end: number, out: number, most: number, letter: number) => number;
  readonly next: { readonly value: number };
}

export interface Decoding {
  readonly program: DecodeProgram;
  readonly buffers: readonly [Buffer, Buffer];
  /** What the next rows must end with. */
  readonly tail: Buffer;
}

/** For the thread that decodes: only one may. */
export function openDecoding({ memory, module }: DecodeMemory): Decoding {
  const { exports } = new WebAssembly.Instance(module, { decode: { memory } });
  const buffer = (index: number): Buffer =>
    Buffer.from(memory.buffer, memoryMap.end + index * bufferBytes, bufferBytes);
  return {
    program: exports as DecodeProgram,
    buffers: [buffer(0), buffer(1)],
    tail: Buffer.from(memory.buffer, memoryMap.tail, tailBytes),
  };
}
