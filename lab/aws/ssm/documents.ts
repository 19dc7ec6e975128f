/** Automation documents: create, new versions, default version, read, list, delete. Content is kept as it came; JSON and YAML convert. */
import { z } from "zod";
import { ApiError, epochSeconds, type JsonObject } from "../wire.ts";
import { page, ssmPages } from "../paging.ts";
import { readDocument, type DocumentFormat } from "./document.ts";
import type { AutomationDocument } from "./document-shape.ts";
import {
  converted,
  describe,
  identify,
  locate,
  matches,
  type Located,
  type Stored,
  type Version,
} from "./document-views.ts";
import { parse, tagList, tagsOf } from "./requests.ts";

export interface Documents {
  create(request: JsonObject): JsonObject;
  update(request: JsonObject): JsonObject;
  updateDefault(request: JsonObject): JsonObject;
  get(request: JsonObject): JsonObject;
  describe(request: JsonObject): JsonObject;
  list(request: JsonObject): JsonObject;
  delete(request: JsonObject): JsonObject;
  tagged(name: string): { tags: Readonly<Record<string, string>> } | null;
  toRun(
    name: string,
    version: string,
  ): { readonly document: AutomationDocument; readonly name: string; readonly version: string };
}

const name = z
  .string()
  .regex(/^[a-zA-Z0-9_\-.]{3,128}$/, { message: "3 to 128 letters, digits, dots, dashes or underscores" });
const version = z.string().regex(/^([$]LATEST|[$]DEFAULT|[1-9]\d*)$/);
const format = z.enum(["YAML", "JSON"], { message: "an Automation document is YAML or JSON" });
const content = {
  Content: z.string().min(1),
  DocumentFormat: format.default("JSON"),
  TargetType: z.string().optional(),
};
const createRequest = z.strictObject({
  Name: name,
  ...content,
  DocumentType: z.literal("Automation", { message: "the lab keeps documents of type Automation only" }),
  Tags: tagList.optional(),
});
const updateRequest = z.strictObject({ Name: name, ...content, DocumentVersion: version.optional() });
const defaultRequest = z.strictObject({ Name: name, DocumentVersion: z.string() });
const getRequest = z.strictObject({
  Name: z.string(),
  DocumentVersion: version.optional(),
  DocumentFormat: format.default("JSON"),
});
const describeRequest = z.strictObject({ Name: z.string(), DocumentVersion: version.optional() });
const deleteRequest = z.strictObject({ Name: name, Force: z.boolean().optional() });
const listRequest = z.strictObject({
  Filters: z.array(z.strictObject({ Key: z.string(), Values: z.array(z.string()) })).optional(),
  MaxResults: z.int().optional(),
  NextToken: z.string().optional(),
});

export function createDocuments(): Documents {
  const documents = new Map<string, Stored>();

  const find = (nameOrArn: string): Stored => {
    const stored = documents.get(lastPart(nameOrArn));
    if (stored === undefined) throw new ApiError("InvalidDocument", `There is no document ${nameOrArn}.`);
    return stored;
  };
  return {
    create(body) {
      const request = parse(createRequest, body);
      if (documents.has(request.Name))
        throw new ApiError("DocumentAlreadyExists", `The document ${request.Name} exists.`);
      const stored = { name: request.Name, versions: [read(request)], defaultVersion: 1, tags: tagsOf(request.Tags) };
      documents.set(request.Name, stored);
      return { DocumentDescription: describe(stored, versionOf(stored, "$LATEST")) };
    },
    update(body) {
      const request = parse(updateRequest, body);
      const stored = find(request.Name);
      const latest = versionOf(stored, "$LATEST");
      const asked = request.DocumentVersion === undefined ? latest : versionOf(stored, request.DocumentVersion);
      if (asked.number !== latest.number)
        throw new ApiError("InvalidDocumentVersion", `Only the latest version, ${latest.number}, can be updated.`);
      if (latest.version.content === request.Content) {
        throw new ApiError("DuplicateDocumentContent", `The content is that of version ${latest.number}.`);
      }
      stored.versions.push(read(request));
      return { DocumentDescription: describe(stored, versionOf(stored, "$LATEST")) };
    },
    updateDefault(body) {
      const request = parse(defaultRequest, body);
      const stored = find(request.Name);
      stored.defaultVersion = versionOf(stored, request.DocumentVersion).number;
      return { Description: { Name: stored.name, DefaultVersion: String(stored.defaultVersion) } };
    },
    get(body) {
      const request = parse(getRequest, body);
      const stored = find(request.Name);
      const found = versionOf(stored, request.DocumentVersion ?? "$DEFAULT");
      return {
        Name: stored.name,
        CreatedDate: epochSeconds(found.version.createdMs),
        DocumentVersion: String(found.number),
        Status: "Active",
        Content: converted(found.version, request.DocumentFormat),
        DocumentType: "Automation",
        DocumentFormat: request.DocumentFormat,
      };
    },
    describe(body) {
      const request = parse(describeRequest, body);
      const stored = find(request.Name);
      return { Document: describe(stored, versionOf(stored, request.DocumentVersion ?? "$DEFAULT")) };
    },
    list: (body) => list([...documents.values()], body),
    delete(body) {
      documents.delete(find(parse(deleteRequest, body).Name).name);
      return {};
    },
    tagged: (documentName) => documents.get(documentName) ?? null,
    toRun(nameOrArn, wanted) {
      const stored = documents.get(lastPart(nameOrArn));
      if (stored === undefined) {
        throw new ApiError("AutomationDefinitionNotFoundException", `There is no document ${nameOrArn}.`);
      }
      const { number, version: found } = versionOf(stored, wanted, "AutomationDefinitionVersionNotFoundException");
      return { document: found.document, name: stored.name, version: String(number) };
    },
  };
}

function list(documents: readonly Stored[], body: JsonObject): JsonObject {
  const request = parse(listRequest, body);
  const wanted = documents.filter((stored) => (request.Filters ?? []).every((filter) => matches(stored, filter)));
  const identifiers = wanted.map((stored) => identify(stored, versionOf(stored, "$DEFAULT")));
  const { items, nextToken } = page(
    identifiers,
    { maxResults: request.MaxResults ?? null, nextToken: request.NextToken ?? null },
    ssmPages,
  );
  return { DocumentIdentifiers: items, ...(nextToken === null ? {} : { NextToken: nextToken }) };
}

/** An ARN ends in the name. */
const lastPart = (nameOrArn: string): string => nameOrArn.split("/").at(-1) ?? nameOrArn;

function versionOf(stored: Stored, wanted: string, code = "InvalidDocumentVersion"): Located {
  const found = locate(stored, wanted);
  if (found === null) throw new ApiError(code, `The document ${stored.name} has no version ${wanted}.`);
  return found;
}

function read({ Content: text, DocumentFormat: as }: { Content: string; DocumentFormat: DocumentFormat }): Version {
  return { content: text, format: as, document: readDocument(text, as), createdMs: Date.now() };
}
