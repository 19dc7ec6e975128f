/**
 * `drill heal`: reverses what a run began and did not undo, from its journal alone. What was begun is known because each intent was on
 * disk before the act; doing it twice does no harm.
 */
import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createFisClient, createSsmClient } from "../faults/clients.ts";
import { deleteTemplates, stopExperiments } from "../faults/experiment.ts";
import type { Endpoints } from "../model/environment.ts";
import { runEventSchema, type RunEvent } from "../model/journal.ts";
import { stopAutomations } from "../runbooks/automation.ts";
import { messageOf } from "./scope.ts";

type Intended = Extract<RunEvent, { type: "step.intended" }>;

/** Folds the journal: the steps that were intended and have an undo which is not on record as done; newest first. */
export async function openSteps(runFolder: string): Promise<readonly Intended[]> {
  const text = await readFile(join(runFolder, "journal.ndjson"), "utf8");
  const healedText = await readFile(join(runFolder, healFile), "utf8").catch(() => "");
  const healed = new Set(
    healedText
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => (JSON.parse(line) as Healed).step),
  );
  const open = new Map<string, Intended>();
  for (const line of text.split("\n").slice(1)) {
    if (line === "") continue;
    let event: RunEvent;
    try {
      event = runEventSchema.parse(JSON.parse(line));
    } catch {
      // The last line of a journal whose writer was killed may be torn; an intent that was not wholly on disk was not acted on.
      continue;
    }
    if (event.type === "step.intended" && event.undo) open.set(event.step, event);
    if (event.type === "undo.done" && event.outcome === "ok") open.delete(event.step);
  }
  return [...open.values()].filter((event) => !healed.has(event.step)).toReversed();
}

/** What later healing undid; not in the journal, whose writer may have been killed in the middle of a line. */
const healFile = "heal.ndjson";

export async function recordHealed(runFolder: string, healed: readonly Healed[]): Promise<void> {
  const lines = healed.filter((step) => step.ok).map((step) => `${JSON.stringify({ ...step, wallMs: Date.now() })}\n`);
  await appendFile(join(runFolder, healFile), lines.join(""));
}

export interface Healed {
  readonly step: string;
  readonly outcome: string;
  readonly ok: boolean;
}

export async function healSteps(
  steps: readonly Intended[],
  endpoints: Endpoints,
  budgetMs: number,
): Promise<readonly Healed[]> {
  const fis = createFisClient(endpoints);
  const ssm = createSsmClient(endpoints);
  const healed: Healed[] = [];
  for (const { step, undo } of steps) {
    if (!undo) continue;
    const signal = AbortSignal.timeout(budgetMs);
    try {
      let outcome: string;
      switch (undo.kind) {
        case "stop-experiment":
          outcome = `${await stopExperiments(fis, undo.runTag, signal)} running experiment(s) stopped`;
          break;
        case "stop-automation":
          outcome = `${await stopAutomations(ssm, undo.document, signal)} running execution(s) cancelled`;
          break;
        case "delete-template":
          outcome = `${await deleteTemplates(fis, undo.runTag, signal)} template(s) deleted`;
          break;
        case "end-process":
          outcome = `${undo.what} ended with the harness`;
          break;
        default:
          throw new Error("unknown kind of undo");
      }
      healed.push({ step, outcome, ok: true });
    } catch (error) {
      healed.push({ step, outcome: messageOf(error), ok: false });
    }
  }
  return healed;
}
