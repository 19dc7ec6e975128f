/** Checked by tsc alone: what must be an error in the editor is one. */
import { defineDrill } from "./drill.ts";

const base = {
  name: "types",
  title: "Types",
  load: { profile: "peak" },
  steadyState: { baselineMs: 1000 },
  failover: null,
} as const;

export const right = defineDrill({
  ...base,
  targets: { tasks: { resourceType: "aws:ecs:task", selectionMode: "ALL" } },
  fault: {
    description: "stops tasks",
    maxDurationMs: 1000,
    actions: { stop: { actionId: "aws:ecs:stop-task", targets: { Tasks: "tasks" } } },
  },
});

export const misspelt = defineDrill({
  ...base,
  targets: { tasks: { resourceType: "aws:ecs:task", selectionMode: "ALL" } },
  fault: {
    description: "stops tasks",
    maxDurationMs: 1000,
    // @ts-expect-error there is no target "taks"
    actions: { stop: { actionId: "aws:ecs:stop-task", targets: { Tasks: "taks" } } },
  },
});

export const unknownName = defineDrill({
  ...base,
  // @ts-expect-error a drill has no "objectivs"
  objectivs: {},
  fault: { description: "waits", maxDurationMs: 1000, actions: { wait: { actionId: "aws:fis:wait" } } },
});
