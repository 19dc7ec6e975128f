/** Every outage of a run, as the load's reads, its writes and each customers' probe saw it. */
import type { Facts } from "./facts.ts";
import { outagesIn } from "./outages.ts";
import type { Outage } from "./outages.ts";
import { classSeries, probeSeries } from "./restoration.ts";

export function outagesOf(facts: Facts): Outage[] {
  const service = facts.service();
  const deadlineUs = facts.objectives.arrivalDeadlineMs * 1000;
  const customers = facts.evidence.probes.filter(({ header }) => header.kind === "customer");
  return [
    ...outagesIn(classSeries(service, false), "reads", deadlineUs),
    ...outagesIn(classSeries(service, true), "writes", deadlineUs),
    ...customers.flatMap((probe) => outagesIn(probeSeries(probe), probe.header.probe, probe.header.timeoutMs * 1000)),
  ];
}
