/** Pages of a list that is held in memory: the token is the offset, so a list that shrinks meanwhile may skip, as AWS's may. */
import { ApiError } from "./wire.ts";

export interface PageRequest {
  readonly maxResults: number | null;
  readonly nextToken: string | null;
}

export interface PageLimits {
  readonly maxResults: number;
  /** Code of the error for a bad token or size: FIS and SSM name it differently. */
  readonly invalidToken: string;
  readonly invalidSize: string;
}

export const fisPages: PageLimits = {
  maxResults: 100,
  invalidToken: "ValidationException",
  invalidSize: "ValidationException",
};
export const ssmPages: PageLimits = {
  maxResults: 50,
  invalidToken: "InvalidNextToken",
  invalidSize: "ValidationException",
};

export function page<Item>(
  items: readonly Item[],
  request: PageRequest,
  limits: PageLimits,
): { readonly items: readonly Item[]; readonly nextToken: string | null } {
  const size = request.maxResults ?? limits.maxResults;
  if (!Number.isInteger(size) || size < 1 || size > limits.maxResults) {
    throw new ApiError(
      limits.invalidSize,
      `maxResults is ${size}; it must be a whole number from 1 to ${limits.maxResults}.`,
    );
  }
  const start = request.nextToken === null ? 0 : offsetOf(request.nextToken, limits);
  const end = start + size;
  return { items: items.slice(start, end), nextToken: end < items.length ? tokenOf(end) : null };
}

const prefix = "offset:";
const tokenOf = (offset: number): string => Buffer.from(`${prefix}${offset}`).toString("base64url");

function offsetOf(token: string, limits: PageLimits): number {
  const text = Buffer.from(token, "base64url").toString("utf8");
  const offset = text.startsWith(prefix) ? Number(text.slice(prefix.length)) : Number.NaN;
  if (!Number.isInteger(offset) || offset < 0)
    throw new ApiError(limits.invalidToken, "nextToken is not one that this API gave.");
  return offset;
}
