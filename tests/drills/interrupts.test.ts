/** Ended half-way: by Ctrl+C, and by SIGKILL. Whatever happens, nothing of ours stays, and the fault does not either. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { poll } from "../../src/run/poll.ts";
import { processesLeft } from "../../src/run/residue.ts";
import { drillCommand, readJournal, reportsFolder, startDrill } from "./drill-command.ts";

const goneWithinMs = 20_000;

async function waitUntilNothingIsLeft(run: string): Promise<void> {
  await poll(() => (processesLeft(run).length === 0 ? true : undefined), {
    intervalMs: 100,
    deadlineMs: goneWithinMs,
    signal: new AbortController().signal,
  });
  deepStrictEqual(processesLeft(run), []);
}

test("Ctrl+C in the middle of the fault heals and exits 130", async () => {
  using reports = reportsFolder();
  const running = startDrill(["run", "tests/fixtures/quick.drill.ts", "--reports", reports.path, "--no-report"]);
  await running.shows("stopDatabases");
  running.child.kill("SIGINT");
  const result = await running.ended;
  strictEqual(result.exitCode, 130, result.stderr);
  const journal = readJournal(reports.run());
  ok(journal.some((event) => event.type === "interrupted"));
  ok(journal.some((event) => event.type === "undo.done" && event.step === "inject-fault" && event.outcome === "ok"));
  deepStrictEqual(journal.find((event) => event.type === "residue")?.left, []);
  const stopped = journal
    .filter((event) => event.type === "step.intended" && event.undo !== null)
    .map((event) => event.type === "step.intended" && event.step);
  for (const step of stopped)
    ok(
      journal.some((event) => event.type === "undo.done" && event.step === step),
      `${String(step)} is not undone`,
    );
});

test("SIGKILL of the harness in the middle of the fault leaves no process, and heal says so", async () => {
  using reports = reportsFolder();
  const running = startDrill(["run", "tests/fixtures/quick.drill.ts", "--reports", reports.path, "--no-report"]);
  await running.shows("stopDatabases");
  const folder = reports.run();
  running.child.kill("SIGKILL");
  await running.ended;
  await waitUntilNothingIsLeft(folder.slice(folder.lastIndexOf("/") + 1));
  const healed = await drillCommand(["heal", folder]);
  strictEqual(healed.exitCode, 0, healed.stderr);
  match(healed.stdout, /inject-fault/);
});

test("a drill that is killed on a standing lab leaves its fault there, and heal undoes it", async () => {
  using reports = reportsFolder();
  const state = mkdtempSync(join(tmpdir(), "dr-drill-state-"));
  const environment = { DRILL_LAB_STATE: join(state, "lab.json") };
  try {
    const up = await drillCommand(["lab", "up"], environment);
    strictEqual(up.exitCode, 0, up.stderr);
    const again = await drillCommand(["lab", "up"], environment);
    strictEqual(again.exitCode, 69, again.stdout);
    match(again.stderr, /^drill: a lab is already running .*\n$/);
    const running = startDrill(
      ["run", "tests/fixtures/quick.drill.ts", "--env", "lab-running", "--reports", reports.path, "--no-report"],
      environment,
    );
    await running.shows("stopDatabases");
    running.child.kill("SIGKILL");
    await running.ended;
    const before = await drillCommand(["lab", "status"], environment);
    match(before.stdout, /held/i);
    const healed = await drillCommand(["heal", reports.run()], environment);
    strictEqual(healed.exitCode, 0, healed.stderr + healed.stdout);
    match(healed.stdout, /undone {3}inject-fault: 1 running experiment\(s\) stopped/);
    const twice = await drillCommand(["heal", reports.run()], environment);
    match(twice.stdout, /nothing is open/);
  } finally {
    const down = await drillCommand(["lab", "down"], environment);
    strictEqual(down.exitCode, 0, down.stderr);
    ok(!existsSync(environment.DRILL_LAB_STATE));
    rmSync(state, { recursive: true, force: true });
  }
});
