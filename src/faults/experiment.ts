/** One FIS experiment: template, dry run, start, watch, stop. Everything created carries the run's tag, so that `heal` finds it without us. */
import {
  CreateExperimentTemplateCommand,
  DeleteExperimentTemplateCommand,
  GetExperimentCommand,
  paginateListExperimentResolvedTargets,
  paginateListExperiments,
  paginateListExperimentTemplates,
  StopExperimentCommand,
  type CreateExperimentTemplateCommandInput,
  type Experiment,
  type FisClient,
} from "@aws-sdk/client-fis";
import type { Drill } from "../model/drill.ts";
import { poll } from "../run/poll.ts";
import { startExperimentCommand } from "./actions-mode.ts";

export const runTagKey = "DrDrillRun";
const terminalStates: readonly string[] = ["completed", "stopped", "failed", "cancelled"];

export function isTerminal(experiment: Experiment): boolean {
  return terminalStates.includes(experiment.state?.status ?? "");
}

/** Creates the template of the drill's fault; returns its id (EXT…). */
export async function createTemplate(
  client: FisClient,
  drill: Drill,
  options: {
    readonly run: string;
    readonly roleArn: string;
    readonly clientToken: string;
    readonly signal: AbortSignal;
  },
): Promise<string> {
  const targets = Object.fromEntries(
    Object.entries(drill.targets).filter(([name]) =>
      Object.values(drill.fault.actions).some((action) => Object.values(action.targets).includes(name)),
    ),
  );
  const template = {
    clientToken: options.clientToken,
    description: drill.fault.description,
    roleArn: options.roleArn,
    stopConditions: drill.fault.stopConditions,
    targets,
    actions: drill.fault.actions,
    tags: { [runTagKey]: options.run },
  } as CreateExperimentTemplateCommandInput;
  const answer = await client.send(new CreateExperimentTemplateCommand(template), { abortSignal: options.signal });
  const id = answer.experimentTemplate?.id;
  if (id === undefined) throw new Error("FIS created a template without an id");
  return id;
}

export async function deleteTemplates(client: FisClient, run: string, signal: AbortSignal): Promise<number> {
  const ours: string[] = [];
  for await (const page of paginateListExperimentTemplates({ client }, {}, { abortSignal: signal })) {
    for (const template of page.experimentTemplates ?? []) {
      if (template.tags?.[runTagKey] === run && template.id !== undefined) ours.push(template.id);
    }
  }
  for (const id of ours) await client.send(new DeleteExperimentTemplateCommand({ id }), { abortSignal: signal });
  return ours.length;
}

export interface ResolvedTarget {
  readonly target: string;
  readonly arn: string;
}

/**
 * The dry run (actionsMode skip-all): which resources FIS would touch. If the service did not understand that nothing is to be
 * done, the experiment is stopped at once and this throws.
 */
export async function previewTargets(
  client: FisClient,
  options: {
    readonly templateId: string;
    readonly run: string;
    readonly clientToken: string;
    readonly signal: AbortSignal;
  },
): Promise<readonly ResolvedTarget[]> {
  const { signal } = options;
  const started = await client.send(
    startExperimentCommand(
      {
        experimentTemplateId: options.templateId,
        clientToken: options.clientToken,
        tags: { [runTagKey]: options.run },
      },
      "skip-all",
    ),
    { abortSignal: signal },
  );
  const id = started.experiment?.id;
  if (id === undefined) throw new Error("FIS started a dry run without an id");
  const understood = (started.experiment?.experimentOptions as { actionsMode?: string } | undefined)?.actionsMode;
  if (understood !== "skip-all") {
    await client.send(new StopExperimentCommand({ id }), { abortSignal: AbortSignal.timeout(30_000) });
    throw new Error(`FIS did not take the dry run as one (actionsMode ${understood ?? "missing"}); it was stopped`);
  }
  const experiment = await poll(
    async () => {
      const answer = await getExperiment(client, id, signal);
      return isTerminal(answer) ? answer : undefined;
    },
    { intervalMs: 200, deadlineMs: 60_000, signal },
  );
  if (experiment?.state?.status !== "completed") {
    throw new Error(
      `the dry run of the fault ended ${experiment?.state?.status ?? "not at all"}: ${experiment?.state?.reason ?? "no reason given"}`,
    );
  }
  const resolved: ResolvedTarget[] = [];
  for await (const page of paginateListExperimentResolvedTargets(
    { client },
    { experimentId: id },
    { abortSignal: signal },
  )) {
    for (const target of page.resolvedTargets ?? []) {
      const arn = target.targetInformation?.["arn"] ?? JSON.stringify(target.targetInformation);
      resolved.push({ target: target.targetName ?? "?", arn });
    }
  }
  return resolved;
}

export async function startExperiment(
  client: FisClient,
  options: {
    readonly templateId: string;
    readonly run: string;
    readonly clientToken: string;
    readonly signal: AbortSignal;
  },
): Promise<string> {
  const answer = await client.send(
    startExperimentCommand(
      {
        experimentTemplateId: options.templateId,
        clientToken: options.clientToken,
        tags: { [runTagKey]: options.run },
      },
      "run-all",
    ),
    { abortSignal: options.signal },
  );
  const id = answer.experiment?.id;
  if (id === undefined) throw new Error("FIS started an experiment without an id");
  return id;
}

export async function getExperiment(client: FisClient, id: string, signal: AbortSignal): Promise<Experiment> {
  const answer = await client.send(new GetExperimentCommand({ id }), { abortSignal: signal });
  if (!answer.experiment) throw new Error(`FIS does not know the experiment ${id}`);
  return answer.experiment;
}

/** Stops every experiment of the run that is not over, and waits until it is. Finding none is fine. Returns how many were stopped. */
export async function stopExperiments(client: FisClient, run: string, signal: AbortSignal): Promise<number> {
  const ours: string[] = [];
  for await (const page of paginateListExperiments({ client }, {}, { abortSignal: signal })) {
    for (const summary of page.experiments ?? []) {
      if (summary.tags?.[runTagKey] === run && summary.id !== undefined && !isTerminal(summary)) ours.push(summary.id);
    }
  }
  for (const id of ours) await stopExperiment(client, id, signal);
  return ours.length;
}

async function stopExperiment(client: FisClient, id: string, signal: AbortSignal): Promise<void> {
  await client.send(new StopExperimentCommand({ id }), { abortSignal: signal });
  const ended = await poll(async () => (isTerminal(await getExperiment(client, id, signal)) ? true : undefined), {
    intervalMs: 200,
    deadlineMs: 60_000,
    signal,
  });
  if (ended === null) throw new Error(`experiment ${id} did not stop within 60 s`);
}
