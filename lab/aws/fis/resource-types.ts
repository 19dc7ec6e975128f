/** FIS's target resource types: those that the actions of the catalog name, with the target parameters of each. */
import { actionCatalog } from "./catalog.ts";

export interface ResourceType {
  readonly resourceType: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, { readonly description: string; readonly required: boolean }>>;
}

const optional = (description: string) => ({ description, required: false });
const required = (description: string) => ({ description, required: true });

const parametersOf: Readonly<Record<string, ResourceType["parameters"]>> = {
  "aws:ec2:autoscaling-group": { availabilityZoneIdentifiers: optional("Zones of the groups, separated by commas") },
  "aws:ec2:ebs-volume": { availabilityZoneIdentifier: optional("Zone of the volumes") },
  "aws:ec2:subnet": {
    availabilityZoneIdentifier: optional("Zone of the subnets"),
    vpc: optional("VPC of the subnets"),
  },
  "aws:ecs:task": { cluster: optional("Cluster of the tasks"), service: optional("Service of the tasks") },
  "aws:eks:pod": {
    clusterIdentifier: required("Name or ARN of the cluster"),
    namespace: required("Kubernetes namespace"),
    selectorType: required("labelSelector, deploymentName or podName"),
    selectorValue: required("What the selector looks for"),
    availabilityZoneIdentifier: optional("Zone of the pods"),
    targetContainerName: optional("Container of the pods"),
  },
  "aws:elasticache:replicationgroup": { availabilityZoneIdentifier: required("Zone that loses power") },
  "aws:rds:cluster": { writerAvailabilityZoneIdentifiers: optional("Zones of the writers, separated by commas") },
  "aws:rds:db": { availabilityZoneIdentifiers: optional("Zones of the instances, separated by commas") },
};

/** `aws:ec2:ebs-volume` → "ec2 ebs volume". */
const words = (resourceType: string): string => resourceType.slice("aws:".length).replaceAll(/[:-]/g, " ");

export const resourceTypes: readonly ResourceType[] = [
  ...new Set(actionCatalog.flatMap((action) => Object.values(action.targets))),
]
  .sort()
  .map((resourceType) => ({
    resourceType,
    description: `Resources of type ${words(resourceType)}.`,
    parameters: parametersOf[resourceType] ?? {},
  }));

const byName = new Map(resourceTypes.map((type) => [type.resourceType, type]));
export const resourceTypeOf = (name: string): ResourceType | null => byName.get(name) ?? null;
