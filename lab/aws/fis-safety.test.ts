/** The safeties of FIS: skip-all, which the pinned client would lose; the safety lever, which it does not know; a healing that fails; going down. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CreateExperimentTemplateCommand, StartExperimentCommand } from "@aws-sdk/client-fis";
import { experimentEnd, experimentWhen, startTestPlane, waiting, type TestPlane } from "./test-plane.ts";

const cut = {
  targets: { nets: { resourceType: "aws:ec2:subnet", selectionMode: "ALL", resourceTags: { Region: "us-east-1" } } },
  actions: {
    cut: {
      actionId: "aws:network:disrupt-connectivity",
      parameters: { duration: "PT10M", scope: "all" },
      targets: { Subnets: "nets" },
    },
  },
};

async function cutTemplate(plane: TestPlane): Promise<string> {
  const { experimentTemplate } = await plane.fis.send(new CreateExperimentTemplateCommand(waiting(cut)));
  return experimentTemplate?.id ?? "";
}

interface WireExperiment {
  readonly id: string;
  readonly state: { readonly status: string };
  readonly experimentOptions: { readonly actionsMode: string };
}
const experimentIn = (body: Record<string, unknown>): WireExperiment => body["experiment"] as WireExperiment;

test("skip-all resolves the targets and does nothing; without it on the wire, the faults are real", async () => {
  await using plane = await startTestPlane();
  const experimentTemplateId = await cutTemplate(plane);
  const { body } = await plane.wire("POST", "/experiments", {
    clientToken: "dry",
    experimentTemplateId,
    experimentOptions: { actionsMode: "skip-all" },
  });
  const dry = experimentIn(body);
  assert.equal(dry.experimentOptions.actionsMode, "skip-all");
  const ended = await experimentEnd(plane, dry.id);
  assert.deepEqual([ended.state?.status, ended.actions?.["cut"]?.state?.status], ["completed", "skipped"]);
  const { body: resolved } = await plane.wire("GET", `/experiments/${dry.id}/resolvedTargets`);
  assert.equal((resolved["resolvedTargets"] as unknown[]).length, 2);
  assert.deepEqual(plane.machinery.calls, []);

  // What client-fis 3.523.0 makes of the same wish: the option never leaves the process.
  const wish = { experimentTemplateId, experimentOptions: { actionsMode: "skip-all" } };
  const { experiment } = await plane.fis.send(new StartExperimentCommand(wish));
  await experimentWhen(plane, experiment?.id, ({ actions }) => actions?.["cut"]?.state?.status === "running");
  assert.deepEqual((experiment?.experimentOptions as { actionsMode?: string } | undefined)?.actionsMode, "run-all");
});

test("the safety lever: running is stopped, new is cancelled, no transition is a conflict, any other id is not found", async () => {
  await using plane = await startTestPlane();
  const experimentTemplateId = await cutTemplate(plane);
  const { experiment } = await plane.fis.send(new StartExperimentCommand({ experimentTemplateId }));
  await experimentWhen(plane, experiment?.id, ({ actions }) => actions?.["cut"]?.state?.status === "running");

  const { body } = await plane.wire("GET", "/safetyLevers/default");
  assert.equal((body["safetyLever"] as { state: { status: string } }).state.status, "disengaged");
  const pull = (state: unknown) => plane.wire("PATCH", "/safetyLevers/default/state", { state });
  assert.equal((await pull({ status: "disengaged", reason: "again" })).errorType, "ConflictException");
  assert.equal(
    (await plane.wire("PATCH", "/safetyLevers/default/state", { status: "engaged", reason: "flat" })).status,
    400,
  );
  assert.equal((await plane.wire("GET", "/safetyLevers/other")).status, 404);
  const engaged = await pull({ status: "engaged", reason: "incident" });
  assert.deepEqual((engaged.body["safetyLever"] as { state: unknown }).state, {
    status: "engaged",
    reason: "incident",
  });

  assert.equal((await experimentEnd(plane, experiment?.id)).state?.status, "stopped");
  assert.ok(plane.machinery.calls.includes("healCustomers us-east-1"));
  plane.machinery.calls.length = 0;
  const late = experimentIn(
    (await plane.wire("POST", "/experiments", { clientToken: "late", experimentTemplateId })).body,
  );
  assert.equal(late.state.status, "cancelled");
  assert.deepEqual(plane.machinery.calls, []);
  await pull({ status: "disengaged", reason: "over" });
});

test("a healing that fails fails the experiment and leaves the lease to the guardian", async () => {
  await using plane = await startTestPlane();
  const short = { ...cut.actions.cut, parameters: { duration: "PT1S", scope: "all" } };
  const { experimentTemplate } = await plane.fis.send(
    new CreateExperimentTemplateCommand(waiting({ ...cut, actions: { cut: short } })),
  );
  plane.machinery.failures.set("healCustomers", "the link's process is gone");
  const { experiment } = await plane.fis.send(
    new StartExperimentCommand({ experimentTemplateId: experimentTemplate?.id }),
  );
  const ended = await experimentEnd(plane, experiment?.id);
  assert.equal(ended.state?.status, "failed");
  assert.match(ended.state?.reason ?? "", /the link's process is gone/);
  const [lease] = plane.machinery.leases.values();
  assert.deepEqual(lease?.undo, { kind: "heal-customers", region: "us-east-1" });
});

test("an instance that cannot be started again fails the experiment; a cut that half failed is healed", async () => {
  await using plane = await startTestPlane();
  const hosts = { resourceType: "aws:ec2:instance", selectionMode: "ALL", resourceTags: { Region: "us-east-1" } };
  const { experimentTemplate: stop } = await plane.fis.send(
    new CreateExperimentTemplateCommand(
      waiting({
        targets: { hosts },
        actions: { stop: { actionId: "aws:ec2:stop-instances", targets: { Instances: "hosts" } } },
      }),
    ),
  );
  plane.machinery.failures.set("startInstance", "the volume is gone");
  const { experiment } = await plane.fis.send(new StartExperimentCommand({ experimentTemplateId: stop?.id }));
  const ended = await experimentEnd(plane, experiment?.id);
  assert.deepEqual([ended.state?.status, ended.actions?.["stop"]?.state?.status], ["failed", "completed"]);
  assert.match(ended.state?.reason ?? "", /could not be undone: the volume is gone/);

  plane.machinery.failures.set("cutCustomers", "only one way");
  const half = await plane.fis.send(new StartExperimentCommand({ experimentTemplateId: await cutTemplate(plane) }));
  assert.equal((await experimentEnd(plane, half.experiment?.id)).state?.status, "failed");
  assert.ok(plane.machinery.calls.includes("healCustomers us-east-1"));
  assert.equal(plane.machinery.leases.size, 0);
});

test("when the control plane goes down it heals what it cut, and starts nothing", async () => {
  const plane = await startTestPlane();
  const hosts = { resourceType: "aws:ec2:instance", selectionMode: "ALL", resourceTags: { Region: "us-east-1" } };
  const { experimentTemplate } = await plane.fis.send(
    new CreateExperimentTemplateCommand(
      waiting({
        targets: { ...cut.targets, hosts },
        actions: { ...cut.actions, stop: { actionId: "aws:ec2:stop-instances", targets: { Instances: "hosts" } } },
      }),
    ),
  );
  const { experiment } = await plane.fis.send(
    new StartExperimentCommand({ experimentTemplateId: experimentTemplate?.id }),
  );
  await experimentWhen(
    plane,
    experiment?.id,
    ({ actions }) => actions?.["cut"]?.state?.status === "running" && actions["stop"]?.state?.status === "completed",
  );
  await plane[Symbol.asyncDispose]();
  assert.ok(plane.machinery.calls.includes("healCustomers us-east-1"));
  assert.equal(plane.machinery.leases.size, 0);
  assert.equal(
    plane.machinery.calls.some((call) => call.startsWith("startInstance")),
    false,
  );
});
