/** The shapes of FIS requests, with the bounds of the service's model. An unknown member is an error here: a misspelt option must not be a no-op. */
import { z } from "zod";
import { ApiError, type JsonObject } from "../wire.ts";

const word = (max: number) => z.string().min(1).max(max).regex(/^\S+$/, { message: "must not contain white space" });
const map = <Value extends z.ZodType>(value: Value) => z.record(word(64), value);
const tags = z
  .record(z.string().min(1).max(128), z.string().max(256))
  .refine((value) => Object.keys(value).length <= 50, { message: "there can be at most 50 tags" });
const clientToken = word(1024);
const arn = word(2048).min(20);

const stopCondition = z.strictObject({ source: word(64), value: z.string().min(20).max(2048).optional() });

const target = z.strictObject({
  resourceType: word(128),
  resourceArns: z.array(arn).max(5).optional(),
  resourceTags: tags.optional(),
  filters: z.array(z.strictObject({ path: word(256), values: z.array(word(128)).min(1) })).optional(),
  selectionMode: word(64),
  parameters: map(z.string().min(1).max(1024)).optional(),
});

const action = z.strictObject({
  actionId: word(128),
  description: z.string().max(512).optional(),
  parameters: map(z.string().min(1).max(1024)).optional(),
  targets: map(word(64)).optional(),
  startAfter: z.array(word(64)).optional(),
});

const logConfiguration = z.strictObject({
  cloudWatchLogsConfiguration: z.strictObject({ logGroupArn: arn }).optional(),
  s3Configuration: z.strictObject({ bucketName: word(63).min(3), prefix: z.string().max(700).optional() }).optional(),
  logSchemaVersion: z.literal(2),
});

const s3Output = z.strictObject({ bucketName: word(63).min(3), prefix: word(256).optional() });
const reportConfiguration = z.strictObject({
  outputs: z.strictObject({ s3Configuration: s3Output.optional() }).optional(),
  dataSources: z
    .strictObject({ cloudWatchDashboards: z.array(z.strictObject({ dashboardIdentifier: word(512) })).optional() })
    .optional(),
  preExperimentDuration: word(32).optional(),
  postExperimentDuration: word(32).optional(),
});

const emptyTargetResolutionMode = z.enum(["fail", "skip"]);

export const createTemplateRequest = z.strictObject({
  clientToken,
  description: z.string().min(1).max(512),
  stopConditions: z.array(stopCondition).min(1),
  // The model has it optional; the service is reported to insist on it, even for actions without targets.
  targets: map(target),
  actions: map(action),
  roleArn: arn.regex(/^arn:[a-z-]+:iam::\d{12}:role\/\S+$/, { message: "must be the ARN of a role" }),
  tags: tags.optional(),
  logConfiguration: logConfiguration.optional(),
  experimentOptions: z
    .strictObject({
      accountTargeting: z.enum(["single-account", "multi-account"]).optional(),
      emptyTargetResolutionMode: emptyTargetResolutionMode.optional(),
    })
    .optional(),
  experimentReportConfiguration: reportConfiguration.optional(),
});

/** Also without accountTargeting: the service lets it be chosen at creation only. */
export const updateTemplateRequest = createTemplateRequest
  .omit({ clientToken: true, tags: true, experimentOptions: true })
  .partial()
  .extend({
    experimentOptions: z.strictObject({ emptyTargetResolutionMode: emptyTargetResolutionMode.optional() }).optional(),
  });

export const startExperimentRequest = z.strictObject({
  clientToken,
  experimentTemplateId: word(64),
  experimentOptions: z.strictObject({ actionsMode: z.enum(["run-all", "skip-all"]).optional() }).optional(),
  tags: tags.optional(),
});

export const tagResourceRequest = z.strictObject({ tags });

export const updateSafetyLeverRequest = z.strictObject({
  state: z.strictObject({ status: z.enum(["engaged", "disengaged"]), reason: z.string().min(1) }),
});

export type TemplateTarget = z.infer<typeof target>;
export type TemplateAction = z.infer<typeof action>;
export type CreateTemplate = z.infer<typeof createTemplateRequest>;

export function parseRequest<Schema extends z.ZodType>(schema: Schema, body: JsonObject): z.infer<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const complaints = parsed.error.issues.map((issue) => `${issue.path.join(".") || "the request"}: ${issue.message}`);
  throw new ApiError("ValidationException", complaints.join("; ").slice(0, 1024));
}
