/** `{{ … }}` in a document: a parameter, `step.output`, `global:…` or `automation:…`. Alone in a text it keeps its type, else it becomes text. */
import { isObject } from "../wire.ts";

const reference = /\{\{\s*([A-Za-z0-9_.:-]+)\s*\}\}/g;

export class UnresolvedReference extends Error {
  constructor(name: string) {
    super(`{{ ${name} }} has no value`);
    this.name = "UnresolvedReference";
  }
}

export function referencesIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [...value.matchAll(reference)].map((match) => match[1] ?? "");
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  return isObject(value) ? Object.values(value).flatMap(referencesIn) : [];
}

/** `lookUp` answers undefined for what has no value; then this throws. */
export function substitute(value: unknown, lookUp: (name: string) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => substitute(item, lookUp));
  if (isObject(value))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, substitute(item, lookUp)]));
  if (typeof value !== "string") return value;
  const found = (name: string): unknown => {
    const resolved = lookUp(name);
    if (resolved === undefined) throw new UnresolvedReference(name);
    return resolved;
  };
  const alone = /^\{\{\s*([A-Za-z0-9_.:-]+)\s*\}\}$/.exec(value);
  if (alone !== null) return found(alone[1] ?? "");
  return value.replaceAll(reference, (_whole, name: string) => asText(found(name)));
}

export const asText = (value: unknown): string => (typeof value === "string" ? value : (JSON.stringify(value) ?? ""));
