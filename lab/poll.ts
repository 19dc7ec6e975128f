/** The one way to wait for something here: an interval, a deadline, and a sentence that says what was awaited. */
import { setTimeout as sleep } from "node:timers/promises";

export async function poll<T>(
  what: string,
  check: () => Promise<T | undefined> | T | undefined,
  options: { readonly everyMs: number; readonly deadlineMs: number; readonly signal?: AbortSignal | undefined },
): Promise<T> {
  const giveUpAt = performance.now() + options.deadlineMs;
  for (;;) {
    options.signal?.throwIfAborted();
    const found = await check();
    if (found !== undefined) return found;
    if (performance.now() >= giveUpAt) throw new Error(`${what}: not within ${options.deadlineMs} ms`);
    await sleep(options.everyMs);
  }
}

/** Bounds a wait that has no deadline of its own; what it waited for is left to end by itself. */
export async function within<T>(what: string, deadlineMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${deadlineMs} ms`)), deadlineMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
