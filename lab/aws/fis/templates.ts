/** Experiment templates: create, read, change, delete, each checked as a whole; and the answers' shape. */
import { randomBytes } from "node:crypto";
import { accountId, ApiError, epochSeconds, fingerprint, type JsonObject } from "../wire.ts";
import { checkTemplate, type TemplateBody } from "./template-rules.ts";
import { createTemplateRequest, parseRequest, updateTemplateRequest } from "./template-schema.ts";

export interface Template {
  readonly id: string;
  readonly arn: string;
  readonly creationMs: number;
  lastUpdateMs: number;
  body: TemplateBody;
  tags: Readonly<Record<string, string>>;
}

export interface Templates {
  create(body: JsonObject, region: string): Template;
  readonly get: (id: string) => Template;
  update(id: string, body: JsonObject): Template;
  delete(id: string): Template;
  all(): readonly Template[];
}

const templatesMax = 500;

export function createTemplates(minimumDurationMs: number): Templates {
  const templates = new Map<string, Template>();
  const tokens = new Map<string, { readonly fingerprint: string; readonly id: string }>();

  const get = (id: string): Template => {
    const template = templates.get(id);
    if (template === undefined)
      throw new ApiError("ResourceNotFoundException", `There is no experiment template ${id}.`, 404);
    return template;
  };

  return {
    get,
    all: () => [...templates.values()],
    create(request, region) {
      const { clientToken, tags, ...body } = parseRequest(createTemplateRequest, request);
      const known = tokens.get(clientToken);
      if (known !== undefined) return sameRequest(known, request, () => get(known.id));
      checkTemplate(body, minimumDurationMs);
      if (templates.size >= templatesMax) {
        throw new ApiError("ServiceQuotaExceededException", `There can be ${templatesMax} experiment templates.`, 402);
      }
      const id = newId("EXT");
      const arn = `arn:aws:fis:${region}:${accountId}:experiment-template/${id}`;
      const now = Date.now();
      const template: Template = { id, arn, creationMs: now, lastUpdateMs: now, body, tags: tags ?? {} };
      templates.set(id, template);
      tokens.set(clientToken, { fingerprint: fingerprint(request), id });
      return template;
    },
    update(id, request) {
      const template = get(id);
      const { experimentOptions, ...changes } = parseRequest(updateTemplateRequest, request);
      const body = { ...template.body, ...changes } as TemplateBody;
      const changed =
        experimentOptions === undefined
          ? body
          : { ...body, experimentOptions: { ...body.experimentOptions, ...experimentOptions } };
      checkTemplate(changed, minimumDurationMs);
      template.body = changed;
      template.lastUpdateMs = Date.now();
      return template;
    },
    delete(id) {
      const template = get(id);
      templates.delete(id);
      for (const [token, known] of tokens) if (known.id === id) tokens.delete(token);
      return template;
    },
  };
}

/** The same token with the same body is the same object; with another body it is a conflict. */
export function sameRequest<Value>(
  known: { readonly fingerprint: string },
  request: JsonObject,
  value: () => Value,
): Value {
  if (known.fingerprint === fingerprint(request)) return value();
  throw new ApiError("ConflictException", "This clientToken was used for another request.", 409);
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

export function newId(prefix: "EXT" | "EXP"): string {
  return prefix + [...randomBytes(15)].map((byte) => alphabet[byte % alphabet.length]).join("");
}

export function describeTemplate(template: Template): JsonObject {
  const { experimentOptions, ...body } = template.body;
  return {
    id: template.id,
    arn: template.arn,
    ...body,
    creationTime: epochSeconds(template.creationMs),
    lastUpdateTime: epochSeconds(template.lastUpdateMs),
    tags: template.tags,
    experimentOptions: optionsOf(experimentOptions),
    targetAccountConfigurationsCount: 0,
  };
}

export function summarizeTemplate(template: Template): JsonObject {
  return {
    id: template.id,
    arn: template.arn,
    description: template.body.description,
    creationTime: epochSeconds(template.creationMs),
    lastUpdateTime: epochSeconds(template.lastUpdateMs),
    tags: template.tags,
  };
}

export const optionsOf = (options: TemplateBody["experimentOptions"]): JsonObject => ({
  accountTargeting: options?.accountTargeting ?? "single-account",
  emptyTargetResolutionMode: options?.emptyTargetResolutionMode ?? "fail",
});
