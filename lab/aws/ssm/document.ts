/**
 * An Automation document of schema 0.3: read from YAML or JSON and checked before anything may run it. What the schema knows and the
 * lab does not (variables, files, aws:executeScript) is told apart from what nobody knows.
 */
import { parse as parseYaml } from "yaml";
import { messageOf } from "../deadline.ts";
import { ApiError, isObject, type JsonObject } from "../wire.ts";
import { checkDocument } from "./document-rules.ts";
import { documentShape, type AutomationDocument } from "./document-shape.ts";

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
  const parsed = documentShape.safeParse(data);
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
