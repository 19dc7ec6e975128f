/** SSM Parameter Store: any parameter is kept in memory; `/payments/<region>/flow` is the valve of that Region and really opens and closes it. */
import type { Machinery, RegionName } from "../../machinery.ts";
import { only, optionalFlag, optionalText, requiredText } from "../apis/call.ts";
import { accountId, ApiError, defaultRegion, epochSeconds, type JsonObject } from "../wire.ts";

export interface ParameterStore {
  get(request: JsonObject): JsonObject;
  put(request: JsonObject): Promise<JsonObject>;
}

interface Parameter {
  readonly value: string;
  readonly type: string;
  readonly version: number;
  readonly lastModifiedMs: number;
}

const types = ["String", "StringList", "SecureString"];
const valves: Readonly<Record<string, RegionName>> = {
  "/payments/us-east-1/flow": "us-east-1",
  "/payments/eu-west-1/flow": "eu-west-1",
};
const valveOf = (name: string): RegionName | null => (Object.hasOwn(valves, name) ? (valves[name] ?? null) : null);

export function createParameterStore(machinery: Machinery): ParameterStore {
  const startedMs = Date.now();
  const parameters = new Map<string, Parameter>(
    Object.keys(valves).map((name) => [name, { value: "", type: "String", version: 1, lastModifiedMs: startedMs }]),
  );
  /** The valve itself knows how it stands; what was last put is not the truth. */
  const current = (name: string): string | undefined => {
    const region = valveOf(name);
    return region === null ? parameters.get(name)?.value : machinery.flow(region);
  };

  return {
    get(request) {
      only(request, "Name", "WithDecryption");
      const name = requiredText(request, "Name");
      const parameter = parameters.get(name);
      const value = current(name);
      if (parameter === undefined || value === undefined)
        throw new ApiError("ParameterNotFound", `There is no parameter ${name}.`);
      return {
        Parameter: {
          Name: name,
          Type: parameter.type,
          Value: value,
          Version: parameter.version,
          LastModifiedDate: epochSeconds(parameter.lastModifiedMs),
          ARN: `arn:aws:ssm:${valveOf(name) ?? defaultRegion}:${accountId}:parameter${name.startsWith("/") ? "" : "/"}${name}`,
          DataType: "text",
        },
      };
    },
    async put(request) {
      only(request, "Name", "Value", "Type", "Overwrite", "Description", "Tier", "DataType");
      const name = requiredText(request, "Name");
      const value = requiredText(request, "Value");
      const known = parameters.get(name);
      const type = optionalText(request, "Type") ?? known?.type ?? "String";
      if (!types.includes(type))
        throw new ApiError("UnsupportedParameterType", `"${type}" is none of ${types.join(", ")}.`);
      if (known !== undefined && !optionalFlag(request, "Overwrite")) {
        throw new ApiError(
          "ParameterAlreadyExists",
          `The parameter ${name} exists; to change it, set Overwrite to true.`,
        );
      }
      const region = valveOf(name);
      if (region !== null) {
        if (value !== "open" && value !== "closed")
          throw new ApiError("ValidationException", `${name} is either open or closed, not "${value}"`);
        await machinery.setFlow(region, value);
      }
      const version = (known?.version ?? 0) + 1;
      parameters.set(name, { value, type, version, lastModifiedMs: Date.now() });
      return { Version: version, Tier: "Standard" };
    },
  };
}
