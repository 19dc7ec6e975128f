/** Templates that FIS would refuse are refused here with a sentence that says where the mistake is: create and delete is a cheap lint. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  CreateExperimentTemplateCommand,
  ValidationException,
  type CreateExperimentTemplateCommandInput,
} from "@aws-sdk/client-fis";
import { startTestPlane, waiting, type TestPlane } from "./test-plane.ts";

let plane: TestPlane;
before(async () => {
  plane = await startTestPlane();
});
after(() => plane[Symbol.asyncDispose]());

const subnets = { resourceType: "aws:ec2:subnet", selectionMode: "ALL", resourceTags: { Region: "us-east-1" } };
const disrupt = {
  actionId: "aws:network:disrupt-connectivity",
  parameters: { duration: "PT1M", scope: "all" },
  targets: { Subnets: "nets" },
};

const refused: readonly (readonly [
  what: string,
  input: Partial<CreateExperimentTemplateCommandInput>,
  says: RegExp,
])[] = [
  ["an action id that does not exist", { actions: { a: { actionId: "aws:eks:delete-pod" } } }, /actions\.a\.actionId/],
  [
    "a slot that the action lacks",
    { targets: { nets: subnets }, actions: { a: { ...disrupt, targets: { Subnet: "nets" } } } },
    /targets\.Subnet:.*it has Subnets/,
  ],
  ["an empty slot", { actions: { a: { ...disrupt, targets: {} } } }, /targets\.Subnets: .* needs it/],
  ["a target that is not there", { actions: { a: disrupt } }, /no target nets/],
  [
    "a target named like an inherited member",
    { actions: { a: { ...disrupt, targets: { Subnets: "constructor" } } } },
    /no target constructor/,
  ],
  [
    "a target of another type",
    { targets: { nets: { ...subnets, resourceType: "aws:ec2:instance" } }, actions: { a: disrupt } },
    /takes aws:ec2:subnet/,
  ],
  [
    "a misspelt parameter",
    { actions: { a: { actionId: "aws:fis:wait", parameters: { durationn: "PT1M" } } } },
    /no such parameter; it has duration/,
  ],
  ["a missing parameter", { actions: { a: { actionId: "aws:fis:wait" } } }, /duration: aws:fis:wait needs it/],
  [
    "no duration at all",
    { actions: { a: { actionId: "aws:fis:wait", parameters: { duration: "3m" } } } },
    /not an ISO-8601 duration/,
  ],
  [
    "too short a duration",
    { actions: { a: { actionId: "aws:fis:wait", parameters: { duration: "PT0S" } } } },
    /shorter/,
  ],
  [
    "too long a duration",
    { actions: { a: { actionId: "aws:fis:wait", parameters: { duration: "PT13H" } } } },
    /longer/,
  ],
  [
    "a scope that is none",
    {
      targets: { nets: subnets },
      actions: { a: { ...disrupt, parameters: { duration: "PT1M", scope: "everything" } } },
    },
    /scope.*not one of all/,
  ],
  ["selectionMode COUNT(0)", { targets: { nets: { ...subnets, selectionMode: "COUNT(0)" } } }, /selectionMode/],
  ["selectionMode PERCENT(101)", { targets: { nets: { ...subnets, selectionMode: "PERCENT(101)" } } }, /selectionMode/],
  [
    "tags and ARNs",
    { targets: { nets: { ...subnets, resourceArns: ["arn:aws:ec2:us-east-1:000000000000:subnet/x"] } } },
    /not both/,
  ],
  [
    "actions that wait for each other",
    {
      actions: {
        a: { actionId: "aws:fis:wait", parameters: { duration: "PT1M" }, startAfter: ["b"] },
        b: { actionId: "aws:fis:wait", parameters: { duration: "PT1M" }, startAfter: ["a"] },
      },
    },
    /wait for each other/,
  ],
  [
    "a stop condition without an alarm",
    { stopConditions: [{ source: "aws:cloudwatch:alarm" }] },
    /stopConditions\.0\.value/,
  ],
  ["a role that is none", { roleArn: "arn:aws:s3:::a-bucket-and-no-role" }, /roleArn/],
  [
    "six ARNs",
    {
      targets: {
        nets: {
          resourceType: "aws:ec2:subnet",
          selectionMode: "ALL",
          resourceArns: Array.from({ length: 6 }, (_, n) => `arn:aws:ec2:us-east-1:000000000000:subnet/s${n}`),
        },
      },
    },
    /resourceArns/,
  ],
];

for (const [what, input, says] of refused) {
  test(`refused: ${what}`, async () => {
    await assert.rejects(plane.fis.send(new CreateExperimentTemplateCommand(waiting(input))), (error) => {
      assert.ok(error instanceof ValidationException, String(error));
      assert.match(error.message, says);
      return true;
    });
  });
}
