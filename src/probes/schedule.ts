/**
 * Runs one probe on its schedule. Observations are timed from when they were scheduled, and one that hangs does not delay the next
 * (up to a bound), so that an outage is seen at the probe's own rate.
 */
import type { Observation, Probe, ProbeContext } from "../model/probe.ts";
import type { ProbeLine } from "../model/files.ts";

const inFlightLimit = 64;

export interface ProbeHost {
  readonly us: () => number;
  readonly phase: () => string;
  readonly context: (signal: AbortSignal) => ProbeContext;
  readonly write: (line: ProbeLine) => void;
}

export async function openProbe(
  probe: Probe,
  host: ProbeHost,
  signal: AbortSignal,
): Promise<AsyncDisposable & { observe(context: ProbeContext): Promise<Observation> }> {
  if (probe.open) return await probe.open(host.context(signal));
  const { observe } = probe;
  if (!observe) throw new Error(`probe "${probe.name}" has neither observe nor open`);
  return { observe, [Symbol.asyncDispose]: async () => {} };
}

export async function observeOnce(
  probe: Probe,
  observe: (context: ProbeContext) => Promise<Observation>,
  host: ProbeHost,
  schedUs: number,
  signal: AbortSignal,
): Promise<void> {
  const startUs = host.us();
  const phase = host.phase();
  const timeout = AbortSignal.timeout(probe.timeoutMs);
  const late = new Promise<never>((_, reject) => {
    timeout.addEventListener("abort", () => reject(new Error(`no answer within ${probe.timeoutMs} ms`)));
  });
  let observation: Observation;
  try {
    observation = await Promise.race([observe(host.context(AbortSignal.any([signal, timeout]))), late]);
  } catch (error) {
    // What was under way when the probes were told to stop says nothing about the system.
    if (signal.aborted) return;
    observation = { ok: false, error: timeout.aborted ? `no answer within ${probe.timeoutMs} ms` : describe(error) };
  }
  host.write({ schedUs, startUs, endUs: host.us(), phase, ...observation } as ProbeLine);
}

export async function runProbe(probe: Probe, host: ProbeHost, signal: AbortSignal): Promise<void> {
  if (probe.every === "once-a-phase") return;
  await using opened = await openProbe(probe, host, signal);
  const { intervalMs } = probe.every;
  const running = new Set<Promise<void>>();
  let nextUs = host.us();
  while (!signal.aborted) {
    const schedUs = Math.round(nextUs);
    if (running.size < inFlightLimit) {
      const one = observeOnce(probe, (context) => opened.observe(context), host, schedUs, signal);
      running.add(one);
      void one.finally(() => running.delete(one));
    } else {
      // A timer may fire a little early.
      const endUs = host.us();
      host.write({
        schedUs,
        startUs: Math.min(schedUs, endUs),
        endUs,
        ok: false,
        phase: host.phase(),
        error: `${inFlightLimit} observations still under way`,
      });
    }
    nextUs += intervalMs * 1000;
    // After a pause of this process (SIGSTOP, a starved machine) the missed slots are a gap in the record, not a burst.
    const behindUs = host.us() - nextUs;
    if (behindUs > intervalMs * 5000) nextUs += Math.ceil(behindUs / (intervalMs * 1000)) * intervalMs * 1000;
    const waitMs = (nextUs - host.us()) / 1000;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, Math.max(0, waitMs));
      function done(): void {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      }
      signal.addEventListener("abort", done);
    });
  }
  await Promise.allSettled(running);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return code === undefined || error.message.includes(code) ? error.message : `${code}: ${error.message}`;
}
