/** The AWS calls of a runbook: what Describe shows while something is under way, and what is refused because it would destroy. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { recordingMachinery, type RecordingMachinery } from "../recording-machinery.ts";
import { createParameterStore } from "../ssm/parameter-store.ts";
import { select } from "../ssm/json-path.ts";
import type { JsonObject } from "../wire.ts";
import { createLocalApis } from "./local-apis.ts";

let machinery: RecordingMachinery;
let call: (name: string, parameters: JsonObject, region?: string) => Promise<JsonObject>;
beforeEach(() => {
  machinery = recordingMachinery();
  const apis = createLocalApis(machinery, createParameterStore(machinery));
  call = (name, parameters, region = "us-east-1") => {
    const [service = "", api = ""] = name.split(":");
    return apis.call({ service, api }, parameters, region);
  };
});

const database = async (DBInstanceIdentifier: string): Promise<unknown> =>
  select("$.DBInstances[0]", await call("rds:DescribeDBInstances", { DBInstanceIdentifier }));

test("a promotion is modifying from the moment of the call until it is done, and cannot be asked for twice meanwhile", async () => {
  machinery.tookMs = 50;
  const answer = await call("rds:PromoteReadReplica", { DBInstanceIdentifier: "payments-euw1" });
  assert.equal(select("$.DBInstance.DBInstanceStatus", answer), "modifying");
  assert.equal(select("$.DBInstanceStatus", await database("payments-euw1")), "modifying");
  await assert.rejects(call("rds:PromoteReadReplica", { DBInstanceIdentifier: "payments-euw1" }), /is modifying/);
  await sleep(150);
  assert.equal(select("$.DBInstanceStatus", await database("payments-euw1")), "available");
  await assert.rejects(call("rds:PromoteReadReplica", { DBInstanceIdentifier: "payments-euw1" }), {
    code: "InvalidDBInstanceState",
    message: /not a read replica/,
  });
});

test("a replica says whose it is, across Regions by ARN, and an ARN names the same database", async () => {
  const arn = "arn:aws:rds:eu-west-1:000000000000:db:payments-euw1";
  assert.equal(
    select("$.ReadReplicaSourceDBInstanceIdentifier", await database(arn)),
    "arn:aws:rds:us-east-1:000000000000:db:payments-use1a",
  );
  assert.equal(select("$.ReadReplicaSourceDBInstanceIdentifier", await database("payments-use1b")), "payments-use1a");
  assert.deepEqual(select("$.ReadReplicaDBInstanceIdentifiers", await database("payments-use1a")), [
    "payments-use1b",
    "payments-euw1",
  ]);
  await assert.rejects(database("payments-none"), { code: "DBInstanceNotFound" });
});

test("a running writer is never wiped; a fenced one may be rebuilt", async () => {
  const rebuild = { DBInstanceIdentifier: "payments-use1a", SourceDBInstanceIdentifier: "payments-euw1" };
  await assert.rejects(call("rds:CreateDBInstanceReadReplica", rebuild), /is a running writer; fence it/);
  await assert.rejects(
    call("rds:CreateDBInstanceReadReplica", { ...rebuild, SourceDBInstanceIdentifier: "payments-use1a" }),
    /from itself/,
  );
  assert.deepEqual(machinery.calls, []);
  await call("ec2:ModifyInstanceAttribute", { InstanceId: "i-use1a", Groups: ["sg-fenced"] });
  assert.equal(
    select(
      "$.Reservations[0].Instances[0].SecurityGroups[0].GroupId",
      await call("ec2:DescribeInstances", { InstanceIds: ["i-use1a"] }),
    ),
    "sg-fenced",
  );
  const answer = await call("rds:CreateDBInstanceReadReplica", rebuild);
  assert.equal(select("$.DBInstance.DBInstanceStatus", answer), "creating");
  await assert.rejects(
    call("ec2:ModifyInstanceAttribute", { InstanceId: "i-use1a", Groups: ["sg-other"] }),
    /sg-fenced/,
  );
});

test("instances pass through pending and stopping; a start that fails says why", async () => {
  machinery.tookMs = 50;
  const state = async (): Promise<unknown> =>
    select(
      "$.Reservations[0].Instances[0].State.Name",
      await call("ec2:DescribeInstances", { InstanceIds: ["i-euw1"] }),
    );
  const stopped = await call("ec2:StopInstances", { InstanceIds: ["i-euw1"], Force: true });
  assert.equal(select("$.StoppingInstances[0].PreviousState.Name", stopped), "running");
  assert.equal(await state(), "stopping");
  await sleep(150);
  assert.equal(await state(), "stopped");
  machinery.failures.set("startInstance", "no volume");
  await call("ec2:StartInstances", { InstanceIds: ["i-euw1"] });
  assert.equal(await state(), "pending");
  await sleep(150);
  const after = await call("ec2:DescribeInstances", { InstanceIds: ["i-euw1"] });
  assert.equal(select("$.Reservations[0].Instances[0].StateReason.Message", after), "no volume");
  await assert.rejects(call("ec2:StartInstances", { InstanceIds: ["i-none"] }), { code: "InvalidInstanceID.NotFound" });
});

test("a service is scaled in the cluster's Region: by ARN, or the automation's", async () => {
  const cluster = "arn:aws:ecs:eu-west-1:000000000000:cluster/payments";
  machinery.tookMs = 50;
  const answer = await call("ecs:UpdateService", { cluster, service: "payments", desiredCount: "3" });
  assert.deepEqual([select("$.service.desiredCount", answer), select("$.service.runningCount", answer)], [3, 1]);
  await sleep(150);
  const described = await call("ecs:DescribeServices", { cluster: "payments", services: ["payments"] }, "eu-west-1");
  assert.deepEqual(
    [select("$.services[0].runningCount", described), select("$.services[0].deployments[0].rolloutState", described)],
    [3, "COMPLETED"],
  );
  assert.deepEqual(machinery.calls, ["setDesiredCount eu-west-1 3"]);
  for (const desiredCount of [-1, 1.5, "many", ""]) {
    await assert.rejects(call("ecs:UpdateService", { cluster, service: "payments", desiredCount }), /whole number/);
  }
  await assert.rejects(call("ecs:DescribeServices", { cluster: "other", services: ["payments"] }), {
    code: "ClusterNotFoundException",
  });
});

test("routing controls change together in one call, by their ARNs", async () => {
  const arn = (region: string): string =>
    `arn:aws:route53-recovery-control::000000000000:controlpanel/lab/routingcontrol/${region}`;
  await call("route53-recovery-cluster:UpdateRoutingControlStates", {
    UpdateRoutingControlStateEntries: [
      { RoutingControlArn: arn("us-east-1"), RoutingControlState: "Off" },
      { RoutingControlArn: arn("eu-west-1"), RoutingControlState: "On" },
    ],
  });
  assert.deepEqual(machinery.calls, ["setRoutingControls us-east-1=Off eu-west-1=On"]);
  const got = await call("route53-recovery-cluster:GetRoutingControlState", { RoutingControlArn: arn("eu-west-1") });
  assert.equal(got["RoutingControlState"], "On");
  await assert.rejects(
    call("route53-recovery-cluster:GetRoutingControlState", { RoutingControlArn: arn("ap-south-1") }),
    /no routing control/,
  );
});

test("a function that throws answers with FunctionError, as Lambda does; one that is not there does not answer", async () => {
  machinery.failures.set("invoke", "no such payment");
  const answer = await call("lambda:Invoke", {
    FunctionName: "arn:aws:lambda:eu-west-1:000000000000:function:payments-verify",
    Payload: '{"a":1}',
  });
  assert.deepEqual([answer["FunctionError"], answer["Payload"]], ["Unhandled", '{"errorMessage":"no such payment"}']);
  assert.deepEqual(machinery.calls, ['invoke payments-verify {"a":1}']);
  await assert.rejects(call("lambda:Invoke", { FunctionName: "payments-none" }), { code: "ResourceNotFoundException" });
  await assert.rejects(call("lambda:Invoke", { FunctionName: "payments-verify", Payload: "[1]" }), /JSON object/);
});
