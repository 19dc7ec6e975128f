/** What the control plane says of FIS without running anything: the catalog, templates, their validation, paging and errors on the wire. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  ConflictException,
  CreateExperimentTemplateCommand,
  DeleteExperimentTemplateCommand,
  GetActionCommand,
  GetExperimentTemplateCommand,
  GetTargetResourceTypeCommand,
  ListActionsCommand,
  ListTagsForResourceCommand,
  ListTargetAccountConfigurationsCommand,
  CreateTargetAccountConfigurationCommand,
  GetTargetAccountConfigurationCommand,
  paginateListActions,
  paginateListTargetResourceTypes,
  ResourceNotFoundException,
  ServiceQuotaExceededException,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateExperimentTemplateCommand,
  ValidationException,
} from "@aws-sdk/client-fis";
import { roleArn, startTestPlane, waiting, type TestPlane } from "./test-plane.ts";

const actionIds =
  `aws:arc:start-zonal-autoshift aws:cloudwatch:assert-alarm-state aws:directconnect:virtual-interface-disconnect aws:dsql:cluster-connection-failure
aws:dynamodb:global-table-pause-replication aws:ebs:pause-volume-io aws:ebs:volume-io-latency aws:ec2:api-insufficient-instance-capacity-error
aws:ec2:asg-insufficient-instance-capacity-error aws:ec2:reboot-instances aws:ec2:send-spot-instance-interruptions aws:ec2:stop-instances
aws:ec2:terminate-instances aws:ecs:drain-container-instances aws:ecs:stop-task aws:ecs:task-cpu-stress aws:ecs:task-io-stress
aws:ecs:task-kill-process aws:ecs:task-network-blackhole-port aws:ecs:task-network-latency aws:ecs:task-network-packet-loss
aws:eks:inject-kubernetes-custom-resource aws:eks:pod-cpu-stress aws:eks:pod-delete aws:eks:pod-io-stress aws:eks:pod-memory-stress
aws:eks:pod-network-blackhole-port aws:eks:pod-network-latency aws:eks:pod-network-packet-loss aws:eks:terminate-nodegroup-instances
aws:elasticache:replicationgroup-interrupt-az-power aws:fis:inject-api-internal-error aws:fis:inject-api-throttle-error
aws:fis:inject-api-unavailable-error aws:fis:wait aws:kinesis:stream-expired-iterator-exception aws:kinesis:stream-provisioned-throughput-exception
aws:lambda:invocation-add-delay aws:lambda:invocation-error aws:lambda:invocation-http-integration-response
aws:memorydb:multi-region-cluster-pause-replication aws:network:disrupt-connectivity aws:network:disrupt-vpc-endpoint
aws:network:route-table-disrupt-cross-region-connectivity aws:network:transit-gateway-disrupt-cross-region-connectivity aws:rds:failover-db-cluster
aws:rds:reboot-db-instances aws:s3:bucket-pause-replication aws:ssm:send-command aws:ssm:start-automation-execution`.split(
    /\s+/,
  );

let plane: TestPlane;
before(async () => {
  plane = await startTestPlane();
});
after(() => plane[Symbol.asyncDispose]());

test("the catalog has the 50 ids of FIS, page by page, without parameters in the summaries", async () => {
  const found: string[] = [];
  for await (const page of paginateListActions({ client: plane.fis, pageSize: 7 }, {})) {
    assert.ok((page.actions ?? []).length <= 7);
    for (const action of page.actions ?? []) {
      assert.equal("parameters" in action, false, `${action.id} carries parameters`);
      found.push(action.id ?? "");
    }
  }
  assert.deepEqual(found, [...actionIds].sort());
  await assert.rejects(plane.fis.send(new ListActionsCommand({ maxResults: 101 })), ValidationException);
  await assert.rejects(plane.fis.send(new ListActionsCommand({ nextToken: "forged" })), ValidationException);
});

test("GetAction says parameters and slots; what does not exist is not found", async () => {
  const { action } = await plane.fis.send(new GetActionCommand({ id: "aws:ec2:stop-instances" }));
  assert.deepEqual(action?.targets, { Instances: { resourceType: "aws:ec2:instance" } });
  assert.deepEqual(Object.keys(action?.parameters ?? {}), [
    "startInstancesAfterDuration",
    "completeIfInstancesTerminated",
  ]);
  assert.equal(action?.parameters?.["startInstancesAfterDuration"]?.required, false);
  // An id that other emulators made up.
  await assert.rejects(
    plane.fis.send(new GetActionCommand({ id: "aws:rds:reboot-db-cluster" })),
    ResourceNotFoundException,
  );
  const types: string[] = [];
  for await (const page of paginateListTargetResourceTypes({ client: plane.fis, pageSize: 5 }, {})) {
    types.push(...(page.targetResourceTypes ?? []).map((type) => type.resourceType ?? ""));
  }
  assert.ok(types.includes("aws:ec2:subnet") && types.includes("aws:directconnect:virtual-interface"));
  const { targetResourceType } = await plane.fis.send(
    new GetTargetResourceTypeCommand({ resourceType: "aws:ecs:task" }),
  );
  assert.deepEqual(Object.keys(targetResourceType?.parameters ?? {}), ["cluster", "service"]);
});

test("a template lives: created, read, changed as a whole, tagged, deleted", async () => {
  const input = waiting({ tags: { a: "1" } });
  const { experimentTemplate: created } = await plane.fis.send(new CreateExperimentTemplateCommand(input));
  const id = created?.id ?? "";
  assert.match(id, /^EXT[A-Za-z0-9]{15}$/);
  assert.ok(Math.abs((created?.creationTime?.getTime() ?? 0) - Date.now()) < 60_000, "creationTime is epoch seconds");
  assert.equal(created?.experimentOptions?.emptyTargetResolutionMode, "fail");

  const longer = { wait: { actionId: "aws:fis:wait", parameters: { duration: "PT2S" } } };
  await plane.fis.send(
    new UpdateExperimentTemplateCommand({
      id,
      actions: longer,
      experimentOptions: { emptyTargetResolutionMode: "skip" },
    }),
  );
  const { experimentTemplate: read } = await plane.fis.send(new GetExperimentTemplateCommand({ id }));
  assert.equal(read?.actions?.["wait"]?.parameters?.["duration"], "PT2S");
  assert.equal(read?.experimentOptions?.emptyTargetResolutionMode, "skip");
  assert.equal(read?.experimentOptions?.accountTargeting, "single-account");
  await assert.rejects(plane.fis.send(new UpdateExperimentTemplateCommand({ id, actions: {} })), ValidationException);

  const resourceArn = `arn:aws:fis:us-east-1:000000000000:experiment-template/${id}`;
  await plane.fis.send(new TagResourceCommand({ resourceArn, tags: { "with space": "2/3" } }));
  await plane.fis.send(new UntagResourceCommand({ resourceArn, tagKeys: ["a"] }));
  assert.deepEqual((await plane.fis.send(new ListTagsForResourceCommand({ resourceArn }))).tags, {
    "with space": "2/3",
  });

  await plane.fis.send(new DeleteExperimentTemplateCommand({ id }));
  await assert.rejects(plane.fis.send(new GetExperimentTemplateCommand({ id })), ResourceNotFoundException);
});

test("the same clientToken with the same request is the same template, with another request a conflict", async () => {
  const input = waiting({ clientToken: "once" });
  const first = await plane.fis.send(new CreateExperimentTemplateCommand(input));
  const again = await plane.fis.send(new CreateExperimentTemplateCommand(input));
  assert.equal(again.experimentTemplate?.id, first.experimentTemplate?.id);
  const reordered = await plane.wire(
    "POST",
    "/experimentTemplates",
    Object.fromEntries(Object.entries(input).toReversed()),
  );
  assert.equal((reordered.body["experimentTemplate"] as { id?: string } | undefined)?.id, first.experimentTemplate?.id);
  await assert.rejects(
    plane.fis.send(new CreateExperimentTemplateCommand({ ...input, description: "other" })),
    (error) => {
      assert.ok(error instanceof ConflictException);
      assert.equal(error.$metadata.httpStatusCode, 409);
      return true;
    },
  );
});

test("20 actions and 5 stop conditions are the most; more is 402", async () => {
  const many = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, n) => [
        `wait${n}`,
        { actionId: "aws:fis:wait", parameters: { duration: "PT1S" } },
      ]),
    );
  await plane.fis.send(new CreateExperimentTemplateCommand(waiting({ actions: many(20) })));
  const alarm = {
    source: "aws:cloudwatch:alarm",
    value: "arn:aws:cloudwatch:us-east-1:000000000000:alarm:customer-errors",
  };
  for (const input of [
    waiting({ actions: many(21) }),
    waiting({ stopConditions: Array.from({ length: 6 }, () => alarm) }),
  ]) {
    await assert.rejects(plane.fis.send(new CreateExperimentTemplateCommand(input)), (error) => {
      assert.ok(error instanceof ServiceQuotaExceededException);
      assert.equal(error.$metadata.httpStatusCode, 402);
      return true;
    });
  }
});

test("on the wire: typed errors in header and body, unknown members refused, FIS's own minute", async () => {
  const missing = await plane.wire("GET", "/experimentTemplates/EXTnone");
  assert.deepEqual(
    [missing.status, missing.errorType, missing.body["code"]],
    [404, "ResourceNotFoundException", "ResourceNotFoundException"],
  );
  const misspelt = await plane.wire("POST", "/experimentTemplates", { ...waiting(), experimentOption: {} });
  assert.deepEqual([misspelt.status, misspelt.errorType], [400, "ValidationException"]);
  assert.equal((await plane.wire("POST", "/experimentTemplates", "{")).status, 400);
  assert.equal((await plane.wire("GET", "/nothing")).status, 404);
  await using strict = await startTestPlane({ minimumDurationMs: 60_000 });
  await assert.rejects(
    strict.fis.send(new CreateExperimentTemplateCommand(waiting())),
    /shorter than the least duration, 60 s/,
  );
});

test("one account: its target account configurations are none, and say so", async () => {
  const { experimentTemplate } = await plane.fis.send(new CreateExperimentTemplateCommand(waiting()));
  const of = { experimentTemplateId: experimentTemplate?.id, accountId: "111111111111" };
  assert.deepEqual(
    (await plane.fis.send(new ListTargetAccountConfigurationsCommand(of))).targetAccountConfigurations,
    [],
  );
  await assert.rejects(
    plane.fis.send(new CreateTargetAccountConfigurationCommand({ ...of, roleArn })),
    ValidationException,
  );
  await assert.rejects(plane.fis.send(new GetTargetAccountConfigurationCommand(of)), ResourceNotFoundException);
  const multi = waiting({ experimentOptions: { accountTargeting: "multi-account" } });
  await assert.rejects(plane.fis.send(new CreateExperimentTemplateCommand(multi)), /single account/);
});
