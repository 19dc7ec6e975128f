/**
 * The FIS actions that the lab really does. Each is a beginning, a time it is held, and an end that undoes the beginning; what an action
 * leaves undone when it completes is owed at the end of the experiment. An action without a driver here fails, it is never completed.
 */
import type { Machinery, RegionName, Resource } from "../../machinery.ts";
import { within } from "../deadline.ts";
import { isoDurationMs } from "../iso-duration.ts";
import type { Link, LinkHolds } from "./link-holds.ts";
import { nameOf } from "./link-holds.ts";
import { ExperimentFailure } from "./targets.ts";

export interface ActionRequest {
  readonly experimentId: string;
  readonly actionName: string;
  readonly actionId: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** By slot. */
  readonly targets: ReadonlyMap<string, readonly Resource[]>;
  readonly machinery: Machinery;
  readonly holds: LinkHolds;
  /** The lab is going down: links are healed, but nothing is started any more. */
  readonly closing: AbortSignal;
}

export interface LocalAction {
  begin(): Promise<void>;
  readonly holdMs: number;
  end(): Promise<void>;
  /** Owed when the experiment ends, if the action completed. */
  readonly atExperimentEnd: (() => Promise<void>) | null;
}

const nothing = async (): Promise<void> => {};
/** The machinery gives a database 60 s to start; a call of it that takes longer hangs. */
const machineryMsMax = 90_000;
/** The guardian heals only what the action itself has failed to heal by then. */
const leaseSlackMs = 5_000;

export function localAction(request: ActionRequest): LocalAction {
  switch (request.actionId) {
    case "aws:fis:wait":
      return { begin: nothing, holdMs: heldMs(request, "duration"), end: nothing, atExperimentEnd: null };
    case "aws:network:disrupt-connectivity":
      return disruptConnectivity(request);
    case "aws:network:route-table-disrupt-cross-region-connectivity":
      return disruptCrossRegion(request);
    case "aws:ec2:stop-instances":
      return stopInstances(request);
    case "aws:ecs:stop-task":
      return stopTasks(request);
    default:
      throw noDriver(request, "");
  }
}

const noDriver = (request: ActionRequest, detail: string): ExperimentFailure =>
  new ExperimentFailure(
    "ConfigurationFailure",
    `actions/${request.actionName}`,
    `no local driver for ${request.actionId}${detail}`,
  );

const heldMs = (request: ActionRequest, parameter: string): number =>
  isoDurationMs(request.parameters[parameter] ?? "") ?? 0;
const targetsIn = (request: ActionRequest, slot: string): readonly Resource[] => request.targets.get(slot) ?? [];
const regionsOf = (resources: readonly Resource[]): readonly RegionName[] => [
  ...new Set(resources.map((resource) => resource.region)),
];
const regionNames: readonly string[] = ["us-east-1", "eu-west-1"] satisfies readonly RegionName[];
const isRegion = (name: string): name is RegionName => regionNames.includes(name);

function disruptConnectivity(request: ActionRequest): LocalAction {
  const scope = request.parameters["scope"] ?? "";
  if (scope !== "all")
    throw noDriver(request, ` with scope=${scope}; the lab cuts a Region's customers off with scope=all`);
  return heldLinks(
    request,
    regionsOf(targetsIn(request, "Subnets")).map((region) => ({ kind: "customers", region })),
  );
}

function disruptCrossRegion(request: ActionRequest): LocalAction {
  const other = request.parameters["region"] ?? "";
  const from = regionsOf(targetsIn(request, "Subnets"));
  if (!isRegion(other) || from.includes(other)) {
    throw noDriver(
      request,
      ` with region=${other} from ${from.join(", ")}; the lab has links between ${regionNames.join(" and ")}`,
    );
  }
  return heldLinks(
    request,
    from.map((region) => ({ kind: "between", a: region, b: other })),
  );
}

function heldLinks(request: ActionRequest, links: readonly Link[]): LocalAction {
  const holder = `${request.experimentId}/${request.actionName}`;
  const holdMs = heldMs(request, "duration");
  const each = (change: (link: Link) => Promise<void>, verb: string): Promise<void> =>
    allSettledOrThrow(links.map((link) => within(change(link), machineryMsMax, `${verb} of ${nameOf(link)}`)));
  return {
    begin: () => each((link) => request.holds.hold(link, holder, Date.now() + holdMs + leaseSlackMs), "the cut"),
    holdMs,
    end: () => each((link) => request.holds.release(link, holder), "the healing"),
    atExperimentEnd: null,
  };
}

function stopInstances(request: ActionRequest): LocalAction {
  const { machinery } = request;
  const ids = targetsIn(request, "Instances").map(
    (resource) => resource.attributes["instanceId"] ?? resource.arn.split("/").at(-1) ?? "",
  );
  const startAgain = () => startUnlessFenced(machinery, ids, request.closing);
  const restarts = request.parameters["startInstancesAfterDuration"] !== undefined;
  return {
    begin: () =>
      allSettledOrThrow(ids.map((id) => within(machinery.stopInstance(id), machineryMsMax, `the stop of ${id}`))),
    holdMs: heldMs(request, "startInstancesAfterDuration"),
    // In AWS an instance without startInstancesAfterDuration stays stopped. The lab starts it when the experiment ends, so that
    // nothing a drill broke outlives it.
    end: restarts ? startAgain : nothing,
    atExperimentEnd: restarts ? null : startAgain,
  };
}

/** A fenced instance stays down until someone starts it on purpose: that is what the fence is for. */
async function startUnlessFenced(machinery: Machinery, ids: readonly string[], closing: AbortSignal): Promise<void> {
  if (closing.aborted) return;
  const stopped = (await machinery.databases())
    .filter((database) => database.state === "stopped")
    .map((database) => database.instanceId);
  await allSettledOrThrow(
    ids
      .filter((id) => stopped.includes(id))
      .map((id) => within(machinery.startInstance(id), machineryMsMax, `the start of ${id}`)),
  );
}

function stopTasks(request: ActionRequest): LocalAction {
  const { machinery } = request;
  const stop = async ({ arn }: Resource): Promise<void> => {
    try {
      await within(machinery.stopTask(arn), machineryMsMax, `the stop of ${arn}`);
    } catch (error) {
      // A task that died between the resolution of the targets and now is what was wanted.
      if (machinery.inventory().some((resource) => resource.arn === arn)) throw error;
    }
  };
  return {
    begin: () => allSettledOrThrow(targetsIn(request, "Tasks").map(stop)),
    holdMs: 0,
    end: nothing,
    atExperimentEnd: null,
  };
}

/** Waits for all, also when one throws: what was begun must have ended before it can be undone. */
async function allSettledOrThrow(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  const failed = results.find((result) => result.status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
}
