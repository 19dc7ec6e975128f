/** What the lab owns, as AWS would name it (lab/README.md, "Inventory"). */
import { regions } from "../layout.ts";
import type { RegionName, Resource } from "../machinery.ts";
import type { PostgresInstance } from "../postgres/instance.ts";
import type { RegionService } from "./service.ts";

const account = "000000000000";
const zones = {
  "payments-use1a": "us-east-1a",
  "payments-use1b": "us-east-1b",
  "payments-euw1": "eu-west-1a",
} as const;
const shortNames: Readonly<Record<RegionName, string>> = { "us-east-1": "use1", "eu-west-1": "euw1" };

/** Only the primary Region may be broken: a fault that selects by this tag cannot touch the other. */
const permission = (region: RegionName): Record<string, string> =>
  region === "us-east-1" ? { DrDrill: "allowed" } : {};

function databaseResources(instance: PostgresInstance): Resource[] {
  const { name, instanceId, region } = instance;
  const tags = { Region: region, Tier: "db", ...permission(region) };
  const state = instance.running ? "running" : "stopped";
  return [
    {
      arn: `arn:aws:rds:${region}:${account}:db:${name}`,
      resourceType: "aws:rds:db",
      region,
      tags,
      attributes: { state, dbInstanceIdentifier: name, instanceId, availabilityZone: zones[name] },
    },
    {
      arn: `arn:aws:ec2:${region}:${account}:instance/${instanceId}`,
      resourceType: "aws:ec2:instance",
      region,
      tags,
      attributes: { state, instanceId, database: name, availabilityZone: zones[name] },
    },
  ];
}

function taskResources(service: RegionService): Resource[] {
  const { region } = service;
  return service.tasks.map((task) => ({
    arn: task.arn,
    resourceType: "aws:ecs:task",
    region,
    tags: { Region: region, Tier: "app", ...permission(region) },
    attributes: { state: task.ready ? "running" : "pending", cluster: "payments", service: "payments" },
  }));
}

const subnetResources = (region: RegionName): Resource[] =>
  ["app", "db"].map((tier) => {
    const subnetId = `subnet-${shortNames[region]}-${tier}`;
    return {
      arn: `arn:aws:ec2:${region}:${account}:subnet/${subnetId}`,
      resourceType: "aws:ec2:subnet",
      region,
      tags: { Region: region, ...permission(region) },
      attributes: { state: "available", subnetId },
    };
  });

export const routingControlArn = (region: RegionName): string =>
  `arn:aws:route53-recovery-control::${account}:controlpanel/lab/routingcontrol/${region}`;

export const flowParameter = (region: RegionName): string => `/payments/${region}/flow`;

export function inventory(
  databases: readonly PostgresInstance[],
  services: readonly RegionService[],
): readonly Resource[] {
  return [
    ...databases.flatMap(databaseResources),
    ...services.flatMap(taskResources),
    ...regions.flatMap(subnetResources),
  ];
}
