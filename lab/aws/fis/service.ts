/**
 * AWS FIS, API 2020-12-01, rest-json: the 26 operations by method and path. The lab is one account: target account configurations
 * cannot be made, so the lists of them are empty and each single one is not found.
 */
import { ApiError, type ApiRequest, type JsonObject } from "../wire.ts";
import { fisPages, page } from "../paging.ts";
import { actionCatalog, actionDefinition, type ActionDefinition } from "./catalog.ts";
import { createExperiments, describeExperiment, summarizeExperiment } from "./experiments.ts";
import type { ExperimentWorld } from "./experiment.ts";
import { resourceTypeOf, resourceTypes } from "./resource-types.ts";
import { tagOperations } from "./tags.ts";
import { createTemplates, describeTemplate, summarizeTemplate } from "./templates.ts";

export interface FisService {
  /** null: no FIS operation has this method and path. */
  handle(request: ApiRequest): JsonObject | null;
  close(): Promise<void>;
}

type Operation = (request: ApiRequest, ids: readonly string[]) => JsonObject;
/** Method, path with `*` for an id that has no slash and `**` for the rest of the path, operation. */
type Route = readonly [method: string, path: string, operation: Operation];

export function createFisService(world: ExperimentWorld, minimumDurationMs: number): FisService {
  const templates = createTemplates(minimumDurationMs);
  const experiments = createExperiments(templates, world);
  const compiled = [
    ...templateRoutes(templates),
    ...experimentRoutes(experiments),
    ...accountRoutes(templates, experiments),
    ...catalogRoutes(),
    ...tagOperations(templates, experiments),
  ].map(([method, path, operation]) => ({ method, operation, pattern: patternOf(path) }));

  return {
    handle(request) {
      for (const { method, pattern, operation } of compiled) {
        if (method !== request.method) continue;
        const match = pattern.exec(request.path);
        if (match !== null) return operation(request, match.slice(1).map(decode));
      }
      return null;
    },
    close: () => experiments.close(),
  };
}

const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll("**", "\0").replaceAll("*", "([^/]+)").replaceAll("\0", "(.+)")}/?$`);

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ApiError("ValidationException", `"${text}" is not a properly encoded part of a path`);
  }
}

function templateRoutes(templates: ReturnType<typeof createTemplates>): readonly Route[] {
  const one = "/experimentTemplates/*";
  return [
    [
      "POST",
      "/experimentTemplates",
      ({ body, region }) => ({ experimentTemplate: describeTemplate(templates.create(body, region)) }),
    ],
    [
      "GET",
      "/experimentTemplates",
      ({ query }) => listed("experimentTemplates", templates.all().map(summarizeTemplate), query),
    ],
    ["GET", one, (_request, [id = ""]) => ({ experimentTemplate: describeTemplate(templates.get(id)) })],
    ["PATCH", one, ({ body }, [id = ""]) => ({ experimentTemplate: describeTemplate(templates.update(id, body)) })],
    ["DELETE", one, (_request, [id = ""]) => ({ experimentTemplate: describeTemplate(templates.delete(id)) })],
  ];
}

function experimentRoutes(experiments: ReturnType<typeof createExperiments>): readonly Route[] {
  const checkLever = (id: string): void => {
    if (id !== "default")
      throw new ApiError("ResourceNotFoundException", `There is no safety lever ${id}; it is called default.`, 404);
  };
  return [
    [
      "POST",
      "/experiments",
      ({ body, region }) => ({ experiment: describeExperiment(experiments.start(body, region)) }),
    ],
    [
      "GET",
      "/experiments",
      ({ query }) => {
        const templateId = query.get("experimentTemplateId");
        const wanted = experiments
          .all()
          .filter((experiment) => templateId === null || experiment.templateId === templateId);
        return listed("experiments", wanted.map(summarizeExperiment), query);
      },
    ],
    ["GET", "/experiments/*", (_request, [id = ""]) => ({ experiment: describeExperiment(experiments.get(id)) })],
    ["DELETE", "/experiments/*", (_request, [id = ""]) => ({ experiment: describeExperiment(experiments.stop(id)) })],
    [
      "GET",
      "/experiments/*/resolvedTargets",
      ({ query }, [id = ""]) => {
        const targetName = query.get("targetName");
        const resolved = [...experiments.get(id).resolved]
          .filter(([name]) => targetName === null || name === targetName)
          .flatMap(([name, resources]) =>
            resources.map(({ arn, resourceType }) => ({ resourceType, targetName: name, targetInformation: { arn } })),
          );
        return listed("resolvedTargets", resolved, query);
      },
    ],
    [
      "GET",
      "/safetyLevers/*",
      ({ region }, [id = ""]) => {
        checkLever(id);
        return experiments.safetyLever(region);
      },
    ],
    [
      "PATCH",
      "/safetyLevers/*/state",
      ({ body, region }, [id = ""]) => {
        checkLever(id);
        return experiments.updateSafetyLever(body, region);
      },
    ],
  ];
}

function accountRoutes(
  templates: ReturnType<typeof createTemplates>,
  experiments: ReturnType<typeof createExperiments>,
): readonly Route[] {
  const ofTemplate = "/experimentTemplates/*/targetAccountConfigurations";
  const ofExperiment = "/experiments/*/targetAccountConfigurations";
  const notFound = (account: string): ApiError =>
    new ApiError(
      "ResourceNotFoundException",
      `There is no target account configuration for ${account}: the lab is a single account.`,
      404,
    );
  const missing =
    (find: (id: string) => unknown): Operation =>
    (_request, [id = "", account = ""]) => {
      find(id);
      throw notFound(account);
    };
  const none =
    (find: (id: string) => unknown): Operation =>
    ({ query }, [id = ""]) => {
      find(id);
      return listed("targetAccountConfigurations", [], query);
    };
  return [
    ["GET", ofTemplate, none(templates.get)],
    ["GET", ofExperiment, none(experiments.get)],
    [
      "POST",
      `${ofTemplate}/*`,
      (_request, [id = ""]) => {
        templates.get(id);
        throw new ApiError(
          "ValidationException",
          `Template ${id} has accountTargeting single-account, and the lab is a single account.`,
        );
      },
    ],
    ["GET", `${ofTemplate}/*`, missing(templates.get)],
    ["PATCH", `${ofTemplate}/*`, missing(templates.get)],
    ["DELETE", `${ofTemplate}/*`, missing(templates.get)],
    ["GET", `${ofExperiment}/*`, missing(experiments.get)],
  ];
}

function catalogRoutes(): readonly Route[] {
  const summary = (definition: ActionDefinition, region: string): JsonObject => ({
    id: definition.id,
    arn: `arn:aws:fis:${region}::action/${definition.id}`,
    description: definition.description,
    targets: Object.fromEntries(
      Object.entries(definition.targets).map(([slot, resourceType]) => [slot, { resourceType }]),
    ),
    tags: {},
  });
  return [
    // Summaries carry no parameters: only GetAction does.
    [
      "GET",
      "/actions",
      ({ query, region }) =>
        listed(
          "actions",
          actionCatalog.map((definition) => summary(definition, region)),
          query,
        ),
    ],
    [
      "GET",
      "/actions/*",
      ({ region }, [id = ""]) => {
        const definition = actionDefinition(id);
        if (definition === null) throw new ApiError("ResourceNotFoundException", `There is no action ${id}.`, 404);
        const parameters = Object.entries(definition.parameters).map(([name, { description, required }]) => [
          name,
          { description, required },
        ]);
        return { action: { ...summary(definition, region), parameters: Object.fromEntries(parameters) } };
      },
    ],
    [
      "GET",
      "/targetResourceTypes",
      ({ query }) =>
        listed(
          "targetResourceTypes",
          resourceTypes.map(({ resourceType, description }) => ({ resourceType, description })),
          query,
        ),
    ],
    [
      "GET",
      "/targetResourceTypes/*",
      (_request, [name = ""]) => {
        const targetResourceType = resourceTypeOf(name);
        if (targetResourceType === null)
          throw new ApiError("ResourceNotFoundException", `There is no resource type ${name}.`, 404);
        return { targetResourceType };
      },
    ],
  ];
}

function listed(member: string, items: readonly JsonObject[], query: URLSearchParams): JsonObject {
  const maxResults = query.get("maxResults");
  const asked = { maxResults: maxResults === null ? null : Number(maxResults), nextToken: query.get("nextToken") };
  const { items: found, nextToken } = page(items, asked, fisPages);
  return { [member]: found, ...(nextToken === null ? {} : { nextToken }) };
}
