/** Every AWS API call that the lab can do on behalf of a runbook, by service and name; the others fail and say which there are. */
import type { Machinery } from "../../machinery.ts";
import type { ParameterStore } from "../ssm/parameter-store.ts";
import { ApiError, type JsonObject } from "../wire.ts";
import type { ApiCalls } from "./call.ts";
import { instanceCalls, serviceCalls } from "./compute.ts";
import { databaseCalls } from "./databases.ts";
import { createOperations } from "./operations.ts";
import { functionCalls, routingCalls } from "./routing.ts";

export interface LocalApis {
  call(
    name: { readonly service: string; readonly api: string },
    parameters: JsonObject,
    region: string,
  ): Promise<JsonObject>;
}

export function createLocalApis(machinery: Machinery, parameters: ParameterStore): LocalApis {
  const operations = createOperations((event, detail) => machinery.record(event, detail));
  const calls: ApiCalls = {
    ...databaseCalls(machinery, operations),
    ...instanceCalls(machinery, operations),
    ...serviceCalls(machinery, operations),
    ...routingCalls(machinery),
    ...functionCalls(machinery),
    "ssm:GetParameter": async (request) => parameters.get(request),
    "ssm:PutParameter": (request) => parameters.put(request),
  };
  return {
    async call({ service, api }, request, region) {
      const call = Object.hasOwn(calls, `${service}:${api}`) ? calls[`${service}:${api}`] : undefined;
      if (call !== undefined) return call(request, region);
      const known = Object.keys(calls).filter((name) => name.startsWith(`${service}:`));
      const instead = known.length > 0 ? `it has ${known.join(", ")}` : `it has ${services(calls).join(", ")}`;
      throw new ApiError("UnsupportedOperation", `no local driver for ${service}:${api}; ${instead}`);
    },
  };
}

const services = (calls: ApiCalls): readonly string[] => [
  ...new Set(Object.keys(calls).map((name) => name.split(":")[0] ?? name)),
];
