/** ARC routing controls and Lambda as runbooks use them. */
import type { FunctionName, Machinery, RegionName } from "../../machinery.ts";
import { messageOf } from "../deadline.ts";
import { ApiError, isObject, type JsonObject } from "../wire.ts";
import { lastOfArn, only, optionalText, requiredObjects, requiredText, type ApiCalls } from "./call.ts";

const controlPrefix = "arn:aws:route53-recovery-control::000000000000:controlpanel/lab/routingcontrol/";
const regions: readonly RegionName[] = ["us-east-1", "eu-west-1"];

export function routingCalls(machinery: Machinery): ApiCalls {
  return {
    "route53-recovery-cluster:GetRoutingControlState": async (parameters) => {
      only(parameters, "RoutingControlArn");
      return control(machinery, controlRegion(requiredText(parameters, "RoutingControlArn")));
    },
    "route53-recovery-cluster:ListRoutingControls": async (parameters) => {
      only(parameters);
      return { RoutingControls: regions.map((region) => control(machinery, region)) };
    },
    "route53-recovery-cluster:UpdateRoutingControlState": async (parameters) => {
      only(parameters, "RoutingControlArn", "RoutingControlState");
      await machinery.setRoutingControls([entryOf(parameters)]);
      return {};
    },
    // All in one call: between two calls both Regions, or none, would be On.
    "route53-recovery-cluster:UpdateRoutingControlStates": async (parameters) => {
      only(parameters, "UpdateRoutingControlStateEntries");
      await machinery.setRoutingControls(requiredObjects(parameters, "UpdateRoutingControlStateEntries").map(entryOf));
      return {};
    },
  };
}

const control = (machinery: Machinery, region: RegionName): JsonObject => ({
  RoutingControlArn: controlPrefix + region,
  RoutingControlName: region,
  RoutingControlState: machinery.routingControl(region),
});

function entryOf(entry: JsonObject): { readonly region: RegionName; readonly state: "On" | "Off" } {
  const state = requiredText(entry, "RoutingControlState");
  if (state !== "On" && state !== "Off")
    throw new ApiError("ValidationException", `RoutingControlState "${state}" is neither On nor Off`);
  return { region: controlRegion(requiredText(entry, "RoutingControlArn")), state };
}

function controlRegion(arn: string): RegionName {
  const region = regions.find((name) => arn === controlPrefix + name);
  if (region === undefined) throw new ApiError("ResourceNotFoundException", `There is no routing control ${arn}.`, 404);
  return region;
}

const functionNames: readonly FunctionName[] = ["payments-reconcile", "payments-verify", "payments-salvage"];

export function functionCalls(machinery: Machinery): ApiCalls {
  return {
    /**
     * As in AWS the call succeeds when the function fails; FunctionError tells. A function fails by throwing, or by answering `ok: false`:
     * a verification that does not verify must not pass for one that does.
     */
    "lambda:Invoke": async (parameters) => {
      only(parameters, "FunctionName", "Payload", "InvocationType");
      const kind = optionalText(parameters, "InvocationType") ?? "RequestResponse";
      if (kind !== "RequestResponse")
        throw new ApiError("InvalidParameterValueException", `The lab invokes with RequestResponse, not with ${kind}.`);
      const name = functionNames.find((known) => known === lastOfArn(requiredText(parameters, "FunctionName")));
      if (name === undefined)
        throw new ApiError(
          "ResourceNotFoundException",
          `Function not found: ${String(parameters["FunctionName"])}`,
          404,
        );
      const payload = payloadOf(parameters["Payload"]);
      try {
        const answer = await machinery.invoke(name, payload);
        const failed = answer["ok"] === false ? { FunctionError: "Handled" } : {};
        return { StatusCode: 200, ...failed, Payload: JSON.stringify(answer) };
      } catch (error) {
        return {
          StatusCode: 200,
          FunctionError: "Unhandled",
          Payload: JSON.stringify({ errorMessage: messageOf(error) }),
        };
      }
    },
  };
}

function payloadOf(payload: unknown): JsonObject {
  if (payload === undefined) return {};
  if (isObject(payload)) return payload;
  try {
    const parsed: unknown = typeof payload === "string" ? JSON.parse(payload) : null;
    if (isObject(parsed)) return parsed;
  } catch {
    // Said below, together with the JSON that is no object.
  }
  throw new ApiError("InvalidRequestContentException", "Payload must be a JSON object");
}
