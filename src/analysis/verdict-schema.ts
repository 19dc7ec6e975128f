/** reports/verdict.schema.json: the public contract of verdict.json as JSON Schema, generated from src/model/verdict.ts. */
import { z } from "zod";
import { verdictSchema } from "../model/verdict.ts";

export function verdictSchemaText(): string {
  const schema = z.toJSONSchema(verdictSchema, { target: "draft-2020-12" });
  const { $schema, ...rest } = schema;
  return `${JSON.stringify({ $schema, $id: "dr-drill/verdict@1", title: "The verdict of a drill", ...rest }, null, 2)}\n`;
}
