/** One call of an AWS API inside the lab, as `aws:executeAwsApi` makes it: parameters in, the part of AWS's answer that runbooks select out. */
import { ApiError, isObject, type JsonObject } from "../wire.ts";

/** `region` is the one the automation runs in: what a name without an ARN means. */
export type ApiCall = (parameters: JsonObject, region: string) => Promise<JsonObject>;
/** By "service:Api", e.g. "rds:PromoteReadReplica". */
export type ApiCalls = Readonly<Record<string, ApiCall>>;

const invalid = (message: string): ApiError => new ApiError("ValidationException", message);

/** A parameter that the lab would ignore is refused: what a runbook asks for happens, or it fails. */
export function only(parameters: JsonObject, ...names: readonly string[]): void {
  for (const name of Object.keys(parameters)) {
    if (!names.includes(name))
      throw invalid(`the lab does not know the parameter ${name}; it knows ${names.join(", ")}`);
  }
}

export function requiredText(parameters: JsonObject, name: string): string {
  const value = parameters[name];
  if (typeof value !== "string" || value === "") throw invalid(`${name} must be a text that is not empty`);
  return value;
}

export function optionalText(parameters: JsonObject, name: string): string | null {
  return parameters[name] === undefined ? null : requiredText(parameters, name);
}

export function optionalFlag(parameters: JsonObject, name: string): boolean {
  const value = parameters[name];
  if (value === undefined || value === false || value === "false") return false;
  if (value === true || value === "true") return true;
  throw invalid(`${name} must be true or false`);
}

/** A parameter of an automation arrives as text, so a whole number may come as either. */
export function requiredCount(parameters: JsonObject, name: string): number {
  const value = parameters[name];
  const count = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof count !== "number" || !Number.isInteger(count) || count < 0)
    throw invalid(`${name} must be a whole number, 0 or more`);
  return count;
}

export function requiredTexts(parameters: JsonObject, name: string): readonly string[] {
  const value = parameters[name];
  if (!Array.isArray(value) || value.length === 0 || !value.every((item) => typeof item === "string")) {
    throw invalid(`${name} must be a list of texts`);
  }
  return value;
}

export function requiredObjects(parameters: JsonObject, name: string): readonly JsonObject[] {
  const value = parameters[name];
  if (!Array.isArray(value) || value.length === 0 || !value.every(isObject))
    throw invalid(`${name} must be a list of objects`);
  return value;
}

/** `arn:aws:rds:eu-west-1:000000000000:db:payments-euw1` and `payments-euw1` name the same thing. */
export const lastOfArn = (name: string): string =>
  name.startsWith("arn:") ? (name.split(/[:/]/).at(-1) ?? name) : name;
