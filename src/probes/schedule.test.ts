import assert from "node:assert/strict";
import { test } from "node:test";
import { probeLine } from "../model/files.ts";
import type { ProbeLine } from "../model/files.ts";
import type { ProbeContext } from "../model/probe.ts";
import { runProbe } from "./schedule.ts";

test("what could not be begun is written as what can be: whole microseconds, and no end before its beginning", async () => {
  const over = new AbortController();
  const stopped = new Promise<never>((_, reject) =>
    over.signal.addEventListener("abort", () => reject(new Error("stopped"))),
  );
  const lines: ProbeLine[] = [];
  const write = (line: ProbeLine): void => {
    lines.push(line);
    over.abort();
  };
  // A clock that stands still is one whose timers all fire early.
  const host = { us: () => 0, phase: () => "", context: () => ({}) as ProbeContext, write };
  const probe = {
    name: "stuck",
    title: "never answers",
    kind: "customer",
    every: { intervalMs: 1 / 3 },
    timeoutMs: 60_000,
    observe: () => stopped,
  } as const;
  await runProbe(probe, host, over.signal);
  assert.match(lines[0]?.error ?? "", /observations still under way/);
  assert.deepEqual(
    lines.map((line) => probeLine.safeParse(line).success),
    lines.map(() => true),
  );
});
