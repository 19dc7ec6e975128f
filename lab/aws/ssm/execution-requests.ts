/** The shapes of the requests on automation executions. What the lab cannot do (rate control, other Regions, Interactive) is no member here. */
import { z } from "zod";
import { tagList } from "./requests.ts";

const uuid = z
  .string()
  .regex(/^[a-fA-F0-9]{8}(-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}$/, { message: "it must be a UUID of 36 characters" });
const version = z.string().regex(/^([$]LATEST|[$]DEFAULT|[1-9]\d*)$/);
const paging = { MaxResults: z.int().optional(), NextToken: z.string().optional() };
const filters = z.array(z.strictObject({ Key: z.string(), Values: z.array(z.string()).min(1).max(10) })).max(10);

export const startRequest = z.strictObject({
  DocumentName: z.string().regex(/^[a-zA-Z0-9_\-.:/]{3,128}$/),
  DocumentVersion: version.optional(),
  Parameters: z.record(z.string().min(1).max(50), z.array(z.string().max(512)).max(50)).optional(),
  ClientToken: uuid.optional(),
  Mode: z.literal("Auto", { message: "the lab runs automations in Mode Auto only" }).optional(),
  Tags: tagList.optional(),
});
export const idRequest = z.strictObject({ AutomationExecutionId: z.string() });
export const describeRequest = z.strictObject({ Filters: filters.optional(), ...paging });
export const describeStepsRequest = z.strictObject({
  AutomationExecutionId: z.string(),
  Filters: filters.optional(),
  ReverseOrder: z.boolean().optional(),
  ...paging,
});
export const stopRequest = z.strictObject({
  AutomationExecutionId: z.string(),
  Type: z.enum(["Complete", "Cancel"]).default("Cancel"),
});
export const signalRequest = z.strictObject({
  AutomationExecutionId: z.string(),
  SignalType: z.enum(["Approve", "Reject", "StartStep", "StopStep", "Resume", "Revoke"]),
  Payload: z.record(z.string(), z.array(z.string())).optional(),
});

export type StartRequest = z.infer<typeof startRequest>;
