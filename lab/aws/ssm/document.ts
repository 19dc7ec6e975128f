/**
 * An Automation document of schema 0.3: read from YAML or JSON and checked before anything may run it. What the schema knows and the
 * lab does not (variables, files, aws:executeScript) is told apart from what nobody knows.
 */
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { messageOf } from "../deadline.ts";
import { ApiError, isObject, type JsonObject } from "../wire.ts";
import { checkDocument } from "./document-rules.ts";

const flag = z.union([z.boolean(), z.enum(["true", "false"])]).transform((value) => value === true || value === "true");
const count = z.union([z.int().positive(), z.string().regex(/^[1-9]\d*$/)]).transform(Number);

export const parameterTypes = ["String", "StringList", "Boolean", "Integer", "MapList", "StringMap"] as const;

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

const document = z.strictObject({
  schemaVersion: z.literal("0.3"),
  description: z.string().optional(),
  assumeRole: z.string().optional(),
  parameters: z.record(z.string().regex(/^[A-Za-z0-9_]{1,50}$/), parameter).default({}),
  mainSteps: z.array(step).min(1),
  outputs: z.array(z.string()).default([]),
});

export type AutomationDocument = z.infer<typeof document>;
export type AutomationStep = z.infer<typeof step>;
export type AutomationParameter = z.infer<typeof parameter>;
export type DocumentFormat = "YAML" | "JSON";

const contentBytesMax = 64 * 1024;

/** The text as data, in either format; throws InvalidDocumentContent. */
export function readContent(content: string, format: DocumentFormat): JsonObject {
  if (Buffer.byteLength(content) > contentBytesMax) {
    throw new ApiError("MaxDocumentSizeExceeded", "A document can have 64 KB.");
  }
  let data: unknown;
  try {
    data = format === "YAML" ? parseYaml(content) : JSON.parse(content);
  } catch (error) {
    throw new ApiError(
      "InvalidDocumentContent",
      `The content is not ${format}: ${messageOf(error).split("\n")[0] ?? ""}`,
    );
  }
  if (isObject(data)) return data;
  throw new ApiError("InvalidDocumentContent", `The content is not a ${format} object.`);
}

export function readDocument(content: string, format: DocumentFormat): AutomationDocument {
  const data = readContent(content, format);
  if (typeof data["schemaVersion"] !== "string" || data["schemaVersion"] !== "0.3") {
    throw new ApiError(
      "InvalidDocumentSchemaVersion",
      `schemaVersion must be the text "0.3" for an Automation document.`,
    );
  }
  for (const unsupported of ["variables", "files"]) {
    if (unsupported in data)
      throw new ApiError("InvalidDocumentContent", `${unsupported}: the lab does not support it.`);
  }
  const parsed = document.safeParse(data);
  if (!parsed.success) {
    const complaints = parsed.error.issues.map((issue) => `${place(data, issue.path)}: ${issue.message}`);
    throw new ApiError("InvalidDocumentContent", complaints.join("; "));
  }
  const wrong = checkDocument(parsed.data);
  if (wrong !== null) throw new ApiError("InvalidDocumentContent", wrong);
  return parsed.data;
}

/** `mainSteps.2.nextStep` → "mainSteps[2] (WaitPromoted).nextStep": people look for a step by its name. */
function place(data: JsonObject, path: readonly PropertyKey[]): string {
  const [first, index, ...rest] = path;
  if (first !== "mainSteps" || typeof index !== "number") return path.join(".") || "the document";
  const steps = data["mainSteps"];
  const found: unknown = Array.isArray(steps) ? steps[index] : undefined;
  const name = isObject(found) && typeof found["name"] === "string" ? ` (${found["name"]})` : "";
  return [`mainSteps[${index}]${name}`, ...rest].join(".");
}
