/** Target resolution by itself: filters, target parameters, and a choice that follows the given randomness. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Resource } from "../../machinery.ts";
import { resolveTargets } from "./targets.ts";
import type { TemplateTarget } from "./template-schema.ts";

const host = (id: string, zone: string, state: string): Resource => ({
  arn: `arn:aws:ec2:us-east-1:000000000000:instance/${id}`,
  resourceType: "aws:ec2:instance",
  region: "us-east-1",
  tags: { Tier: "db", Region: "us-east-1" },
  attributes: { instanceId: id, availabilityZone: zone, state },
});
const inventory = [host("i-1", "a", "running"), host("i-2", "b", "running"), host("i-3", "c", "stopped")];
const base: TemplateTarget = { resourceType: "aws:ec2:instance", selectionMode: "ALL", resourceTags: { Tier: "db" } };

function chosen(target: Partial<TemplateTarget>, random: () => number = () => 0): readonly string[] {
  const resolved = resolveTargets({ some: { ...base, ...target } }, { inventory, emptyMode: "skip", random });
  return (resolved.get("some") ?? []).map(({ attributes }) => attributes["instanceId"] ?? "");
}

test("all tags, all filters and all parameters must match; a filter by any of its values", () => {
  assert.deepEqual(chosen({}), ["i-1", "i-2", "i-3"]);
  assert.deepEqual(chosen({ resourceTags: { Tier: "db", Region: "eu-west-1" } }), []);
  assert.deepEqual(chosen({ filters: [{ path: "State.Name", values: ["running", "pending"] }] }), ["i-1", "i-2"]);
  const both = [
    { path: "State.Name", values: ["running"] },
    { path: "Placement.AvailabilityZone", values: ["b", "c"] },
  ];
  assert.deepEqual(chosen({ filters: both }), ["i-2"]);
  assert.deepEqual(
    chosen({ filters: [{ path: "Unknown.Path", values: [""] }] }),
    [],
    "what has no such attribute is not meant",
  );
  assert.deepEqual(chosen({ parameters: { availabilityZoneIdentifiers: "a,c" } }), ["i-1", "i-3"]);
  assert.deepEqual(chosen({ parameters: { vpc: "vpc-1" } }), []);
});

test("COUNT and PERCENT choose at random, by the randomness that is given", () => {
  const numbers = [0.9, 0.5, 0.1];
  assert.deepEqual(
    chosen({ selectionMode: "COUNT(2)" }, () => numbers.shift() ?? 0),
    ["i-3", "i-2"],
  );
  assert.deepEqual(chosen({ selectionMode: "PERCENT(99)" }).length, 2);
  assert.deepEqual(chosen({ selectionMode: "PERCENT(33)" }), []);
});

test("an ARN of another type, or named twice, is not one more resource", () => {
  const arn = inventory[0]?.arn ?? "";
  const { resourceTags: _tags, ...byArn } = base;
  const resolve = (target: TemplateTarget) =>
    resolveTargets({ some: target }, { inventory, emptyMode: "skip", random: () => 0 });
  assert.equal(resolve({ ...byArn, resourceArns: [arn, arn] }).get("some")?.length, 1);
  assert.throws(
    () => resolve({ ...byArn, resourceType: "aws:ec2:subnet", resourceArns: [arn] }),
    /There is no aws:ec2:subnet/,
  );
});
