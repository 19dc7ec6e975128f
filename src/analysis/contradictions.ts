/**
 * What the journal, the probes and the manifest say of the same thing must agree: a drill is judged by its definition, and a record of
 * another one, however whole, says nothing about it.
 */
import type { Evidence } from "../evidence/evidence.ts";
import type { Drill } from "../model/drill.ts";
import type { Facts } from "./facts.ts";

/** One sentence each; empty: none. */
export const contradictions = ({ evidence, drill, primary }: Facts): string[] => [
  ...ofTheExperiment(evidence, drill),
  ...ofTheRunbooks(evidence, drill),
  ...ofTheCanary(evidence, primary),
];

function ofTheExperiment({ journal }: Evidence, drill: Drill): string[] {
  const wrong = new Set<string>();
  const known = new Set(journal.flatMap(({ value }) => (value.type === "fis.experiment" ? [value.id] : [])));
  for (const { value } of journal) {
    if (value.type !== "fis.action") continue;
    const { id, action, actionId } = value;
    if (!known.has(id)) wrong.add(`action ${action} is of experiment ${id}, of which the journal does not tell`);
    if (drill.fault.actions[action]?.actionId !== actionId)
      wrong.add(`action ${action} (${actionId}) ran, which the drill's fault has not`);
  }
  return [...wrong];
}

function ofTheRunbooks({ journal }: Evidence, drill: Drill): string[] {
  const ran = (name: "failover" | "failback"): boolean =>
    journal.some(({ value }) => value.type === "ssm.execution" && value.runbook === name);
  return (["failover", "failback"] as const)
    .filter((name) => drill[name] === null && ran(name))
    .map((name) => `the journal tells of a ${name}, and the drill has none`);
}

/** It knocks on the primary's own door: whoever else answers there was not the primary when the manifest was written. */
function ofTheCanary({ probes }: Evidence, primary: string): string[] {
  return probes.flatMap(({ file, header, lines }) => {
    if (header.kind !== "inside-primary") return [];
    const other = lines.find(({ value }) => value.ok && value.region !== undefined && value.region !== primary);
    if (other === undefined) return [];
    return [`${file} line ${other.line} was answered by ${other.value.region ?? ""}; the primary Region is ${primary}`];
  });
}
