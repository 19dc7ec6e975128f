/** Waiting: the one poll, the one sleep. Every wait has a deadline and ends when its signal aborts. */
import { setTimeout as delay } from "node:timers/promises";

export async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal });
}

/**
 * Calls `look` every intervalMs until it returns something other than undefined.
 * Returns null when the deadline has passed; rejects when the signal aborts or `look` throws.
 */
export async function poll<Value>(
  look: () => Promise<Value | undefined> | Value | undefined,
  options: { readonly intervalMs: number; readonly deadlineMs: number; readonly signal: AbortSignal },
): Promise<Value | null> {
  const end = performance.now() + options.deadlineMs;
  for (;;) {
    options.signal.throwIfAborted();
    const value = await look();
    if (value !== undefined) return value;
    const leftMs = end - performance.now();
    if (leftMs <= 0) return null;
    await sleep(Math.min(options.intervalMs, leftMs), options.signal);
  }
}
