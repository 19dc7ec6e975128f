/** What an Automation document must satisfy beyond its shape: known actions, steps that exist, references that will have a value. */
import { isoDurationMs } from "../iso-duration.ts";
import { isObject, type JsonObject } from "../wire.ts";
import { actionShape, isAction } from "./actions.ts";
import { checkChoice } from "./choices.ts";
import type { AutomationDocument, AutomationStep } from "./document-shape.ts";
import { parsePath } from "./json-path.ts";
import { checkDefault } from "./parameters.ts";
import { asText, referencesIn } from "./references.ts";

/** One sentence that says what is wrong and where, or null. */
export function checkDocument(document: AutomationDocument): string | null {
  const names = document.mainSteps.map((step) => step.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `mainSteps: there are two steps named ${twice}.`;
  for (const [name, parameter] of Object.entries(document.parameters)) {
    const wrong = checkDefault(parameter);
    if (wrong !== null) return `parameters.${name}: ${wrong}.`;
  }
  if (document.assumeRole !== undefined) {
    const wrong = checkReferences(document.assumeRole, document);
    if (wrong !== null) return `assumeRole: ${wrong}.`;
  }
  for (const [index, step] of document.mainSteps.entries()) {
    const wrong = checkStep(step, document);
    if (wrong !== null) return `mainSteps[${index}] (${step.name}).${wrong}.`;
  }
  for (const output of document.outputs) {
    const wrong = checkOutput(output, document);
    if (wrong !== null) return `outputs: ${wrong}.`;
  }
  return null;
}

function checkStep(step: AutomationStep, document: AutomationDocument): string | null {
  if (!isAction(step.action)) return `action: there is no action ${step.action}`;
  return (
    checkFlow(step, document) ??
    step.outputs.map(checkSelector).find((wrong) => wrong !== null) ??
    prefixed("inputs", checkReferences(step.inputs, document)) ??
    prefixed("inputs", checkInputs(step, document))
  );
}

const prefixed = (prefix: string, wrong: string | null): string | null =>
  wrong === null ? null : `${prefix}: ${wrong}`;
const exists = (name: string, document: AutomationDocument): boolean =>
  document.mainSteps.some((step) => step.name === name);

function checkFlow(step: AutomationStep, document: AutomationDocument): string | null {
  const jump = (value: string): string | null => (value.startsWith("step:") ? value.slice("step:".length) : null);
  if (step.nextStep !== undefined && !exists(step.nextStep, document))
    return `nextStep: there is no step ${step.nextStep}`;
  if (step.nextStep !== undefined && step.isEnd) return "isEnd: a step with nextStep is not the end";
  const onFailure = jump(step.onFailure);
  if (onFailure !== null && !exists(onFailure, document)) return `onFailure: there is no step ${onFailure}`;
  if (onFailure === null && !["Abort", "Continue"].includes(step.onFailure)) {
    return `onFailure: "${step.onFailure}" is none of Abort, Continue, step:<name>`;
  }
  const onCancel = jump(step.onCancel);
  if (onCancel !== null && !exists(onCancel, document)) return `onCancel: there is no step ${onCancel}`;
  if (onCancel === null && step.onCancel !== "Abort")
    return `onCancel: "${step.onCancel}" is neither Abort nor step:<name>`;
  return null;
}

const checkSelector = ({ Name, Selector }: AutomationStep["outputs"][number]): string | null =>
  parsePath(Selector) === null
    ? `outputs: the selector of ${Name}, "${Selector}", is not a JSONPath that the lab knows`
    : null;

function checkInputs(step: AutomationStep, document: AutomationDocument): string | null {
  const known = actionShape(step.action);
  if (known === null) return null;
  const missing = known.required.find((name) => !Object.hasOwn(step.inputs, name));
  if (missing !== undefined) return `${step.action} needs ${missing}`;
  const all = [...known.required, ...known.optional];
  const unknown = known.open ? undefined : Object.keys(step.inputs).find((name) => !all.includes(name));
  if (unknown !== undefined) return `${step.action} has no input ${unknown}; it has ${all.join(", ") || "none"}`;
  const { PropertySelector: selector, DesiredValues: desired, Choices: choices, Default: fallback } = step.inputs;
  if (typeof selector === "string" && parsePath(selector) === null)
    return `PropertySelector "${selector}" is not a JSONPath that the lab knows`;
  if (desired !== undefined && known.required.includes("DesiredValues") && !Array.isArray(desired))
    return "DesiredValues must be a list";
  if (step.action === "aws:sleep") return checkSleep(step.inputs);
  if (step.action !== "aws:branch") return null;
  if (!Array.isArray(choices) || choices.length === 0) return "Choices must be a list with at least one choice";
  if (fallback !== undefined && (typeof fallback !== "string" || !exists(fallback, document)))
    return `Default: there is no step ${asText(fallback)}`;
  return (
    choices
      .map((choice) => (isObject(choice) ? checkBranchChoice(choice, document) : "a choice must be an object"))
      .find((wrong) => wrong !== null) ?? null
  );
}

function checkBranchChoice(choice: JsonObject, document: AutomationDocument): string | null {
  const { NextStep: next, ...condition } = choice;
  if (typeof next !== "string" || !exists(next, document))
    return `a choice's NextStep: there is no step ${String(next)}`;
  return checkChoice(condition);
}

function checkSleep({ Duration: duration, Timestamp: timestamp }: JsonObject): string | null {
  if ((duration === undefined) === (timestamp === undefined)) return "aws:sleep needs either Duration or Timestamp";
  const literal = typeof duration === "string" && !duration.includes("{{");
  return literal && isoDurationMs(duration) === null
    ? `Duration "${duration}" is not an ISO-8601 duration such as "PT10S"`
    : null;
}

const globals = ["global:ACCOUNT_ID", "global:DATE", "global:DATE_TIME", "global:REGION", "automation:EXECUTION_ID"];

function checkReferences(value: unknown, document: AutomationDocument): string | null {
  for (const name of referencesIn(value)) {
    if (globals.includes(name) || Object.hasOwn(document.parameters, name)) continue;
    const wrong = name.includes(".")
      ? checkOutput(name, document)
      : `{{ ${name} }} is neither a parameter nor the output of a step`;
    if (wrong !== null) return wrong;
  }
  return null;
}

function checkOutput(reference: string, document: AutomationDocument): string | null {
  const [stepName = "", ...rest] = reference.split(".");
  const step = document.mainSteps.find((candidate) => candidate.name === stepName);
  if (step === undefined) return `${reference}: there is no step ${stepName}`;
  const outputs = [...step.outputs.map((output) => output.Name), ...(actionShape(step.action)?.outputs ?? [])];
  return outputs.includes(rest.join("."))
    ? null
    : `${reference}: step ${stepName} has no output ${rest.join(".")}; it has ${outputs.join(", ") || "none"}`;
}
