/** The runbooks as SSM told of them: begin and end of each step on the run's axis, when they were ordered, until when they were watched. */
import type { Evidence, Numbered } from "../evidence/evidence.ts";
import { executionIsOver } from "../model/journal.ts";
import type { RunEvent } from "../model/journal.ts";
import type { Bounded } from "./interval.ts";
import { onceFor } from "./once.ts";
import { placedBy } from "./wall-clock.ts";
import type { Change } from "./wall-clock.ts";

type Journal = Evidence["journal"];
type Of<Type extends RunEvent["type"]> = Extract<RunEvent, { type: Type }>;
type Told = Numbered<Of<"ssm.step">>;
export type RunbookName = "failover" | "failback";

export function eventsOf<Type extends RunEvent["type"]>(journal: Journal, type: Type): Numbered<Of<Type>>[] {
  return journal.filter((entry): entry is Numbered<Of<Type>> => entry.value.type === type);
}

export interface RunbookStep {
  readonly runbook: RunbookName;
  readonly name: string;
  /** null: it was never seen to begin. */
  readonly begun: { readonly at: Bounded; readonly line: number } | null;
  /** null: SSM states no end, and it did not succeed. */
  readonly ended: Bounded | null;
  /** What was told of it last. */
  readonly last: Told;
}

/** In the order in which they were first seen. */
export const runbookSteps = onceFor((evidence: Evidence): readonly RunbookStep[] => {
  const { journal } = evidence;
  const told = new Map<string, Told[]>();
  for (const one of eventsOf(journal, "ssm.step")) {
    const key = `${one.value.runbook}/${one.value.step}`;
    told.set(key, [...(told.get(key) ?? []), one]);
  }
  const steps = [...told.values()].flatMap((seen) => {
    const [first] = seen;
    const last = seen[seen.length - 1];
    if (first === undefined || last === undefined) return [];
    const orderUs = orderedUs(journal, last.value.runbook);
    const begun = seen.find(({ value }) => value.startMs !== null) ?? null;
    const begin = begun === null ? null : changeOf(begun.value.startMs, first, begun, orderUs);
    const isEnded = last.value.endMs !== null || last.value.status === "Success";
    return [{ last, begun, begin, end: isEnded ? changeOf(last.value.endMs, last, last, orderUs) : null }];
  });
  const place = placedBy(steps.flatMap(({ begin, end }) => [begin, end].filter((one) => one !== null)));
  return steps.map(({ last, begun, begin, end }) => ({
    runbook: last.value.runbook,
    name: last.value.step,
    begun: begun === null || begin === null ? null : { at: place(begin), line: begun.line },
    ended: end === null ? null : place(end),
    last,
  }));
});

/** Not before the last look that did not show it yet; where that is not on record, not before the runbook was ordered. */
const changeOf = (sourceMs: number | null, unseen: Told, seen: Told, orderUs: number | null): Change => ({
  sourceMs,
  notBeforeUs: unseen.value.previousPollUs ?? orderUs,
  seenUs: seen.value.us,
});

/** null: it was not, as far as the journal tells. */
export function orderedUs(journal: Journal, runbook: RunbookName): number | null {
  const intent = eventsOf(journal, "step.intended").find(({ value }) => value.step === `runbook-${runbook}`);
  const phase = eventsOf(journal, "phase.started").find(({ value }) => value.phase === runbook);
  return (intent ?? phase)?.value.us ?? null;
}

/** Until when somebody looked what the runbook did. Once it is over it does no more, so that the end of the journal counts. */
export function watchedUntilUs(journal: Journal, runbook: RunbookName): number {
  const endUs = journal[journal.length - 1]?.value.us ?? 0;
  let untilUs: number | null = null;
  for (const { value } of journal) {
    if (value.type !== "ssm.step" && value.type !== "ssm.execution" && value.type !== "ssm.unwatched") continue;
    if (value.runbook !== runbook) continue;
    if (value.type === "ssm.unwatched") untilUs = value.heardUs ?? untilUs;
    else untilUs = value.us;
    if (value.type === "ssm.execution" && executionIsOver(value.status)) untilUs = endUs;
  }
  return untilUs ?? endUs;
}
