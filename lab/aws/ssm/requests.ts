/** Reading SSM requests: an unknown member is an error, so that an option which the lab does not have is not silently ignored. */
import { z } from "zod";
import { ApiError, type JsonObject } from "../wire.ts";

export const tagList = z
  .array(z.strictObject({ Key: z.string().min(1).max(128), Value: z.string().max(256) }))
  .max(1000);

export const tagsOf = (tags: z.infer<typeof tagList> | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key, Value]));

export const toTagList = (tags: Readonly<Record<string, string>>): readonly JsonObject[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

export function parse<Schema extends z.ZodType>(
  schema: Schema,
  body: JsonObject,
  code = "ValidationException",
): z.infer<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const complaints = parsed.error.issues.map((issue) => `${issue.path.join(".") || "the request"}: ${issue.message}`);
  throw new ApiError(code, complaints.join("; "));
}
