/**
 * Reads large files in two halves: decode.ts makes numbers of the bytes, a taker makes sense of them. For files of hundreds of megabytes
 * the first half has a thread of its own. Node starts it from one plain file: a thread does not inherit tsx (Node 20).
 */
import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { decodeFile } from "./decode.ts";
import type { Decoded, LargeFile } from "./decode.ts";
import { newDecodeMemory, openDecoding } from "./decode-memory.ts";
import type { DecodeMemory } from "./decode-memory.ts";
import { openQueue, putIn, queueBytes, takeAll } from "./decode-queue.ts";
import { bytesOfRecord, mostRecords, sinkInto } from "./sink.ts";
import type { Taker } from "./sink.ts";

export interface Decoder extends AsyncDisposable {
  readonly decode: (path: string, kind: LargeFile, taker: Taker) => Promise<Decoded>;
}

/** What is read in a fifth of a second is not worth the start of a thread. */
const worthBytes = 256 << 20;

export async function areWorthAThread(paths: readonly string[]): Promise<boolean> {
  if (availableParallelism() < 2) return false;
  // A file that cannot be read is found when its turn comes.
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path).catch(() => ({ size: 0 }))).size));
  return sizes.reduce((sum, size) => sum + size, 0) >= worthBytes;
}

export function inThisThread(): Decoder {
  const given = newDecodeMemory(bytesOfRecord * mostRecords);
  const decoding = openDecoding(given);
  return {
    decode: async (path, kind, taker) => await decodeFile(path, kind, decoding, sinkInto(taker, given.memory.buffer)),
    [Symbol.asyncDispose]: async () => {},
  };
}

export function inItsOwnThread(): Decoder {
  const given = newDecodeMemory(queueBytes);
  const queue = openQueue(given.memory.buffer);
  let failure: Error | null = null;
  const started = startThread(given);
  const died = started.then(
    async (worker) =>
      await new Promise<never>((_, reject) => {
        worker.once("error", reject).once("exit", () => reject(new Error("the thread that decodes has ended")));
      }),
  );
  died.catch((error: unknown) => (failure = error instanceof Error ? error : new Error(String(error))));
  return {
    decode: async (path, kind, taker) => {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
      (await started).postMessage({ path, kind });
      // What a taker throws must not leave the rest of its file in the queue, for the taker of the next one.
      const heeded = untilItThrows(taker);
      for (;;) {
        const before = Atomics.load(queue.control, putIn);
        const decoded = takeAll(queue, heeded.taker);
        if (decoded instanceof Error) throw decoded;
        if (decoded !== null) {
          heeded.complain();
          return decoded;
        }
        const more = Atomics.waitAsync(queue.control, putIn, before);
        if (more.async) await Promise.race([more.value, died]);
        if (failure !== null) throw failure;
      }
    },
    [Symbol.asyncDispose]: async () => void (await (await started).terminate()),
  };
}

/** Hears no more once it has thrown; `complain` throws it then. */
function untilItThrows({ records, rows, text }: Taker): { readonly taker: Taker; readonly complain: () => void } {
  const thrown: unknown[] = [];
  const heeded =
    <Given extends readonly unknown[]>(take: ((...given: Given) => void) | undefined) =>
    (...given: Given): void => {
      if (thrown.length > 0) return;
      try {
        take?.(...given);
      } catch (error) {
        thrown.push(error);
      }
    };
  const complain = (): void => {
    for (const error of thrown) throw error;
  };
  return { taker: { records: heeded(records), rows: heeded(rows), text: heeded(text) }, complain };
}

async function startThread(given: DecodeMemory): Promise<Worker> {
  const { build, stop } = await import("esbuild");
  const entry = fileURLToPath(new URL("./decode-worker.ts", import.meta.url));
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: "node",
    target: "node20",
    format: "cjs",
    logLevel: "silent",
  });
  await stop();
  const resourceLimits = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 };
  return new Worker(outputFiles[0]?.text ?? "", { eval: true, execArgv: [], workerData: given, resourceLimits });
}
