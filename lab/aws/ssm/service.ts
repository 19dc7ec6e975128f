/** AWS Systems Manager, awsJson1.1: the operations of Automation, its documents and Parameter Store, by X-Amz-Target. */
import { z } from "zod";
import { createLocalApis } from "../apis/local-apis.ts";
import type { Machinery } from "../../machinery.ts";
import { ApiError, type JsonObject } from "../wire.ts";
import { createDocuments } from "./documents.ts";
import { createExecutions } from "./executions.ts";
import { createParameterStore } from "./parameter-store.ts";
import { createRates } from "./rates.ts";
import { parse, tagList, tagsOf, toTagList } from "./requests.ts";

export interface SsmService {
  handle(operation: string, body: JsonObject, region: string): Promise<JsonObject>;
  close(): Promise<void>;
}

export interface SsmOptions {
  readonly machinery: Machinery;
  readonly pollMs: number;
  /** Answer ThrottlingException above AWS's requests per second. */
  readonly enforceRates: boolean;
  readonly closing: AbortSignal;
}

type Operation = (body: JsonObject, region: string) => JsonObject | Promise<JsonObject>;

const resource = { ResourceType: z.enum(["Document", "Automation"]), ResourceId: z.string() };

export function createSsmService({ machinery, pollMs, enforceRates, closing }: SsmOptions): SsmService {
  const parameters = createParameterStore(machinery);
  const documents = createDocuments();
  const executions = createExecutions(documents, {
    machinery,
    apis: createLocalApis(machinery, parameters),
    pollMs,
    closing,
  });
  const rates = enforceRates ? createRates() : null;

  const tagged = (type: "Document" | "Automation", id: string): { tags: Readonly<Record<string, string>> } => {
    const found = type === "Document" ? documents.tagged(id) : executions.find(id);
    if (found === null) throw new ApiError("InvalidResourceId", `There is no ${type} ${id}.`);
    return found;
  };

  const operations: Readonly<Record<string, Operation>> = {
    CreateDocument: (body) => documents.create(body),
    UpdateDocument: (body) => documents.update(body),
    UpdateDocumentDefaultVersion: (body) => documents.updateDefault(body),
    GetDocument: (body) => documents.get(body),
    DescribeDocument: (body) => documents.describe(body),
    ListDocuments: (body) => documents.list(body),
    DeleteDocument: (body) => documents.delete(body),
    StartAutomationExecution: (body, region) => executions.start(body, region),
    GetAutomationExecution: (body) => executions.get(body),
    DescribeAutomationExecutions: (body) => executions.describe(body),
    DescribeAutomationStepExecutions: (body) => executions.describeSteps(body),
    StopAutomationExecution: (body) => executions.stop(body),
    SendAutomationSignal: (body) => executions.signal(body),
    GetParameter: (body) => parameters.get(body),
    PutParameter: (body) => parameters.put(body),
    ListTagsForResource(body) {
      const request = parse(z.strictObject(resource), body);
      return { TagList: toTagList(tagged(request.ResourceType, request.ResourceId).tags) };
    },
    AddTagsToResource(body) {
      const request = parse(z.strictObject({ ...resource, Tags: tagList }), body);
      const found = tagged(request.ResourceType, request.ResourceId);
      found.tags = { ...found.tags, ...tagsOf(request.Tags) };
      return {};
    },
    RemoveTagsFromResource(body) {
      const request = parse(z.strictObject({ ...resource, TagKeys: z.array(z.string()) }), body);
      const found = tagged(request.ResourceType, request.ResourceId);
      found.tags = Object.fromEntries(Object.entries(found.tags).filter(([key]) => !request.TagKeys.includes(key)));
      return {};
    },
  };

  return {
    async handle(name, body, region) {
      const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
      if (operation === undefined)
        throw new ApiError("UnknownOperationException", `The lab does not have the SSM operation ${name}.`);
      rates?.take(name);
      return operation(body, region);
    },
    close: () => executions.close(),
  };
}
