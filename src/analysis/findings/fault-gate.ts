/** fault.effective: did the fault bite, did customers notice, was the failover exercised? Without it no other number means anything (docs/measuring.md §7). */
import type { Evidence } from "../../evidence/evidence.ts";
import { classifyRead, classifyWrite } from "../classify.ts";
import { plural } from "../check.ts";
import type { Check } from "../check.ts";
import { highestEpoch } from "../epochs.ts";
import { loadOf } from "../facts.ts";
import type { Facts } from "../facts.ts";
import { sufferedFrom } from "../restoration.ts";
import { gate } from "./gate.ts";

const biteWithinUs = 30_000_000;

export const faultEffective: Check = {
  id: "fault.effective",
  title: "The fault took effect",
  objective: () => null,
  measure: (facts) => {
    const { commanded, firstAction, effective, actions, reason, evidence } = facts.fault();
    const wrong: string[] = experimentFailed(facts.evidence);
    if (actions.length === 0) wrong.push("no action that does something was seen to run (aws:fis:wait does nothing)");
    for (const action of actions) {
      if (action.state === "running" || action.state === "completed") continue;
      // Stopped when the experiment is: it did run until then.
      if (action.state === "stopped" || action.state === "stopping") continue;
      wrong.push(
        `action ${action.action} (${action.actionId}) is ${action.state}${action.reason === null ? "" : `: ${action.reason}`}`,
      );
    }
    if (effective === null) wrong.push(reason);
    else {
      const started = Math.max(commanded?.hi ?? effective.lo, firstAction?.hi ?? effective.lo);
      const took = effective.hi - started;
      if (took > biteWithinUs)
        wrong.push(
          `the canary first failed ${(took / 1e6).toFixed(1)} s after the action began, later than ${biteWithinUs / 1e6} s: something else may have caused it`,
        );
      if (!someoneSuffered(facts, effective.lo))
        wrong.push(
          "no arrival of the load failed or stayed without answer: whatever the fault did, customers did not notice",
        );
      const missing = notExercised(facts, effective.lo);
      if (missing !== null) wrong.push(missing);
    }
    const width = effective === null ? "" : `, known to ${Math.ceil((effective.hi - effective.lo) / 1000)} ms`;
    const right = `the primary stopped answering ${(((effective?.hi ?? 0) - (commanded?.lo ?? 0)) / 1e6).toFixed(2)} s after the experiment was commanded${width}; ${plural(actions.length, "action")} ran`;
    return gate(wrong, right, [...evidence, ...actions.map(({ line }) => ({ file: "journal.ndjson", line }))]);
  },
};

function experimentFailed({ journal }: Evidence): string[] {
  return journal.flatMap(({ value }) => {
    if (value.type === "fis.experiment" && value.state === "failed")
      return [`experiment ${value.id} failed${value.reason === undefined ? "" : `: ${value.reason}`}`];
    return value.type === "step.done" && value.step === "inject-fault" && value.outcome === "failed"
      ? ["the experiment could not be started"]
      : [];
  });
}

/** G4 */
function someoneSuffered(facts: Facts, sinceUs: number): boolean {
  const service = facts.service();
  return service.verdicts.some((_, seq) => sufferedFrom(service, sinceUs, facts.objectives.arrivalDeadlineMs, seq));
}

/** G5: a failover that is to be judged must have moved the service: acknowledged in a new epoch by the other Region. */
function notExercised(facts: Facts, sinceUs: number): string | null {
  if (facts.drill.failover === null || facts.drill.failover.movements.promote === undefined) return null;
  const writers = facts.writers();
  if (new Set(writers.map(({ epoch }) => epoch)).size === 1)
    return "every acknowledgement carries the same write epoch: the failover was not exercised, or nothing came back";
  const { ledger } = loadOf(facts);
  const { arrivals, header } = ledger;
  const served = (name: string): boolean =>
    arrivals.answers.some(
      (answer) =>
        (classifyWrite(answer) === "acknowledged" || classifyRead(answer) === "right") &&
        header.regions[answer.region - 1] === name,
    );
  if (!served(facts.secondary))
    return `no request was served by ${facts.secondary}: the failover was not exercised, or nothing came back`;
  // Without epochs, the Region alone tells.
  if (writers.length === 0) return null;
  // A promotion inside the primary Region makes a new epoch, too.
  const old = highestEpoch(writers.filter(({ firstAckUs }) => firstAckUs < sinceUs));
  return writers.some(({ epoch, region }) => epoch > old && (region === facts.secondary || region === ""))
    ? null
    : `${facts.secondary} acknowledged nothing in a write epoch above ${old}, which was there before the fault: its promotion was not exercised`;
}
