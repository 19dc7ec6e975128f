/**
 * Ctrl+C: the first stops and heals, a later one exits at once and says how to heal. npm and terminals deliver one key press as
 * several signals (npm passes on what the group already got), so what comes within a second counts as one.
 */
import { exitCodes } from "../model/verdict.ts";

const sameKeyPressMs = 1000;

export function watchInterrupts(healHint: () => string): AbortSignal {
  const controller = new AbortController();
  let firstAt: number | null = null;
  const interrupt = (signal: string): void => {
    const now = performance.now();
    if (firstAt === null) {
      firstAt = now;
      controller.abort(signal);
    } else if (now - firstAt > sameKeyPressMs) {
      process.stderr.write(
        `\ndrill: stopped without healing: the environment may still be faulted; run \`${healHint()}\`\n`,
      );
      process.exit(exitCodes.unhealed);
    }
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => interrupt(signal));
  watchParent(() => interrupt("the parent process ended"));
  return controller.signal;
}

/** Started through npm, we are to end when npm and the bootstrap are killed without a word. */
function watchParent(gone: () => void): void {
  const parent = Number(process.env["DRILL_PARENT"]);
  if (!Number.isInteger(parent) || parent !== process.ppid) return;
  setInterval(() => {
    if (process.ppid !== parent) gone();
  }, 500).unref();
}
