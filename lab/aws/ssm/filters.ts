/** Filters of DescribeAutomationExecutions and DescribeAutomationStepExecutions; one that the lab cannot apply is refused, not ignored. */
import { ApiError } from "../wire.ts";
import type { Execution, StepRun } from "./execution-state.ts";

interface Filter {
  readonly Key: string;
  readonly Values: readonly string[];
}

type Test<Item> = (item: Item, value: string) => boolean;

const instant = (text: string): number => {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new ApiError("InvalidFilterValue", `"${text}" is not a date and time.`);
  return ms;
};

const executionTests: Readonly<Record<string, Test<Execution>>> = {
  DocumentNamePrefix: (execution, value) => execution.documentName.startsWith(value),
  ExecutionStatus: (execution, value) => execution.status === value,
  ExecutionId: (execution, value) => execution.id === value,
  CurrentAction: (execution, value) => execution.current?.step.action === value,
  StartTimeBefore: (execution, value) => execution.startMs < instant(value),
  StartTimeAfter: (execution, value) => execution.startMs > instant(value),
  TagKey: (execution, value) => Object.hasOwn(execution.tags, value),
};

const stepTests: Readonly<Record<string, Test<StepRun>>> = {
  StepName: (run, value) => run.step.name === value,
  StepExecutionStatus: (run, value) => run.status === value,
  StepExecutionId: (run, value) => run.id === value,
  Action: (run, value) => run.step.action === value,
  StartTimeBefore: (run, value) => run.startMs !== null && run.startMs < instant(value),
  StartTimeAfter: (run, value) => run.startMs !== null && run.startMs > instant(value),
};

export const filterExecutions = (executions: readonly Execution[], filters: readonly Filter[]): readonly Execution[] =>
  filtered(executions, filters, executionTests);
export const filterSteps = (runs: readonly StepRun[], filters: readonly Filter[]): readonly StepRun[] =>
  filtered(runs, filters, stepTests);

/** All filters must hold, each by any of its values. */
function filtered<Item>(
  items: readonly Item[],
  filters: readonly Filter[],
  tests: Readonly<Record<string, Test<Item>>>,
): readonly Item[] {
  const applied = filters.map(({ Key, Values }) => {
    const test = Object.hasOwn(tests, Key) ? tests[Key] : undefined;
    if (test === undefined)
      throw new ApiError(
        "InvalidFilterKey",
        `The lab does not filter by ${Key}; it filters by ${Object.keys(tests).join(", ")}.`,
      );
    return (item: Item) => Values.some((value) => test(item, value));
  });
  return items.filter((item) => applied.every((holds) => holds(item)));
}
