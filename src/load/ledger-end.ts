/** What the first and the last lines of k6's ledger tell about the load, without reading what is between. */
import { open } from "node:fs/promises";
import { z } from "zod";

const markSchema = z.object({ k: z.literal("m"), m: z.string(), us: z.number(), n: z.number() });
const endBytes = 4_096;

async function readPart(file: string, from: (size: number) => number): Promise<string> {
  let handle;
  try {
    handle = await open(file, "r");
  } catch {
    return "";
  }
  try {
    const start = from((await handle.stat()).size);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(endBytes), 0, endBytes, start);
    return buffer.toString("latin1", 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** true as soon as the first request is on record. */
export async function ledgerHasBegun(file: string): Promise<boolean> {
  return (await readPart(file, () => 0)).includes('\n{"k":"m","m":"open"');
}

/** done: the ledger was closed in order; only then is `dropped` the whole number. */
export async function readLedgerEnd(
  file: string,
): Promise<{ readonly done: boolean; readonly dropped: number | null }> {
  const end = await readPart(file, (size) => Math.max(0, size - endBytes));
  const lines = end.split("\n").filter((line) => line.startsWith('{"k":"m"'));
  const marks = lines.flatMap((line) => {
    try {
      return [markSchema.parse(JSON.parse(line))];
    } catch {
      return [];
    }
  });
  return {
    done: end.endsWith("\n") && marks.at(-1)?.m === "done",
    dropped: marks.findLast((mark) => mark.m === "drop")?.n ?? null,
  };
}
