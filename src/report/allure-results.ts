/**
 * Writes allure-results: one result for the verdict, one per finding, one per lane. The verdict stays ours (verdict.json); Allure
 * shows it. Uuids and history ids follow from drill, environment and criterion, so that history lines up over runs and a second
 * rendering replaces the first.
 */
import { createHash } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LabelName, Stage, Status } from "allure-js-commons";
import type { Label, Parameter, TestResult } from "allure-js-commons";
import { FileSystemWriter, ReporterRuntime } from "allure-js-commons/sdk/reporter";
import { categories } from "./allure-categories.ts";
import { draftsOf, type Draft, type DraftOptions } from "./allure-drafts.ts";
import type { AllureStatus } from "./criteria.ts";
import { environmentFacts } from "./facts.ts";
import type { ReportInput } from "./input.ts";

/** What CI knows about itself; the keys are those of Allure's executor.json. */
export interface Executor {
  readonly name: string;
  readonly type: string;
  readonly url?: string;
  readonly buildOrder?: number;
  readonly buildName?: string;
  readonly buildUrl?: string;
}

export interface ResultsOptions extends DraftOptions {
  readonly resultsFolder: string;
  readonly executor?: Executor;
}

const statuses: Readonly<Record<AllureStatus, Status>> = {
  passed: Status.PASSED,
  failed: Status.FAILED,
  broken: Status.BROKEN,
  skipped: Status.SKIPPED,
};

/** Returns how many results were written. */
export function writeAllureResults(options: ResultsOptions): number {
  const { input, resultsFolder } = options;
  rmSync(resultsFolder, { recursive: true, force: true });
  mkdirSync(resultsFolder, { recursive: true });
  const runtime = new ReporterRuntime({
    writer: new FileSystemWriter({ resultsDir: resultsFolder }),
    environmentInfo: environmentFacts(input),
    categories: categories().map((category) => ({
      ...category,
      matchedStatuses: category.matchedStatuses.map((status) => statuses[status]),
    })),
  });
  runtime.writeEnvironmentInfo();
  runtime.writeCategoriesDefinitions();
  if (options.executor) {
    const executor = { reportName: `Drill ${input.verdict.drill}`, ...options.executor };
    writeFileSync(join(resultsFolder, "executor.json"), JSON.stringify(executor));
  }
  const drafts = draftsOf(options);
  for (const draft of drafts) write(runtime, input, draft);
  return drafts.length;
}

function write(runtime: ReporterRuntime, input: ReportInput, draft: Draft): void {
  const { drill, environment, run } = input.verdict;
  const historyId = md5(`${drill}|${environment}|${draft.id}`);
  const wallMs = (us: number): number => Math.round(input.epochWallMs + us / 1000);
  const status = statuses[draft.status];
  const result: Partial<TestResult> = {
    uuid: uuidOf(`${run}|${draft.id}`),
    name: draft.name,
    fullName: `${drill}.${draft.id}`,
    historyId,
    testCaseId: historyId,
    status,
    stage: Stage.FINISHED,
    start: wallMs(draft.startUs),
    labels: labelsOf(input, draft),
    parameters: parametersOf(draft.parameters),
    ...(draft.description ? { description: draft.description } : {}),
    ...(draft.descriptionHtml ? { descriptionHtml: draft.descriptionHtml } : {}),
    statusDetails: {
      // Allure 2's category patterns match one line.
      ...(draft.message ? { message: draft.message.replace(/\s+/g, " ") } : {}),
      ...(draft.expected ? { expected: draft.expected } : {}),
      ...(draft.actual ? { actual: draft.actual } : {}),
    },
  };
  const uuid = runtime.startTest(result);
  for (const step of draft.steps) {
    const stepId = runtime.startStep(uuid, undefined, {
      name: step.name,
      start: wallMs(step.startUs),
      status: statuses[step.status],
      stage: Stage.FINISHED,
    });
    if (stepId === undefined) continue;
    runtime.updateStep(stepId, (written) => {
      written.parameters = parametersOf(step.parameters);
      if (step.message) written.statusDetails = { message: step.message };
    });
    runtime.stopStep(stepId, { stop: wallMs(step.endUs) });
  }
  for (const { name, content, type } of draft.attachments)
    runtime.writeAttachment(uuid, undefined, name, content, { contentType: type });
  runtime.stopTest(uuid, { stop: Math.max(wallMs(draft.startUs), wallMs(draft.endUs)) });
  runtime.writeTest(uuid);
}

/** One host, a thread of its own for each result: Allure paints results of one thread over each other. */
function labelsOf(input: ReportInput, draft: Draft): Label[] {
  return [
    { name: LabelName.EPIC, value: "DR drills" },
    { name: LabelName.FEATURE, value: input.title },
    { name: LabelName.STORY, value: draft.story },
    { name: LabelName.PARENT_SUITE, value: draft.parentSuite },
    { name: LabelName.SUITE, value: draft.suite },
    { name: LabelName.SEVERITY, value: draft.severity },
    { name: LabelName.HOST, value: "drill" },
    { name: LabelName.THREAD, value: draft.thread },
    { name: LabelName.LAYER, value: "drill" },
    { name: LabelName.TAG, value: input.verdict.environment },
  ];
}

/** Excluded from the history id, which a measured value would break. */
function parametersOf(parameters: Readonly<Record<string, string>>): Parameter[] {
  return Object.entries(parameters).map(([name, value]) => ({ name, value, excluded: true }));
}

const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

function uuidOf(text: string): string {
  return md5(text).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
