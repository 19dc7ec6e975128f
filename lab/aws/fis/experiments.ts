/** Starting, reading and stopping experiments, the safety lever that stops them all, and the answers' shape. */
import { accountId, ApiError, epochSeconds, fingerprint, type JsonObject } from "../wire.ts";
import { messageOf, within } from "../deadline.ts";
import { haltExperiment, isOver, setState, type ActionState, type Experiment } from "./experiment-state.ts";
import { runExperiment, type ExperimentWorld } from "./experiment.ts";
import { newId, optionsOf, sameRequest, type Templates } from "./templates.ts";
import { parseRequest, startExperimentRequest, updateSafetyLeverRequest } from "./template-schema.ts";

export interface Experiments {
  start(body: JsonObject, region: string): Experiment;
  readonly get: (id: string) => Experiment;
  stop(id: string): Experiment;
  all(): readonly Experiment[];
  safetyLever(region: string): JsonObject;
  updateSafetyLever(body: JsonObject, region: string): JsonObject;
  close(): Promise<void>;
}

const activeMax = 5;
const closeWithinMs = 10_000;

export function createExperiments(templates: Templates, world: ExperimentWorld): Experiments {
  const { machinery } = world;
  const experiments = new Map<string, Experiment>();
  const runs = new Set<Promise<void>>();
  const tokens = new Map<string, { readonly fingerprint: string; readonly id: string }>();
  const lever = { status: "disengaged", reason: "The safety lever has not been used." };

  const get = (id: string): Experiment => {
    const experiment = experiments.get(id);
    if (experiment === undefined) throw new ApiError("ResourceNotFoundException", `There is no experiment ${id}.`, 404);
    return experiment;
  };

  const run = (experiment: Experiment): void => {
    const ended = runExperiment(experiment, world)
      .catch((error: unknown) =>
        setState(experiment, "failed", `The lab could not run it: ${messageOf(error)}`, machinery),
      )
      .finally(() => runs.delete(ended));
    runs.add(ended);
  };

  return {
    get,
    all: () => [...experiments.values()],
    start(request, region) {
      const { clientToken, experimentTemplateId, experimentOptions, tags } = parseRequest(
        startExperimentRequest,
        request,
      );
      const known = tokens.get(clientToken);
      if (known !== undefined) return sameRequest(known, request, () => get(known.id));
      const template = templates.get(experimentTemplateId);
      if ([...experiments.values()].filter((experiment) => !isOver(experiment)).length >= activeMax) {
        throw new ApiError("ServiceQuotaExceededException", `There can be ${activeMax} active experiments.`, 402);
      }
      const experiment = newExperiment(template, {
        region,
        actionsMode: experimentOptions?.actionsMode ?? "run-all",
        tags: tags ?? {},
      });
      experiments.set(experiment.id, experiment);
      tokens.set(clientToken, { fingerprint: fingerprint(request), id: experiment.id });
      if (lever.status === "engaged") {
        setState(experiment, "cancelled", "Experiment was cancelled: the safety lever is engaged.", machinery);
        experiment.endMs = Date.now();
      } else {
        run(experiment);
      }
      return experiment;
    },
    stop(id) {
      const experiment = get(id);
      haltExperiment(experiment, { kind: "stopped", reason: "Experiment halted by user." }, machinery);
      return experiment;
    },
    safetyLever: (region) => describeLever(lever, region),
    updateSafetyLever(request, region) {
      const { state } = parseRequest(updateSafetyLeverRequest, request);
      if (state.status === lever.status) {
        throw new ApiError("ConflictException", `The safety lever is ${lever.status} already.`, 409);
      }
      Object.assign(lever, state);
      if (state.status === "engaged") {
        for (const experiment of experiments.values()) {
          haltExperiment(experiment, { kind: "stopped", reason: "Experiment halted by the safety lever." }, machinery);
        }
      }
      return describeLever(lever, region);
    },
    async close() {
      for (const experiment of experiments.values()) {
        haltExperiment(experiment, { kind: "stopped", reason: "Experiment halted: the lab is going down." }, machinery);
      }
      await within(Promise.all(runs), closeWithinMs, "the end of the experiments");
    },
  };
}

function newExperiment(
  template: ReturnType<Templates["get"]>,
  {
    region,
    actionsMode,
    tags,
  }: { region: string; actionsMode: "run-all" | "skip-all"; tags: Readonly<Record<string, string>> },
): Experiment {
  const id = newId("EXP");
  const pending = (): ActionState => ({ status: "pending", reason: "Initial state", startMs: null, endMs: null });
  return {
    id,
    arn: `arn:aws:fis:${region}:${accountId}:experiment/${id}`,
    templateId: template.id,
    template: template.body,
    actionsMode,
    creationMs: Date.now(),
    tags,
    state: { status: "pending", reason: "Experiment is pending.", error: null },
    actions: new Map(Object.keys(template.body.actions).map((name) => [name, pending()])),
    resolved: new Map(),
    startMs: null,
    endMs: null,
    halt: null,
    halting: new AbortController(),
  };
}

const describeLever = (lever: { status: string; reason: string }, region: string): JsonObject => ({
  safetyLever: { id: "default", arn: `arn:aws:fis:${region}:${accountId}:safety-lever/default`, state: { ...lever } },
});

const time = (name: string, ms: number | null): JsonObject => (ms === null ? {} : { [name]: epochSeconds(ms) });

function describeState({ state }: Experiment): JsonObject {
  return {
    status: state.status,
    reason: state.reason,
    ...(state.error === null ? {} : { error: { accountId, ...state.error } }),
  };
}

export function describeExperiment(experiment: Experiment): JsonObject {
  const {
    experimentOptions,
    experimentReportConfiguration,
    description: _description,
    ...template
  } = experiment.template;
  const actions = Object.entries(template.actions).map(([name, action]) => {
    const run = experiment.actions.get(name);
    const state = { status: run?.status ?? "pending", reason: run?.reason ?? "" };
    return [
      name,
      { ...action, state, ...time("startTime", run?.startMs ?? null), ...time("endTime", run?.endMs ?? null) },
    ];
  });
  return {
    id: experiment.id,
    arn: experiment.arn,
    experimentTemplateId: experiment.templateId,
    ...template,
    state: describeState(experiment),
    actions: Object.fromEntries(actions),
    creationTime: epochSeconds(experiment.creationMs),
    ...time("startTime", experiment.startMs),
    ...time("endTime", experiment.endMs),
    tags: experiment.tags,
    experimentOptions: { ...optionsOf(experimentOptions), actionsMode: experiment.actionsMode },
    targetAccountConfigurationsCount: 0,
    ...(experimentReportConfiguration === undefined
      ? {}
      : { experimentReportConfiguration, experimentReport: noReport }),
  };
}

/** A template may ask for FIS's PDF report; the lab says that there is none, instead of nothing. */
const noReport = {
  state: { status: "failed", reason: "The lab writes no FIS reports.", error: { code: "NotSupported" } },
};

export function summarizeExperiment(experiment: Experiment): JsonObject {
  return {
    id: experiment.id,
    arn: experiment.arn,
    experimentTemplateId: experiment.templateId,
    state: describeState(experiment),
    creationTime: epochSeconds(experiment.creationMs),
    tags: experiment.tags,
    experimentOptions: { ...optionsOf(experiment.template.experimentOptions), actionsMode: experiment.actionsMode },
  };
}
