/** The fields of an Automation document of schema 0.3, and of its steps and parameters. */
import { z } from "zod";

const flag = z.union([z.boolean(), z.enum(["true", "false"])]).transform((value) => value === true || value === "true");
const count = z.union([z.int().positive(), z.string().regex(/^[1-9]\d*$/)]).transform(Number);

const parameterTypes = ["String", "StringList", "Boolean", "Integer", "MapList", "StringMap"] as const;

const parameter = z.strictObject({
  // Types such as AWS::IAM::Role::Arn or List<AWS::EC2::Instance::Id> are texts with a check that only AWS can make.
  type: z.string().regex(/^(String|StringList|Boolean|Integer|MapList|StringMap|(List<)?AWS(::\w+)+>?)$/, {
    message: "it is not a parameter type",
  }),
  description: z.string().optional(),
  default: z.unknown().optional(),
  allowedValues: z.array(z.unknown()).optional(),
  allowedPattern: z.string().optional(),
  displayType: z.string().optional(),
  minItems: z.int().optional(),
  maxItems: z.int().optional(),
  minChars: z.int().optional(),
  maxChars: z.int().optional(),
});

const output = z.strictObject({
  Name: z.string().regex(/^[A-Za-z0-9_]{1,128}$/),
  Selector: z.string(),
  Type: z.enum(parameterTypes).default("String"),
});

const step = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9_]{1,128}$/, { message: "use letters, digits and underscores" }),
  action: z.string(),
  description: z.string().optional(),
  inputs: z.record(z.string(), z.unknown()).default({}),
  outputs: z.array(output).default([]),
  onFailure: z.string().default("Abort"),
  onCancel: z.string().default("Abort"),
  isCritical: flag.optional(),
  isEnd: flag.default(false),
  nextStep: z.string().optional(),
  timeoutSeconds: count.optional(),
  maxAttempts: count.default(1),
});

export const documentShape = z.strictObject({
  schemaVersion: z.literal("0.3"),
  description: z.string().optional(),
  assumeRole: z.string().optional(),
  parameters: z.record(z.string().regex(/^[A-Za-z0-9_]{1,50}$/), parameter).default({}),
  mainSteps: z.array(step).min(1),
  outputs: z.array(z.string()).default([]),
});

export type AutomationDocument = z.infer<typeof documentShape>;
export type AutomationStep = z.infer<typeof step>;
export type AutomationParameter = z.infer<typeof parameter>;
