/**
 * Target resolution: from a template's targets to resources of the lab. PERCENT(n) rounds down, so that a share of a few can be none;
 * targets given by ARN are never skipped.
 */
import type { Resource } from "../../machinery.ts";
import type { TemplateTarget } from "./template-schema.ts";
import { selectionOf } from "./template-rules.ts";

/** Why an experiment fails, in FIS's words; `location` says where in the template. */
export class ExperimentFailure extends Error {
  readonly code: string;
  readonly location: string;
  constructor(code: string, location: string, message: string) {
    super(message);
    this.name = "ExperimentFailure";
    this.code = code;
    this.location = location;
  }
}

export interface Resolution {
  readonly inventory: readonly Resource[];
  readonly emptyMode: "fail" | "skip";
  readonly random: () => number;
}

export function resolveTargets(
  targets: Readonly<Record<string, TemplateTarget>>,
  resolution: Resolution,
): ReadonlyMap<string, readonly Resource[]> {
  return new Map(Object.entries(targets).map(([name, target]) => [name, resolve(name, target, resolution)]));
}

function resolve(
  name: string,
  target: TemplateTarget,
  { inventory, emptyMode, random }: Resolution,
): readonly Resource[] {
  const byArn = (target.resourceArns ?? []).length > 0;
  const candidates = byArn ? named(name, target, inventory) : matching(target, inventory);
  const chosen = select(candidates, target.selectionMode, random);
  if (chosen.length === 0 && (byArn || emptyMode === "fail")) {
    throw new ExperimentFailure("InvalidTarget", `targets/${name}`, `Target resolution returned empty set: ${name}`);
  }
  return chosen;
}

function named(name: string, target: TemplateTarget, inventory: readonly Resource[]): readonly Resource[] {
  return [...new Set(target.resourceArns)].map((arn) => {
    const resource = inventory.find(
      (candidate) => candidate.arn === arn && candidate.resourceType === target.resourceType,
    );
    if (resource !== undefined && matchesParameters(target, resource)) return resource;
    throw new ExperimentFailure(
      "InvalidTarget",
      `targets/${name}`,
      `There is no ${target.resourceType} with ARN ${arn}`,
    );
  });
}

function matching(target: TemplateTarget, inventory: readonly Resource[]): readonly Resource[] {
  const tags = Object.entries(target.resourceTags ?? {});
  return inventory.filter(
    (resource) =>
      resource.resourceType === target.resourceType &&
      tags.every(([key, value]) => resource.tags[key] === value) &&
      (target.filters ?? []).every((filter) => matchesFilter(filter, resource)) &&
      matchesParameters(target, resource),
  );
}

/** A target parameter narrows by the attribute it is about (`availabilityZoneIdentifier`: `availabilityZone`); without that attribute none is meant. */
const matchesParameters = (target: TemplateTarget, resource: Resource): boolean =>
  Object.entries(target.parameters ?? {}).every(([name, value]) => {
    const found = resource.attributes[name.replace(/Identifiers?$/, "")];
    return found !== undefined && value.split(",").includes(found);
  });

function matchesFilter({ path, values }: { path: string; values: readonly string[] }, resource: Resource): boolean {
  const found = attribute(resource, path);
  return found !== undefined && values.includes(found);
}

/** FIS's filter paths are the Describe answers' (`State.Name`, `Placement.AvailabilityZone`); the inventory's attributes are flat (`state`). */
function attribute(resource: Resource, path: string): string | undefined {
  const flat =
    path
      .replace(/\.Name$/, "")
      .split(".")
      .at(-1) ?? path;
  return resource.attributes[path] ?? resource.attributes[flat.charAt(0).toLowerCase() + flat.slice(1)];
}

function select(candidates: readonly Resource[], mode: string, random: () => number): readonly Resource[] {
  const selection = selectionOf(mode);
  if (selection === null || selection.kind === "all") return candidates;
  const size = selection.kind === "count" ? selection.n : Math.floor((candidates.length * selection.n) / 100);
  return shuffled(candidates, random).slice(0, size);
}

function shuffled<Item>(items: readonly Item[], random: () => number): readonly Item[] {
  return items
    .map((item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
