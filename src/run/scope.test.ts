import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { test } from "node:test";
import type { RunEvent, RunEventInput } from "../model/journal.ts";
import type { Journal } from "./journal.ts";
import { createScope, endedByItself } from "./scope.ts";

/** A journal in memory: the scope's order of writing and acting is what is tested. */
function memoryJournal(log: string[]): Journal {
  const write = (event: RunEventInput): RunEvent => {
    if (event.type === "step.intended") log.push(`intend ${event.step}`);
    if (event.type === "step.done") log.push(`done ${event.step} ${event.outcome}`);
    if (event.type === "undo.done")
      log.push(`undone ${event.step} ${event.outcome}${event.detail === endedByItself ? " by itself" : ""}`);
    return { ...event, seq: log.length, us: 0, wallMs: 0 };
  };
  return { append: write, commit: write, onEvent: () => {}, [Symbol.dispose]: () => {} };
}

const never = new AbortController().signal;
const step = (log: string[], name: string, act: () => Promise<string> = async () => "value") => ({
  step: name,
  deadlineMs: 5_000,
  act: async () => {
    log.push(`act ${name}`);
    return await act();
  },
  undo: async () => void log.push(`undo ${name}`),
});

test("the intent is on record before the act, and healing undoes newest first", async () => {
  const log: string[] = [];
  const scope = createScope(memoryJournal(log), never);
  strictEqual(await scope.take(step(log, "a")), "value");
  await scope.take(step(log, "b"));
  deepStrictEqual(await scope.heal(), []);
  deepStrictEqual(log, [
    "intend a",
    "act a",
    "done a ok",
    "intend b",
    "act b",
    "done b ok",
    "undo b",
    "undone b ok",
    "undo a",
    "undone a ok",
  ]);
});

test("an act that failed is undone all the same: it may have half succeeded", async () => {
  const log: string[] = [];
  const scope = createScope(memoryJournal(log), never);
  await rejects(
    scope.take(
      step(log, "a", async () => {
        throw new Error("timed out");
      }),
    ),
    /timed out/,
  );
  await scope.heal();
  deepStrictEqual(log.slice(2), ["done a failed", "undo a", "undone a ok"]);
});

test("an intent that cannot be put on disk forbids the act", async () => {
  const log: string[] = [];
  const journal = {
    ...memoryJournal(log),
    commit: () => {
      throw new Error("disk full");
    },
  };
  await rejects(createScope(journal, never).take(step(log, "a")), /disk full/);
  deepStrictEqual(log, []);
});

test("an undo that fails does not keep the others from being done, and is told", async () => {
  const log: string[] = [];
  const scope = createScope(memoryJournal(log), never);
  await scope.take(step(log, "a"));
  await scope.take({
    ...step(log, "b"),
    undo: async () => {
      throw new Error("no answer");
    },
  });
  deepStrictEqual(await scope.heal(), ["b"]);
  deepStrictEqual(log.slice(-3), ["undone b failed", "undo a", "undone a ok"]);
});

test("the signal that interrupts the run does not reach an undo", async () => {
  const log: string[] = [];
  const interrupt = new AbortController();
  const scope = createScope(memoryJournal(log), interrupt.signal);
  let undoSawAbort: boolean | undefined;
  await scope.take({
    ...step(log, "a"),
    undo: async (signal: AbortSignal) => {
      undoSawAbort = signal.aborted;
    },
  });
  interrupt.abort("SIGINT");
  await scope.heal();
  strictEqual(undoSawAbort, false);
});

test("what was undone early, or ended by itself, is not undone again", async () => {
  const log: string[] = [];
  const scope = createScope(memoryJournal(log), never);
  await scope.take(step(log, "a"));
  await scope.take(step(log, "b"));
  strictEqual(await scope.undo("a"), true);
  scope.settle("b");
  const before = log.length;
  await scope.heal();
  strictEqual(log.length, before);
  deepStrictEqual(log.slice(-3), ["undo a", "undone a ok", "undone b ok by itself"]);
});
