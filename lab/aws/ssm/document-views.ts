/** A stored document and its versions, as the API shows them. */
import { createHash } from "node:crypto";
import { stringify as toYaml } from "yaml";
import { accountId, ApiError, epochSeconds, type JsonObject } from "../wire.ts";
import { readContent, type DocumentFormat } from "./document.ts";
import type { AutomationDocument } from "./document-shape.ts";
import { asText } from "./references.ts";
import { toTagList } from "./requests.ts";

export interface Version {
  readonly content: string;
  readonly format: DocumentFormat;
  readonly document: AutomationDocument;
  readonly createdMs: number;
}

export interface Stored {
  readonly name: string;
  /** Version n is at index n - 1. */
  readonly versions: Version[];
  defaultVersion: number;
  tags: Readonly<Record<string, string>>;
}

export interface Located {
  readonly number: number;
  readonly version: Version;
}

/** null: there is no such version. */
export function locate(stored: Stored, wanted: string): Located | null {
  const named =
    wanted === "$LATEST" ? stored.versions.length : wanted === "$DEFAULT" ? stored.defaultVersion : Number(wanted);
  const version = stored.versions[named - 1];
  return version === undefined ? null : { number: named, version };
}

export function converted(version_: Version, to: DocumentFormat): string {
  if (version_.format === to) return version_.content;
  const data = readContent(version_.content, version_.format);
  return to === "JSON" ? JSON.stringify(data, null, 2) : toYaml(data);
}

export function matches(
  stored: Stored,
  { Key: key, Values: values }: { Key: string; Values: readonly string[] },
): boolean {
  if (key === "Name") return values.some((value) => stored.name.startsWith(value));
  if (key === "DocumentType") return values.includes("Automation");
  if (key === "Owner") return values.some((value) => value === "Self" || value === "All");
  if (key.startsWith("tag:")) return values.includes(stored.tags[key.slice("tag:".length)] ?? "");
  throw new ApiError("InvalidFilterKey", `The lab does not filter documents by ${key}.`);
}

export function identify(stored: Stored, { number, version: found }: Located): JsonObject {
  return {
    Name: stored.name,
    CreatedDate: epochSeconds(found.createdMs),
    Owner: accountId,
    PlatformTypes: ["Windows", "Linux", "MacOS"],
    DocumentVersion: String(number),
    DocumentType: "Automation",
    SchemaVersion: "0.3",
    DocumentFormat: found.format,
    Tags: toTagList(stored.tags),
  };
}

export function describe(stored: Stored, found: Located): JsonObject {
  const { document, content: text } = found.version;
  return {
    ...identify(stored, found),
    Hash: createHash("sha256").update(text).digest("hex"),
    HashType: "Sha256",
    Status: "Active",
    ...(document.description === undefined ? {} : { Description: document.description }),
    Parameters: Object.entries(document.parameters).map(([parameterName, parameter]) => ({
      Name: parameterName,
      // The model knows these two types only.
      Type: parameter.type === "StringList" || parameter.type.startsWith("List<") ? "StringList" : "String",
      ...(parameter.description === undefined ? {} : { Description: parameter.description }),
      ...(parameter.default === undefined ? {} : { DefaultValue: asText(parameter.default) }),
    })),
    LatestVersion: String(stored.versions.length),
    DefaultVersion: String(stored.defaultVersion),
  };
}
