/** clock.ndjson: both clocks side by side, once a second, so that a judge can see a step, a drift or a stalled harness (G8, G12). */
import type { UserError } from "../model/user-error.ts";
import type { RunClock } from "./clock.ts";
import { EvidenceFile } from "./evidence-file.ts";

const intervalMs = 1000;

export function startClockLog(path: string, clock: RunClock, onFull: (error: UserError) => void): Disposable {
  const file = new EvidenceFile(path, clock.header("dr-drill/clock@1"), onFull);
  let expectedUs = clock.us() + intervalMs * 1000;
  const timer = setInterval(() => {
    const us = clock.us();
    file.append({
      us,
      wallNs: String(BigInt(Date.now()) * 1_000_000n),
      loopLagMs: Math.max(0, Math.round((us - expectedUs) / 1000)),
    });
    expectedUs = us + intervalMs * 1000;
  }, intervalMs);
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      file[Symbol.dispose]();
    },
  };
}
