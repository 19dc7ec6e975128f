/** EC2 and ECS as runbooks use them: fence, stop and start instances; scale a service. */
import type { InstanceState, Machinery, RegionName } from "../../machinery.ts";
import { accountId, ApiError, type JsonObject } from "../wire.ts";
import { lastOfArn, only, optionalFlag, requiredCount, requiredText, requiredTexts, type ApiCalls } from "./call.ts";
import type { Operations, Progress } from "./operations.ts";

export const fencedGroup = "sg-fenced";
const ordinaryGroup = "sg-db";

const stateCodes: Readonly<Record<string, number>> = { pending: 0, running: 16, stopping: 64, stopped: 80 };

export function instanceCalls(machinery: Machinery, operations: Operations): ApiCalls {
  const find = async (
    ids: readonly string[],
  ): Promise<readonly { readonly id: string; readonly state: InstanceState }[]> => {
    const databases = await machinery.databases();
    return ids.map((id) => {
      const database = databases.find((candidate) => candidate.instanceId === id);
      if (database === undefined)
        throw new ApiError("InvalidInstanceID.NotFound", `The instance ID '${id}' does not exist`);
      return { id, state: database.state };
    });
  };
  const change = async (
    parameters: JsonObject,
    word: "pending" | "stopping",
    act: (id: string) => Promise<void>,
  ): Promise<readonly JsonObject[]> => {
    const instances = await find(requiredTexts(parameters, "InstanceIds"));
    return instances.map(({ id, state }) => {
      operations.begin([key(id)], word, () => act(id));
      return { InstanceId: id, CurrentState: stateOf(word), PreviousState: stateOf(plain(state)) };
    });
  };

  return {
    "ec2:DescribeInstances": async (parameters) => {
      only(parameters, "InstanceIds");
      const databases = await machinery.databases();
      const ids =
        parameters["InstanceIds"] === undefined
          ? databases.map(({ instanceId }) => instanceId)
          : requiredTexts(parameters, "InstanceIds");
      const instances = (await find(ids)).map(({ id, state }) =>
        describeInstance(machinery, { id, state, progress: operations.of(key(id)) }),
      );
      return { Reservations: instances.map((instance) => ({ Instances: [instance] })) };
    },
    "ec2:ModifyInstanceAttribute": async (parameters) => {
      only(parameters, "InstanceId", "Groups");
      const [instance] = await find([requiredText(parameters, "InstanceId")]);
      const groups = requiredTexts(parameters, "Groups");
      if (groups.length !== 1 || groups[0] !== fencedGroup) {
        throw new ApiError(
          "InvalidGroup.NotFound",
          `The lab knows one group for Groups: ${fencedGroup}. A fence ends when the database is rebuilt.`,
        );
      }
      if (instance !== undefined) await machinery.fenceInstance(instance.id);
      return { Return: true };
    },
    "ec2:StartInstances": async (parameters) => {
      only(parameters, "InstanceIds");
      return { StartingInstances: await change(parameters, "pending", (id) => machinery.startInstance(id)) };
    },
    "ec2:StopInstances": async (parameters) => {
      only(parameters, "InstanceIds", "Force");
      // The lab's instances die in any case; Force changes nothing about that.
      optionalFlag(parameters, "Force");
      return { StoppingInstances: await change(parameters, "stopping", (id) => machinery.stopInstance(id)) };
    },
  };
}

const key = (id: string): string => `instance:${id}`;
const plain = (state: InstanceState): string => state.replace("fenced-", "");
const stateOf = (name: string): JsonObject => ({ Name: name, Code: stateCodes[name] ?? 48 });

function describeInstance(
  machinery: Machinery,
  { id, state, progress }: { readonly id: string; readonly state: InstanceState; readonly progress: Progress | null },
): JsonObject {
  const resource = machinery.inventory().find((candidate) => candidate.attributes["instanceId"] === id);
  return {
    InstanceId: id,
    State: stateOf(progress?.status === "under way" ? progress.word : plain(state)),
    ...(progress?.status === "failed"
      ? { StateReason: { Code: "Server.InternalError", Message: progress.reason } }
      : {}),
    SecurityGroups: [{ GroupId: state.startsWith("fenced-") ? fencedGroup : ordinaryGroup }],
    Tags: Object.entries(resource?.tags ?? {}).map(([Key, Value]) => ({ Key, Value })),
  };
}

export function serviceCalls(machinery: Machinery, operations: Operations): ApiCalls {
  return {
    "ecs:UpdateService": async (parameters, region) => {
      only(parameters, "cluster", "service", "desiredCount");
      const where = clusterRegion(parameters, region);
      checkService(requiredText(parameters, "service"));
      const count = requiredCount(parameters, "desiredCount");
      operations.begin([`service:${where}`], String(count), () => machinery.setDesiredCount(where, count));
      return { service: describeService(machinery, operations, where) };
    },
    "ecs:DescribeServices": async (parameters, region) => {
      only(parameters, "cluster", "services");
      const where = clusterRegion(parameters, region);
      for (const service of requiredTexts(parameters, "services")) checkService(service);
      return { services: [describeService(machinery, operations, where)], failures: [] };
    },
  };
}

const clusterName = "payments";

/** An ARN names its Region; a bare name means the Region that the automation runs in, as in AWS. */
function clusterRegion(parameters: JsonObject, automationRegion: string): RegionName {
  const cluster = requiredText(parameters, "cluster");
  const region = cluster.startsWith("arn:") ? (cluster.split(":")[3] ?? "") : automationRegion;
  if (lastOfArn(cluster) !== clusterName || (region !== "us-east-1" && region !== "eu-west-1")) {
    throw new ApiError("ClusterNotFoundException", `There is no cluster ${cluster} in ${region}.`);
  }
  return region;
}

function checkService(service: string): void {
  if (lastOfArn(service) !== clusterName)
    throw new ApiError("ServiceNotFoundException", `There is no service ${service}.`);
}

function describeService(machinery: Machinery, operations: Operations, region: RegionName): JsonObject {
  const { desiredCount: known, runningCount } = machinery.service(region);
  const progress = operations.of(`service:${region}`);
  const desiredCount = progress?.status === "under way" ? Number(progress.word) : known;
  const cluster = `arn:aws:ecs:${region}:${accountId}:cluster/${clusterName}`;
  const failed = progress?.status === "failed" ? { rolloutState: "FAILED", rolloutStateReason: progress.reason } : null;
  const done = progress === null && runningCount === desiredCount;
  return {
    serviceName: clusterName,
    serviceArn: `arn:aws:ecs:${region}:${accountId}:service/${clusterName}/${clusterName}`,
    clusterArn: cluster,
    status: "ACTIVE",
    desiredCount,
    runningCount,
    pendingCount: Math.max(0, desiredCount - runningCount),
    deployments: [
      {
        status: "PRIMARY",
        desiredCount,
        runningCount,
        ...(failed ?? { rolloutState: done ? "COMPLETED" : "IN_PROGRESS" }),
      },
    ],
  };
}
