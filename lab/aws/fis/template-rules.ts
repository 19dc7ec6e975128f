/** What a template must satisfy beyond its shape: known actions, filled slots, parameters within bounds, a startAfter graph without a ring. */
import { ApiError } from "../wire.ts";
import { actionDefinition, type ActionDefinition } from "./catalog.ts";
import { complaint } from "./parameters.ts";
import { resourceTypeOf } from "./resource-types.ts";
import type { CreateTemplate, TemplateAction, TemplateTarget } from "./template-schema.ts";

export type TemplateBody = Omit<CreateTemplate, "clientToken" | "tags">;

const actionsMax = 20;
const stopConditionsMax = 5;

const invalid = (message: string): ApiError => new ApiError("ValidationException", message);
const quota = (message: string): ApiError => new ApiError("ServiceQuotaExceededException", message, 402);

export function checkTemplate(template: TemplateBody, minimumDurationMs: number): void {
  const actions = Object.entries(template.actions);
  if (actions.length === 0) throw invalid("actions: a template needs at least one action");
  if (actions.length > actionsMax)
    throw quota(`A template can have ${actionsMax} actions; this one has ${actions.length}.`);
  checkStopConditions(template.stopConditions);
  if (template.experimentOptions?.accountTargeting === "multi-account") {
    throw invalid("experimentOptions.accountTargeting: the lab is a single account");
  }
  for (const [name, target] of Object.entries(template.targets)) checkTarget(`targets.${name}`, target);
  for (const [name, action] of actions) checkAction(`actions.${name}`, action, template, minimumDurationMs);
  checkOrder(template.actions);
}

function checkStopConditions(conditions: CreateTemplate["stopConditions"]): void {
  if (conditions.length > stopConditionsMax) {
    throw quota(`A template can have ${stopConditionsMax} stop conditions; this one has ${conditions.length}.`);
  }
  for (const [index, { source, value }] of conditions.entries()) {
    const at = `stopConditions.${index}`;
    if (source === "none") {
      if (value !== undefined) throw invalid(`${at}.value: a stop condition with source none has no value`);
      if (conditions.length > 1) throw invalid(`${at}: source none stands alone`);
    } else if (source !== "aws:cloudwatch:alarm") {
      throw invalid(`${at}.source: "${source}" is neither none nor aws:cloudwatch:alarm`);
    } else if (value === undefined || alarmName(value) === null) {
      throw invalid(
        `${at}.value: it must be the ARN of a CloudWatch alarm, arn:aws:cloudwatch:<region>:<account>:alarm:<name>`,
      );
    }
  }
}

/** Name of the alarm that the ARN stands for; null when it is not an alarm's ARN. */
export function alarmName(arn: string): string | null {
  return /^arn:[a-z-]+:cloudwatch:[a-z0-9-]+:\d{12}:alarm:(.+)$/.exec(arn)?.[1] ?? null;
}

export type Selection = { readonly kind: "all" } | { readonly kind: "count" | "percent"; readonly n: number };

export function selectionOf(mode: string): Selection | null {
  if (mode === "ALL") return { kind: "all" };
  const match = /^(COUNT|PERCENT)\((\d{1,6})\)$/.exec(mode);
  if (match === null) return null;
  const n = Number(match[2]);
  if (match[1] === "COUNT") return n >= 1 ? { kind: "count", n } : null;
  return n >= 1 && n <= 100 ? { kind: "percent", n } : null;
}

function checkTarget(at: string, target: TemplateTarget): void {
  const type = resourceTypeOf(target.resourceType);
  if (type === null) throw invalid(`${at}.resourceType: there is no resource type ${target.resourceType}`);
  if (selectionOf(target.selectionMode) === null) {
    throw invalid(`${at}.selectionMode: "${target.selectionMode}" is none of ALL, COUNT(n), PERCENT(n)`);
  }
  const byArn = (target.resourceArns ?? []).length > 0;
  const byTag = Object.keys(target.resourceTags ?? {}).length > 0;
  const byParameter = Object.keys(target.parameters ?? {}).length > 0;
  if (byArn && byTag) throw invalid(`${at}: give resourceArns or resourceTags, not both`);
  if (byArn && (target.filters ?? []).length > 0)
    throw invalid(`${at}.filters: filters go with resourceTags, not with resourceArns`);
  if (!byArn && !byTag && !byParameter)
    throw invalid(`${at}: it selects by neither resourceArns nor resourceTags nor parameters`);
  for (const name of Object.keys(target.parameters ?? {})) {
    if (!Object.hasOwn(type.parameters, name))
      throw invalid(`${at}.parameters.${name}: ${target.resourceType} has no such parameter`);
  }
  for (const [name, rule] of Object.entries(type.parameters)) {
    if (rule.required && !Object.hasOwn(target.parameters ?? {}, name))
      throw invalid(`${at}.parameters.${name}: it is required`);
  }
}

function checkAction(at: string, action: TemplateAction, template: TemplateBody, minimumDurationMs: number): void {
  const definition = actionDefinition(action.actionId);
  if (definition === null) throw invalid(`${at}.actionId: there is no action ${action.actionId}`);
  checkParameters(at, action, definition, minimumDurationMs);
  const slots = action.targets ?? {};
  for (const [slot, targetName] of Object.entries(slots)) {
    const type = Object.hasOwn(definition.targets, slot) ? definition.targets[slot] : undefined;
    if (type === undefined)
      throw invalid(`${at}.targets.${slot}: ${definition.id} has no such target; it has ${listed(definition.targets)}`);
    const target = Object.hasOwn(template.targets, targetName) ? template.targets[targetName] : undefined;
    if (target === undefined) throw invalid(`${at}.targets.${slot}: there is no target ${targetName}`);
    if (target.resourceType !== type) {
      throw invalid(
        `${at}.targets.${slot}: target ${targetName} is of type ${target.resourceType}, ${definition.id} takes ${type}`,
      );
    }
  }
  for (const slot of Object.keys(definition.targets)) {
    if (!Object.hasOwn(slots, slot)) throw invalid(`${at}.targets.${slot}: ${definition.id} needs it`);
  }
  for (const before of action.startAfter ?? []) {
    if (!Object.hasOwn(template.actions, before)) throw invalid(`${at}.startAfter: there is no action ${before}`);
  }
}

function checkParameters(
  at: string,
  action: TemplateAction,
  definition: ActionDefinition,
  minimumDurationMs: number,
): void {
  const given = action.parameters ?? {};
  for (const [name, value] of Object.entries(given)) {
    const rule = Object.hasOwn(definition.parameters, name) ? definition.parameters[name] : undefined;
    if (rule === undefined)
      throw invalid(
        `${at}.parameters.${name}: ${definition.id} has no such parameter; it has ${listed(definition.parameters)}`,
      );
    const wrong = complaint(rule, value, minimumDurationMs);
    if (wrong !== null) throw invalid(`${at}.parameters.${name}: ${wrong}`);
  }
  for (const [name, rule] of Object.entries(definition.parameters)) {
    if (rule.required && !Object.hasOwn(given, name))
      throw invalid(`${at}.parameters.${name}: ${definition.id} needs it`);
  }
  if (given["scope"] === "prefix-list" && given["prefixListIdentifier"] === undefined) {
    throw invalid(`${at}.parameters.prefixListIdentifier: it is needed when scope is prefix-list`);
  }
  if (given["completeIfInstancesTerminated"] !== undefined && given["startInstancesAfterDuration"] === undefined) {
    throw invalid(`${at}.parameters.completeIfInstancesTerminated: it needs startInstancesAfterDuration`);
  }
}

const listed = (of: Readonly<Record<string, unknown>>): string => Object.keys(of).join(", ") || "none";

/** Takes away, again and again, the actions whose predecessors are gone: what is left over is a ring. */
function checkOrder(actions: Readonly<Record<string, TemplateAction>>): void {
  const left = new Map(Object.entries(actions));
  for (let found = true; found;) {
    found = false;
    for (const [name, action] of left) {
      if ((action.startAfter ?? []).some((before) => left.has(before))) continue;
      left.delete(name);
      found = true;
    }
  }
  if (left.size > 0) throw invalid(`actions: ${[...left.keys()].join(", ")} wait for each other (startAfter)`);
}
