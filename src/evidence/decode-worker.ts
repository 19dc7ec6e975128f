/** The thread that decodes: started by decoder.ts, file after file as it is told. */
import { parentPort, workerData } from "node:worker_threads";
import { decodeFile } from "./decode.ts";
import type { LargeFile } from "./decode.ts";
import { openDecoding } from "./decode-memory.ts";
import type { DecodeMemory } from "./decode-memory.ts";
import { openQueue, queueSink } from "./decode-queue.ts";

const given = workerData as DecodeMemory;
const decoding = openDecoding(given);
const sink = queueSink(openQueue(given.memory.buffer));

parentPort?.on("message", ({ path, kind }: { readonly path: string; readonly kind: LargeFile }) => {
  decodeFile(path, kind, decoding, sink).then(sink.end, (error: unknown) =>
    sink.failed(error instanceof Error ? error.message : String(error)),
  );
});
