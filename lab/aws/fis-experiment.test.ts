/** Experiments that really run: states, durations, order, selection, what is undone, and every way in which they end. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import {
  ConflictException,
  CreateExperimentTemplateCommand,
  DeleteExperimentTemplateCommand,
  ListExperimentResolvedTargetsCommand,
  ListExperimentsCommand,
  ResourceNotFoundException,
  ServiceQuotaExceededException,
  StartExperimentCommand,
  StopExperimentCommand,
  type CreateExperimentTemplateCommandInput,
  type Experiment,
} from "@aws-sdk/client-fis";
import { experimentEnd, experimentWhen, startTestPlane, waiting, type TestPlane } from "./test-plane.ts";

let plane: TestPlane;
beforeEach(async () => {
  plane = await startTestPlane();
});
afterEach(() => plane[Symbol.asyncDispose]());

async function template(input: Partial<CreateExperimentTemplateCommandInput> = {}): Promise<string> {
  const { experimentTemplate } = await plane.fis.send(new CreateExperimentTemplateCommand(waiting(input)));
  return experimentTemplate?.id ?? "";
}

async function start(input: Partial<CreateExperimentTemplateCommandInput> = {}): Promise<Experiment> {
  const { experiment } = await plane.fis.send(
    new StartExperimentCommand({ experimentTemplateId: await template(input) }),
  );
  return experiment ?? {};
}

const wait = (duration: string, startAfter: string[] = []) => ({
  actionId: "aws:fis:wait",
  parameters: { duration },
  startAfter,
});
const nets = { resourceType: "aws:ec2:subnet", selectionMode: "ALL", resourceTags: { Region: "us-east-1" } };
const hosts = { resourceType: "aws:ec2:instance", selectionMode: "ALL", resourceTags: { Region: "us-east-1" } };
const cutCustomers = (duration: string) => ({
  actionId: "aws:network:disrupt-connectivity",
  parameters: { duration, scope: "all" },
  targets: { Subnets: "nets" },
});
const stopHosts = (parameters: Record<string, string> = {}) => ({
  actionId: "aws:ec2:stop-instances",
  parameters,
  targets: { Instances: "hosts" },
});
const running = (experiment: Experiment): boolean => experiment.state?.status === "running";
const states = (experiment: Experiment): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(experiment.actions ?? {}).map(([name, action]) => [name, action.state?.status]));

test("durations elapse, startAfter waits for the end of the other, the rest is in parallel", async () => {
  const started = await start({
    actions: { first: wait("PT1S"), beside: wait("PT1S"), second: wait("PT1S", ["first", "beside"]) },
  });
  assert.match(started.id ?? "", /^EXP/);
  assert.ok(["pending", "initiating", "running"].includes(started.state?.status ?? ""));
  const ended = await experimentEnd(plane, started.id);
  assert.equal(ended.state?.status, "completed");
  const at = (name: string, when: "startTime" | "endTime"): number =>
    ended.actions?.[name]?.[when]?.getTime() ?? Number.NaN;
  // A timer may fire a moment early by another clock.
  assert.ok(at("first", "endTime") - at("first", "startTime") >= 990);
  assert.ok(at("beside", "startTime") < at("first", "endTime"), "beside runs in parallel");
  assert.ok(at("second", "startTime") >= Math.max(at("first", "endTime"), at("beside", "endTime")));
  const seen = plane.machinery.events
    .filter(({ event }) => event === "fis.experiment")
    .map(({ detail }) => detail["status"]);
  assert.deepEqual(seen, ["initiating", "running", "completed"]);
});

test("a cut takes a lease first, holds, heals, and releases; two cuts of one link heal it once, at the later end", async () => {
  const { id } = await start({
    targets: { nets },
    actions: {
      short: cutCustomers("PT1S"),
      long: { ...cutCustomers("PT2S") },
      across: {
        actionId: "aws:network:route-table-disrupt-cross-region-connectivity",
        parameters: { duration: "PT1S", region: "eu-west-1" },
        targets: { Subnets: "nets" },
      },
    },
  });
  const afterShort = await experimentWhen(plane, id, (experiment) => states(experiment)["short"] === "completed");
  assert.equal(states(afterShort)["long"], "running");
  assert.equal(
    plane.machinery.calls.includes("healCustomers us-east-1"),
    false,
    "the long action still holds the link",
  );
  assert.equal((await experimentEnd(plane, id)).state?.status, "completed");
  const { calls, leases } = plane.machinery;
  assert.ok(calls.indexOf("lease heal-customers") < calls.indexOf("cutCustomers us-east-1"));
  assert.equal(calls.filter((call) => call === "healCustomers us-east-1").length, 1);
  assert.deepEqual(
    calls.filter((call) => call.includes("Between")),
    ["cutBetween us-east-1 eu-west-1", "healBetween us-east-1 eu-west-1"],
  );
  assert.equal(leases.size, 0);
});

test("StopExperiment heals, starts what was stopped, cancels what had not begun, and is harmless a second time", async () => {
  const { id } = await start({
    targets: { nets, hosts },
    actions: { cut: cutCustomers("PT10M"), stop: stopHosts(), later: wait("PT1M", ["cut"]) },
  });
  await experimentWhen(
    plane,
    id,
    (experiment) => states(experiment)["stop"] === "completed" && states(experiment)["cut"] === "running",
  );
  assert.equal(plane.machinery.state("i-use1a"), "stopped");
  const { experiment: stopping } = await plane.fis.send(new StopExperimentCommand({ id }));
  assert.equal(stopping?.state?.status, "stopping");
  const ended = await experimentEnd(plane, id);
  assert.equal(ended.state?.status, "stopped");
  assert.deepEqual(states(ended), { cut: "stopped", stop: "completed", later: "cancelled" });
  assert.equal(ended.actions?.["later"]?.startTime, undefined);
  assert.ok(plane.machinery.calls.includes("healCustomers us-east-1"));
  assert.deepEqual([plane.machinery.state("i-use1a"), plane.machinery.state("i-use1b")], ["running", "running"]);
  assert.equal(plane.machinery.calls.includes("stopInstance i-euw1"), false);
  const again = await plane.fis.send(new StopExperimentCommand({ id }));
  assert.equal(again.experiment?.state?.status, "stopped");
});

test("what was fenced meanwhile stays down, both after the duration and at the end", async () => {
  const one = (arn: string) => ({ resourceType: "aws:ec2:instance", selectionMode: "ALL", resourceArns: [arn] });
  const { id } = await start({
    targets: {
      a: one("arn:aws:ec2:us-east-1:000000000000:instance/i-use1a"),
      b: one("arn:aws:ec2:us-east-1:000000000000:instance/i-use1b"),
      c: one("arn:aws:ec2:eu-west-1:000000000000:instance/i-euw1"),
    },
    actions: {
      restarts: { ...stopHosts({ startInstancesAfterDuration: "PT1S" }), targets: { Instances: "a" } },
      stays: { ...stopHosts(), targets: { Instances: "b" } },
      comesBack: { ...stopHosts({ startInstancesAfterDuration: "PT1S" }), targets: { Instances: "c" } },
    },
  });
  await experimentWhen(
    plane,
    id,
    (experiment) => states(experiment)["stays"] === "completed" && states(experiment)["restarts"] === "running",
  );
  await plane.machinery.fenceInstance("i-use1a");
  await plane.machinery.fenceInstance("i-use1b");
  assert.equal((await experimentEnd(plane, id)).state?.status, "completed");
  assert.deepEqual(
    ["i-use1a", "i-use1b", "i-euw1"].map((instance) => plane.machinery.state(instance)),
    ["fenced-stopped", "fenced-stopped", "running"],
  );
});

test("an action without a local driver fails, is never completed, and takes the experiment down with it", async () => {
  const { id } = await start({
    targets: { nets, db: { resourceType: "aws:rds:db", selectionMode: "ALL", resourceTags: { Region: "us-east-1" } } },
    actions: {
      cut: cutCustomers("PT10M"),
      reboot: { actionId: "aws:rds:reboot-db-instances", targets: { DBInstances: "db" } },
    },
    experimentOptions: { emptyTargetResolutionMode: "skip" },
  });
  // There is no aws:rds:db in this inventory: an empty target is skipped, it does not even come to ask for a driver.
  await experimentWhen(plane, id, (experiment) => states(experiment)["reboot"] === "skipped" && running(experiment));
  await plane.fis.send(new StopExperimentCommand({ id }));

  const failing = await start({
    targets: { nets, hosts },
    actions: {
      cut: cutCustomers("PT10M"),
      reboot: { actionId: "aws:ec2:reboot-instances", targets: { Instances: "hosts" } },
    },
  });
  const ended = await experimentEnd(plane, failing.id);
  assert.equal(ended.state?.status, "failed");
  assert.match(ended.state?.reason ?? "", /no local driver for aws:ec2:reboot-instances/);
  assert.equal(states(ended)["reboot"], "failed");
  assert.ok(["stopped", "cancelled"].includes(states(ended)["cut"] ?? ""));
  const { body } = await plane.wire("GET", `/experiments/${failing.id ?? ""}`);
  const state = (body["experiment"] as { state: { error: unknown } }).state;
  assert.deepEqual(state.error, {
    accountId: "000000000000",
    code: "ConfigurationFailure",
    location: "actions/reboot",
  });
  assert.equal(plane.machinery.leases.size, 0);
});

test("COUNT and PERCENT select; a share below one is nothing and fails; skip skips; ARNs are never skipped", async () => {
  const tasks = (selectionMode: string) => ({
    resourceType: "aws:ecs:task",
    selectionMode,
    resourceTags: { Region: "us-east-1" },
  });
  const kill = { actionId: "aws:ecs:stop-task", targets: { Tasks: "some" } };
  const killed = async (selectionMode: string): Promise<readonly [status: string | undefined, killed: number]> => {
    const { id } = await start({ targets: { some: tasks(selectionMode) }, actions: { kill } });
    const ended = await experimentEnd(plane, id);
    const { resolvedTargets } = await plane.fis.send(
      new ListExperimentResolvedTargetsCommand({ experimentId: id, targetName: "some" }),
    );
    return [ended.state?.status, (resolvedTargets ?? []).length];
  };
  assert.deepEqual(await killed("COUNT(2)"), ["completed", 2]);
  assert.deepEqual(await killed("COUNT(9)"), ["completed", 3]);
  assert.deepEqual(await killed("PERCENT(67)"), ["completed", 2]);
  assert.deepEqual(await killed("PERCENT(66)"), ["completed", 1]);
  assert.deepEqual(await killed("PERCENT(33)"), ["failed", 0]);
  assert.equal(plane.machinery.calls.filter((call) => call.startsWith("stopTask")).length, 8);

  const skip = { experimentOptions: { emptyTargetResolutionMode: "skip" } } as const;
  const skipped = await experimentEnd(
    plane,
    (await start({ targets: { some: tasks("PERCENT(33)") }, actions: { kill }, ...skip })).id,
  );
  assert.deepEqual([skipped.state?.status, states(skipped)], ["completed", { kill: "skipped" }]);
  const arn = {
    resourceType: "aws:ecs:task",
    selectionMode: "ALL",
    resourceArns: ["arn:aws:ecs:us-east-1:000000000000:task/payments/99"],
  };
  const endOf = async (input: Parameters<typeof start>[0]): Promise<string | undefined> =>
    (await experimentEnd(plane, (await start(input)).id)).state?.status;
  assert.equal(await endOf({ targets: { some: arn }, actions: { kill }, ...skip }), "failed");
  const share = {
    ...arn,
    selectionMode: "PERCENT(50)",
    resourceArns: ["arn:aws:ecs:us-east-1:000000000000:task/payments/1"],
  };
  assert.equal(await endOf({ targets: { some: share }, actions: { kill }, ...skip }), "failed");
  plane.machinery.failures.set("stopTask", "cannot be stopped");
  assert.equal(await endOf({ targets: { some: tasks("ALL") }, actions: { kill } }), "failed");
  const narrowed = { ...tasks("ALL"), parameters: { cluster: "other" } };
  assert.equal(await endOf({ targets: { some: narrowed }, actions: { kill } }), "failed");
});

test("a stop condition ends the experiment when its alarm fires, and a missing alarm fails it before anything is done", async () => {
  const alarm = (name: string) => [
    { source: "aws:cloudwatch:alarm", value: `arn:aws:cloudwatch:us-east-1:000000000000:alarm:${name}` },
  ];
  const { id } = await start({
    targets: { nets },
    actions: { cut: cutCustomers("PT10M") },
    stopConditions: alarm("customer-errors"),
  });
  await experimentWhen(plane, id, (experiment) => states(experiment)["cut"] === "running");
  plane.machinery.alarm = "ALARM";
  const ended = await experimentEnd(plane, id);
  assert.equal(ended.state?.status, "stopped");
  assert.match(ended.state?.reason ?? "", /customer-errors/);
  assert.ok(plane.machinery.calls.includes("healCustomers us-east-1"));

  plane.machinery.calls.length = 0;
  const unguarded = await start({
    targets: { nets },
    actions: { cut: cutCustomers("PT1S") },
    stopConditions: alarm("misspelt"),
  });
  assert.equal((await experimentEnd(plane, unguarded.id)).state?.status, "failed");
  assert.deepEqual(plane.machinery.calls, []);
});

test("clientToken: the same experiment again, a conflict for another; deleting the template does not disturb it", async () => {
  const id = await template();
  const request = { experimentTemplateId: id, clientToken: "start-once" };
  const first = await plane.fis.send(new StartExperimentCommand(request));
  assert.equal((await plane.fis.send(new StartExperimentCommand(request))).experiment?.id, first.experiment?.id);
  await assert.rejects(plane.fis.send(new StartExperimentCommand({ ...request, tags: { a: "b" } })), ConflictException);
  await plane.fis.send(new DeleteExperimentTemplateCommand({ id }));
  assert.equal((await experimentEnd(plane, first.experiment?.id)).state?.status, "completed");
  await assert.rejects(
    plane.fis.send(new StartExperimentCommand({ experimentTemplateId: id })),
    ResourceNotFoundException,
  );
});

test("five experiments at once; the sixth is 402, and starts when one has ended", async () => {
  const id = await template({ actions: { long: wait("PT10M") } });
  const startOne = () => plane.fis.send(new StartExperimentCommand({ experimentTemplateId: id, tags: { run: "r1" } }));
  const started = await Promise.all(Array.from({ length: 5 }, startOne));
  await assert.rejects(startOne(), ServiceQuotaExceededException);
  await plane.fis.send(new StopExperimentCommand({ id: started[0]?.experiment?.id }));
  await experimentEnd(plane, started[0]?.experiment?.id);
  await startOne();
  const page = await plane.fis.send(new ListExperimentsCommand({ maxResults: 4 }));
  assert.equal(page.experiments?.length, 4);
  const rest = await plane.fis.send(new ListExperimentsCommand({ maxResults: 4, nextToken: page.nextToken ?? "" }));
  assert.equal(rest.experiments?.length, 2);
  assert.deepEqual(rest.experiments?.[0]?.tags, { run: "r1" });
});
