/** Parameters of an automation: on the wire every one is a list of texts; inside the document it has the type that it declares. */
import { isObject } from "../wire.ts";
import type { AutomationDocument, AutomationParameter } from "./document-shape.ts";
import { asText } from "./references.ts";

export interface Given {
  /** As AutomationExecution.Parameters shows them, defaults included. */
  readonly shown: Readonly<Record<string, readonly string[]>>;
  /** As `{{ name }}` means them. */
  readonly values: ReadonlyMap<string, unknown>;
}

/** A sentence about the first wrong parameter, or what they are. */
export function readParameters(
  document: AutomationDocument,
  given: Readonly<Record<string, readonly string[]>>,
): string | Given {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(document.parameters, name)) continue;
    return `there is no parameter ${name}; there are ${Object.keys(document.parameters).join(", ") || "none"}`;
  }
  const shown: Record<string, readonly string[]> = {};
  const values = new Map<string, unknown>();
  for (const [name, parameter] of Object.entries(document.parameters)) {
    const texts = given[name];
    if (texts === undefined && parameter.default === undefined) return `the parameter ${name} is required`;
    const value = texts === undefined ? parameter.default : fromTexts(parameter, texts);
    const wrong = complaint(parameter, value);
    if (wrong !== null) return `the parameter ${name} is wrong: ${wrong}`;
    values.set(name, value);
    shown[name] = toTexts(value);
  }
  return { shown, values };
}

export const toTexts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.map(asText) : [asText(value)];

const isList = (type: string): boolean => type === "StringList" || type === "MapList" || type.startsWith("List<");

function fromTexts(parameter: AutomationParameter, texts: readonly string[]): unknown {
  const [first = ""] = texts;
  switch (parameter.type) {
    case "Boolean":
      return first === "true" ? true : first === "false" ? false : first;
    case "Integer":
      return /^-?\d+$/.test(first) ? Number(first) : first;
    case "StringMap":
      return json(first);
    case "MapList":
      return texts.map(json);
    default:
      return isList(parameter.type) ? texts : texts.length === 1 ? first : texts;
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export function checkDefault(parameter: AutomationParameter): string | null {
  if (parameter.allowedPattern !== undefined) {
    try {
      RegExp(parameter.allowedPattern);
    } catch {
      return `allowedPattern "${parameter.allowedPattern}" is not a regular expression`;
    }
  }
  return parameter.default === undefined ? null : prefixed(complaint(parameter, parameter.default));
}

const prefixed = (wrong: string | null): string | null => (wrong === null ? null : `the default: ${wrong}`);

function complaint(parameter: AutomationParameter, value: unknown): string | null {
  const items: readonly unknown[] | null = Array.isArray(value) ? value : null;
  const expected = { Boolean: "boolean", Integer: "number" }[parameter.type];
  if (isList(parameter.type) !== (items !== null))
    return isList(parameter.type) ? "it must be a list" : "it must be one value";
  if (expected !== undefined && typeof value !== expected) return `${asText(value)} is not of type ${parameter.type}`;
  if (parameter.type === "StringMap" && !isObject(value)) return "it must be a map";
  if (parameter.type === "String" && typeof value !== "string") return `${asText(value)} is not a text`;
  if (items !== null && items.length < (parameter.minItems ?? 0))
    return `it needs at least ${parameter.minItems ?? 0} items`;
  if (items !== null && items.length > (parameter.maxItems ?? Infinity))
    return `it can have ${parameter.maxItems ?? 0} items`;
  return (items ?? [value]).map((item) => itemComplaint(parameter, item)).find((wrong) => wrong !== null) ?? null;
}

function itemComplaint(parameter: AutomationParameter, item: unknown): string | null {
  const text = asText(item);
  if (parameter.allowedValues !== undefined && !parameter.allowedValues.map(asText).includes(text)) {
    return `"${text}" is not one of ${parameter.allowedValues.map(asText).join(", ")}`;
  }
  if (parameter.allowedPattern !== undefined && !new RegExp(parameter.allowedPattern).test(text)) {
    return `"${text}" does not match ${parameter.allowedPattern}`;
  }
  if (text.length < (parameter.minChars ?? 0)) return `"${text}" is shorter than ${parameter.minChars ?? 0} characters`;
  return text.length > (parameter.maxChars ?? Infinity)
    ? `"${text}" is longer than ${parameter.maxChars ?? 0} characters`
    : null;
}
