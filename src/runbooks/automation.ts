/** A runbook is an SSM Automation document (schema 0.3). This uploads it, starts it, watches it step by step, and cancels it. */
import {
  CreateDocumentCommand,
  DescribeAutomationExecutionsCommand,
  GetAutomationExecutionCommand,
  StartAutomationExecutionCommand,
  StopAutomationExecutionCommand,
  UpdateDocumentCommand,
  UpdateDocumentDefaultVersionCommand,
  type AutomationExecution,
  type SSMClient,
} from "@aws-sdk/client-ssm";
import { executionIsOver } from "../model/journal.ts";
import type { RunClock } from "../run/clock.ts";
import type { Journal } from "../run/journal.ts";
import { poll, sleep } from "../run/poll.ts";

/** Puts the document there if it is missing or differs; returns its name. */
export async function uploadDocument(
  client: SSMClient,
  document: { readonly name: string; readonly content: string },
  signal: AbortSignal,
): Promise<string> {
  const shared = { Name: document.name, Content: document.content, DocumentFormat: "YAML" } as const;
  try {
    await client.send(new CreateDocumentCommand({ ...shared, DocumentType: "Automation" }), { abortSignal: signal });
    return document.name;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "DocumentAlreadyExists") throw error;
  }
  try {
    const updated = await client.send(new UpdateDocumentCommand({ ...shared, DocumentVersion: "$LATEST" }), {
      abortSignal: signal,
    });
    await client.send(
      new UpdateDocumentDefaultVersionCommand({
        Name: document.name,
        DocumentVersion: updated.DocumentDescription?.DocumentVersion,
      }),
      { abortSignal: signal },
    );
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "DuplicateDocumentContent") throw error;
  }
  return document.name;
}

export async function startAutomation(
  client: SSMClient,
  options: {
    readonly document: string;
    readonly parameters: Readonly<Record<string, string>>;
    readonly clientToken: string;
    readonly signal: AbortSignal;
  },
): Promise<string> {
  const answer = await client.send(
    new StartAutomationExecutionCommand({
      DocumentName: options.document,
      ClientToken: options.clientToken,
      Parameters: Object.fromEntries(Object.entries(options.parameters).map(([name, value]) => [name, [value]])),
    }),
    { abortSignal: options.signal },
  );
  if (answer.AutomationExecutionId === undefined) throw new Error("SSM started an execution without an id");
  return answer.AutomationExecutionId;
}

async function getExecution(client: SSMClient, id: string, signal: AbortSignal): Promise<AutomationExecution> {
  const answer = await client.send(new GetAutomationExecutionCommand({ AutomationExecutionId: id }), {
    abortSignal: signal,
  });
  if (!answer.AutomationExecution) throw new Error(`SSM does not know the execution ${id}`);
  return answer.AutomationExecution;
}

/** Journals each change of the execution and of its steps until it is over; returns its final status. */
export async function watchAutomation(
  client: SSMClient,
  id: string,
  options: {
    readonly runbook: "failover" | "failback";
    readonly document: string;
    readonly journal: Journal;
    readonly clock: RunClock;
    readonly intervalMs: number;
    readonly signal: AbortSignal;
  },
): Promise<string> {
  const { journal, clock, runbook, signal } = options;
  const seen = new Map<string, string>();
  let previousPollUs: number | null = null;

  function note(execution: AutomationExecution, status: string): void {
    for (const step of execution.StepExecutions ?? []) {
      const name = step.StepName ?? "?";
      const stepStatus = step.StepStatus ?? "Unknown";
      if (stepStatus === "Pending" || seen.get(name) === stepStatus) continue;
      seen.set(name, stepStatus);
      journal.append({
        type: "ssm.step",
        id,
        runbook,
        step: name,
        action: step.Action ?? "?",
        status: stepStatus,
        startMs: step.ExecutionStartTime?.getTime() ?? null,
        endMs: step.ExecutionEndTime?.getTime() ?? null,
        ...(step.Outputs === undefined ? {} : { outputs: step.Outputs }),
        ...(step.FailureMessage === undefined ? {} : { failure: step.FailureMessage }),
        previousPollUs,
      });
    }
    if (seen.get("") === status) return;
    seen.set("", status);
    journal.append({
      type: "ssm.execution",
      id,
      runbook,
      document: options.document,
      status,
      ...(execution.FailureMessage === undefined ? {} : { failure: execution.FailureMessage }),
      previousPollUs,
    });
  }

  async function untilOver(): Promise<string> {
    for (let failures = 0; ;) {
      signal.throwIfAborted();
      const askedUs = clock.us();
      const execution = await getExecution(client, id, signal).catch((error: unknown) => {
        failures += 1;
        if (signal.aborted || failures === 20) throw error;
        return null;
      });
      if (execution !== null) {
        failures = 0;
        const status = execution.AutomationExecutionStatus ?? "Unknown";
        note(execution, status);
        previousPollUs = askedUs;
        if (executionIsOver(status)) return status;
      }
      await sleep(options.intervalMs, signal);
    }
  }

  try {
    return await untilOver();
  } catch (error) {
    journal.append({ type: "ssm.unwatched", runbook, heardUs: previousPollUs });
    throw error;
  }
}

/** Cancels every execution of the document that is not over (our documents carry the run's id in their name) and waits until it is. */
export async function stopAutomations(client: SSMClient, document: string, signal: AbortSignal): Promise<number> {
  const answer = await client.send(
    new DescribeAutomationExecutionsCommand({ Filters: [{ Key: "DocumentNamePrefix", Values: [document] }] }),
    { abortSignal: signal },
  );
  let stopped = 0;
  for (const execution of answer.AutomationExecutionMetadataList ?? []) {
    const id = execution.AutomationExecutionId;
    if (id === undefined || execution.DocumentName !== document || executionIsOver(execution.AutomationExecutionStatus))
      continue;
    await client.send(new StopAutomationExecutionCommand({ AutomationExecutionId: id, Type: "Cancel" }), {
      abortSignal: signal,
    });
    const over = await poll(
      async () =>
        executionIsOver((await getExecution(client, id, signal)).AutomationExecutionStatus) ? true : undefined,
      { intervalMs: 500, deadlineMs: 60_000, signal },
    );
    if (over === null) throw new Error(`execution ${id} did not stop within 60 s`);
    stopped += 1;
  }
  return stopped;
}
