/**
 * What both wire protocols need: a typed error that becomes an AWS error answer, one bounded reading of a request's body,
 * and the service and Region that a SigV4 credential scope names. Signatures are not checked: the lab listens on loopback only.
 */
import { createHash, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

export const accountId = "000000000000";
export const defaultRegion = "us-east-1";

export type JsonObject = Record<string, unknown>;

/** An error that a client of the API sees by its code; anything else that is thrown becomes a 500. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = "ApiError";
    this.code = code;
    this.status = status;
  }
}

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: JsonObject;
  readonly region: string;
}

const bodyBytesMax = 1 << 20;

/** The body as a JSON object; an empty body is an empty object. */
export async function readJson(request: IncomingMessage): Promise<JsonObject> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyBytesMax)
      throw new ApiError("RequestEntityTooLargeException", "The body is larger than 1 MiB.", 413);
    chunks.push(chunk);
  }
  if (bytes === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw new ApiError("SerializationException", "The body is not JSON.");
  }
  if (!isObject(value)) throw new ApiError("SerializationException", "The body is not a JSON object.");
  return value;
}

/** `AWS4-HMAC-SHA256 Credential=AKID/20261120/us-east-1/fis/aws4_request, …` → { region, service }. */
export function credentialScope(headers: IncomingMessage["headers"]): { region: string; service: string } | null {
  const match = /Credential=[^/,\s]*\/\d{8}\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request/.exec(
    headers.authorization ?? "",
  );
  if (match === null) return null;
  return { region: match[1] ?? defaultRegion, service: match[2] ?? "" };
}

export function answerJson(response: ServerResponse, status: number, contentType: string, body: JsonObject): void {
  answer(response, status, { "content-type": contentType }, body);
}

/** rest-json names the error in a header, awsJson1.1 in the body's `__type`; both are sent, so that each client finds its own. */
export function answerError(response: ServerResponse, contentType: string, error: unknown): void {
  const known = error instanceof ApiError;
  const code = known ? error.code : "InternalServerError";
  const message = error instanceof Error ? error.message : String(error);
  const headers = { "content-type": contentType, "x-amzn-errortype": code };
  answer(response, known ? error.status : 500, headers, { __type: code, code, message, Message: message });
}

function answer(response: ServerResponse, status: number, headers: Record<string, string>, body: JsonObject): void {
  if (response.headersSent || response.destroyed) return;
  const text = JSON.stringify(body);
  response.writeHead(status, {
    ...headers,
    "content-length": Buffer.byteLength(text),
    "x-amzn-requestid": randomUUID(),
  });
  response.end(text);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Timestamps on both wires are epoch seconds as JSON numbers, with milliseconds as the fraction. */
export const epochSeconds = (ms: number): number => ms / 1000;

/** The same for two bodies that say the same, whatever the order of their members: what "same request" means for an idempotency token. */
export function fingerprint(value: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(sorted(value)))
    .digest("hex");
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}
