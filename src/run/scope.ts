/**
 * The undo stack. The order is the whole point: the intent is on disk and its undo registered before the act, so that an act that
 * half succeeded (a request that timed out may have started a fault) is still undone. The run's abort signal never reaches an undo.
 */
import { randomUUID } from "node:crypto";
import type { RunEventInput } from "../model/journal.ts";
import type { Journal } from "./journal.ts";

type UndoRecord = Extract<RunEventInput, { type: "step.intended" }>["undo"];

export interface Step<Value> {
  readonly step: string;
  readonly deadlineMs: number;
  /** How a later `drill heal`, which has only the journal, reverses this step; null when nothing outside remains. */
  readonly undoRecord?: (token: string) => UndoRecord;
  readonly act: (signal: AbortSignal, token: string) => Promise<Value>;
  /** Idempotent: it may find nothing to undo. Gets a budget of its own. */
  readonly undo?: (signal: AbortSignal, token: string, value: Value | undefined) => Promise<void>;
  readonly undoBudgetMs?: number;
}

export const endedByItself = "it had ended by itself";

interface OpenUndo {
  readonly step: string;
  readonly budgetMs: number;
  readonly undo: (signal: AbortSignal) => Promise<void>;
}

export interface Scope {
  /** Journals the intent, registers the undo, acts, journals the outcome. Rethrows what the act threw. */
  take<Value>(step: Step<Value>): Promise<Value>;
  /** Undoes one step early, as part of the drill. */
  undo(step: string): Promise<boolean>;
  /** The step is known to have ended by itself: nothing is left to undo. */
  settle(step: string): void;
  /** Undoes all that is open, newest first, all of them even when one fails. Returns the steps that could not be undone. */
  heal(): Promise<readonly string[]>;
}

export function createScope(journal: Journal, runSignal: AbortSignal): Scope {
  const open: OpenUndo[] = [];

  async function undoOne(entry: OpenUndo): Promise<boolean> {
    try {
      await entry.undo(AbortSignal.timeout(entry.budgetMs));
    } catch (error) {
      journal.append({ type: "undo.done", step: entry.step, outcome: "failed", detail: messageOf(error) });
      return false;
    }
    // Not committed: a journal that can no longer be written must not keep the other undos from being done.
    journal.append({ type: "undo.done", step: entry.step, outcome: "ok" });
    return true;
  }

  return {
    async take(step) {
      const token = randomUUID();
      journal.commit({
        type: "step.intended",
        step: step.step,
        token,
        deadlineMs: step.deadlineMs,
        undo: step.undoRecord?.(token) ?? null,
      });
      let value: Awaited<ReturnType<typeof step.act>> | undefined;
      const { undo } = step;
      if (undo) {
        open.push({
          step: step.step,
          budgetMs: step.undoBudgetMs ?? 30_000,
          undo: (signal) => undo(signal, token, value),
        });
      }
      const deadline = AbortSignal.timeout(step.deadlineMs);
      try {
        value = await step.act(AbortSignal.any([runSignal, deadline]), token);
        journal.append({ type: "step.done", step: step.step, outcome: "ok" });
        return value;
      } catch (error) {
        const outcome = runSignal.aborted ? "interrupted" : deadline.aborted ? "timeout" : "failed";
        journal.append({ type: "step.done", step: step.step, outcome, detail: messageOf(error) });
        throw error;
      }
    },
    async undo(step) {
      const index = open.findLastIndex((entry) => entry.step === step);
      const entry = open[index];
      if (!entry) return true;
      const undone = await undoOne(entry);
      // A failed undo stays on the stack: healing tries it again.
      if (undone) open.splice(index, 1);
      return undone;
    },
    settle(step) {
      const index = open.findLastIndex((entry) => entry.step === step);
      if (index === -1) return;
      open.splice(index, 1);
      journal.append({ type: "undo.done", step, outcome: "ok", detail: endedByItself });
    },
    async heal() {
      const failed: string[] = [];
      for (let entry = open.pop(); entry; entry = open.pop()) {
        if (!(await undoOne(entry))) failed.push(entry.step);
      }
      return failed;
    },
  };
}

export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
