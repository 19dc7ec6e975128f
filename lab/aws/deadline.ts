/** Waits with an end: every promise of the machinery is raced with a deadline, every pause with the signal that may cut it short. */
import { setTimeout as timeout } from "node:timers/promises";

export class DeadlineError extends Error {
  constructor(what: string, deadlineMs: number) {
    super(`${what} did not end within ${deadlineMs / 1000} s`);
    this.name = "DeadlineError";
  }
}

/** Node's timers fire at once when asked for more than this. */
const timerMsMax = 2 ** 31 - 1;

/** What was started goes on after the deadline: it cannot be called back, only given up. A late failure of it is dropped. */
export async function within<Value>(promise: Promise<Value>, deadlineMs: number, what: string): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DeadlineError(what, deadlineMs)), Math.min(deadlineMs, timerMsMax));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves true when the time has passed, false when the signal came first. */
export async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  try {
    await timeout(Math.min(ms, timerMsMax), undefined, { signal });
    return true;
  } catch {
    return false;
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
