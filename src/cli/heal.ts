/** `drill heal [<run>]`: undo what a run that ended badly left open. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { loadEnvironment, projectRoot } from "../definitions.ts";
import { unavailable } from "../model/user-error.ts";
import { exitCodes } from "../model/verdict.ts";
import { clearBrowserFolders } from "../probes/browser-files.ts";
import { healSteps, openSteps, recordHealed } from "../run/heal.ts";
import { processesLeft } from "../run/residue.ts";
import { runFolder } from "./judge.ts";

export function healCommand(program: Command): void {
  program
    .command("heal")
    .description("undo what a run left open (default: the newest run)")
    .argument("[run]", "a run folder, or a run id under reports/")
    .action(async (run: string | undefined) => {
      process.exitCode = await heal(run === undefined ? newestRun() : runFolder(run));
    });
}

function newestRun(): string {
  const runs = existsSync("reports")
    ? readdirSync("reports")
        .filter((name) => existsSync(join("reports", name, "journal.ndjson")))
        .toSorted()
    : [];
  const newest = runs.at(-1);
  if (newest === undefined)
    throw unavailable("there is no run in reports/ to heal; give the run folder: `drill heal <run>`");
  return resolve("reports", newest);
}

async function heal(folder: string): Promise<number> {
  const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as {
    run: string;
    environment: { name: string };
  };
  clearBrowserFolders();
  const open = await openSteps(folder);
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  if (open.length === 0) {
    say(`${manifest.run}: nothing is open; everything that was begun has been undone`);
    return 0;
  }
  const { value: environment } = await loadEnvironment(projectRoot(process.cwd()), manifest.environment.name);
  if (!environment.endpoints) {
    // The system was the run's own and ended with it, faults and all; what can be checked is that it is gone.
    const left = processesLeft(manifest.run);
    if (left.length === 0) {
      say(
        `${manifest.run}: ${open.map((step) => step.step).join(", ")} went away with the embedded system, which has ended; no process of the run is left`,
      );
      return 0;
    }
    say(
      `${manifest.run}: still running: ${left.join(", ")}; they end by themselves when their supervisor notices; look again in a few seconds`,
    );
    return exitCodes.unhealed;
  }
  const healed = await healSteps(open, environment.endpoints, 120_000);
  await recordHealed(folder, healed);
  for (const { step, outcome, ok } of healed) say(`${ok ? "undone  " : "NOT DONE"} ${step}: ${outcome}`);
  return healed.every((step) => step.ok) ? 0 : exitCodes.unhealed;
}
