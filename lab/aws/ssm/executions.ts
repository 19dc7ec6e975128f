/** The Automation operations on executions: start, read, stop, signal. */
import { randomUUID } from "node:crypto";
import { messageOf, within } from "../deadline.ts";
import { ApiError, fingerprint, type JsonObject } from "../wire.ts";
import { page, ssmPages } from "../paging.ts";
import type { Documents } from "./documents.ts";
import { runExecution, setStatus, type ExecutionWorld } from "./execution.ts";
import {
  allSteps,
  describeExecution,
  describeStep,
  isOver,
  summarizeExecution,
  type Execution,
} from "./execution-state.ts";
import {
  describeRequest,
  describeStepsRequest,
  idRequest,
  signalRequest,
  startRequest,
  stopRequest,
  type StartRequest,
} from "./execution-requests.ts";
import { filterExecutions, filterSteps } from "./filters.ts";
import { readParameters } from "./parameters.ts";
import { parse, tagsOf } from "./requests.ts";

export interface Executions {
  start(request: JsonObject, region: string): JsonObject;
  get(request: JsonObject): JsonObject;
  describe(request: JsonObject): JsonObject;
  describeSteps(request: JsonObject): JsonObject;
  stop(request: JsonObject): JsonObject;
  signal(request: JsonObject): JsonObject;
  find(id: string): Execution | null;
  close(): Promise<void>;
}

const activeMax = 100;
const closeWithinMs = 10_000;

export function createExecutions(documents: Documents, world: ExecutionWorld): Executions {
  const executions = new Map<string, Execution>();
  const runs = new Set<Promise<void>>();
  const tokens = new Map<string, { readonly fingerprint: string; readonly id: string }>();

  const get = (id: string): Execution => {
    const execution = executions.get(id);
    if (execution === undefined)
      throw new ApiError("AutomationExecutionNotFoundException", `There is no automation execution ${id}.`);
    return execution;
  };

  const run = (execution: Execution): void => {
    const ended = runExecution(execution, world)
      .catch((error: unknown) => {
        execution.failureMessage = `The lab could not run it: ${messageOf(error)}`;
        execution.endMs = Date.now();
        setStatus(execution, "Failed", world);
      })
      .finally(() => runs.delete(ended));
    runs.add(ended);
  };

  return {
    find: (id) => executions.get(id) ?? null,
    start(body, region) {
      const request = parse(startRequest, body, "InvalidAutomationExecutionParametersException");
      const token = request.ClientToken?.toLowerCase();
      const known = token === undefined ? undefined : tokens.get(token);
      const print = fingerprint({ ...request, ClientToken: null });
      if (known !== undefined) {
        if (known.fingerprint !== print)
          throw new ApiError("IdempotentParameterMismatch", "This ClientToken was used for another request.");
        return { AutomationExecutionId: known.id };
      }
      const execution = newExecution(documents, request, region);
      if ([...executions.values()].filter((other) => !isOver(other)).length >= activeMax) {
        throw new ApiError(
          "AutomationExecutionLimitExceededException",
          `There can be ${activeMax} automations at once.`,
        );
      }
      executions.set(execution.id, execution);
      if (token !== undefined) tokens.set(token, { fingerprint: print, id: execution.id });
      run(execution);
      return { AutomationExecutionId: execution.id };
    },
    get: (body) => ({ AutomationExecution: describeExecution(get(parse(idRequest, body).AutomationExecutionId)) }),
    describe(body) {
      const request = parse(describeRequest, body);
      // The newest first, as AWS lists them.
      const wanted = filterExecutions([...executions.values()].toReversed(), request.Filters ?? []);
      return paged(
        "AutomationExecutionMetadataList",
        wanted.map((execution) => ({ ...summarizeExecution(execution), AutomationType: "Local" })),
        request,
      );
    },
    describeSteps(body) {
      const request = parse(describeStepsRequest, body);
      const steps = filterSteps(allSteps(get(request.AutomationExecutionId)), request.Filters ?? []);
      return paged(
        "StepExecutions",
        (request.ReverseOrder === true ? steps.toReversed() : steps).map(describeStep),
        request,
      );
    },
    stop(body) {
      const request = parse(stopRequest, body);
      stopExecution(get(request.AutomationExecutionId), request.Type, world);
      return {};
    },
    signal(body) {
      const request = parse(signalRequest, body);
      signalExecution(get(request.AutomationExecutionId), request.SignalType, request.Payload?.["Comment"] ?? []);
      return {};
    },
    async close() {
      for (const execution of executions.values()) execution.cancelling.abort();
      await within(Promise.all(runs), closeWithinMs, "the end of the automations");
    },
  };
}

function stopExecution(execution: Execution, type: "Complete" | "Cancel", world: ExecutionWorld): void {
  if (isOver(execution) || execution.stopType === "Cancel") {
    throw new ApiError("InvalidAutomationStatusUpdateException", `The automation is ${execution.status} already.`);
  }
  execution.stopType = type;
  // What waits for a signal would never end by itself.
  if (type === "Complete" && execution.takeSignal === null) return;
  setStatus(execution, "Cancelling", world);
  execution.cancelling.abort();
}

function signalExecution(execution: Execution, type: string, comments: readonly string[]): void {
  const known = type === "Approve" || type === "Reject" || type === "Resume";
  if (known && execution.takeSignal?.({ type, comment: comments.join(" ") }) === true) return;
  throw new ApiError(
    "InvalidAutomationSignalException",
    `The automation, which is ${execution.status}, does not wait for ${type}.`,
  );
}

function newExecution(documents: Documents, request: StartRequest, region: string): Execution {
  const {
    document,
    name,
    version: documentVersion,
  } = documents.toRun(request.DocumentName, request.DocumentVersion ?? "$DEFAULT");
  const given = readParameters(document, request.Parameters ?? {});
  if (typeof given === "string")
    throw new ApiError("InvalidAutomationExecutionParametersException", `${name}: ${given}.`);
  return {
    id: randomUUID(),
    documentName: name,
    documentVersion,
    document,
    region,
    given,
    startMs: Date.now(),
    tags: tagsOf(request.Tags),
    status: "Pending",
    endMs: null,
    failureMessage: null,
    runs: [],
    current: null,
    values: new Map(),
    stopType: null,
    cancelling: new AbortController(),
    takeSignal: null,
  };
}

function paged(
  member: string,
  items: readonly JsonObject[],
  request: { MaxResults?: number | undefined; NextToken?: string | undefined },
): JsonObject {
  const { items: found, nextToken } = page(
    items,
    { maxResults: request.MaxResults ?? null, nextToken: request.NextToken ?? null },
    ssmPages,
  );
  return { [member]: found, ...(nextToken === null ? {} : { NextToken: nextToken }) };
}
