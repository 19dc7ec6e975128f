/** Tags of templates and experiments, by ARN. */
import { ApiError, type ApiRequest, type JsonObject } from "../wire.ts";
import type { Experiments } from "./experiments.ts";
import { parseRequest, tagResourceRequest } from "./template-schema.ts";
import type { Templates } from "./templates.ts";

interface Tagged {
  readonly arn: string;
  tags: Readonly<Record<string, string>>;
}

const tagsMax = 50;

type Operation = (request: ApiRequest, ids: readonly string[]) => JsonObject;

export function tagOperations(
  templates: Templates,
  experiments: Experiments,
): readonly (readonly [method: string, path: string, operation: Operation])[] {
  const find = (arn: string): Tagged => {
    const all: readonly Tagged[] = [...templates.all(), ...experiments.all()];
    const found = all.find((candidate) => candidate.arn === arn);
    if (found === undefined) throw new ApiError("ResourceNotFoundException", `There is no resource ${arn}.`, 404);
    return found;
  };
  return [
    ["GET", "/tags/**", (_request, [arn = ""]) => ({ tags: find(arn).tags })],
    [
      "POST",
      "/tags/**",
      ({ body }, [arn = ""]) => {
        const tagged = find(arn);
        const tags = { ...tagged.tags, ...parseRequest(tagResourceRequest, body).tags };
        if (Object.keys(tags).length > tagsMax)
          throw new ApiError("ValidationException", `tags: there can be at most ${tagsMax} tags`);
        tagged.tags = tags;
        return {};
      },
    ],
    [
      "DELETE",
      "/tags/**",
      ({ query }, [arn = ""]) => {
        const tagged = find(arn);
        const gone = query.getAll("tagKeys");
        tagged.tags = Object.fromEntries(Object.entries(tagged.tags).filter(([key]) => !gone.includes(key)));
        return {};
      },
    ],
  ];
}
