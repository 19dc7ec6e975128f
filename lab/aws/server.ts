/**
 * The lab's control plane: one port that speaks AWS FIS (rest-json) and SSM Automation (awsJson1.1) to the unmodified SDK and CLI, and does
 * what it is told through the Machinery. `extraRoutes` is asked first: the lab's own paths (/lab/events, /alarms, …) live there.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Machinery } from "../machinery.ts";
import { createFisService } from "./fis/service.ts";
import { createLinkHolds } from "./fis/link-holds.ts";
import { createSsmService } from "./ssm/service.ts";
import { answerError, answerJson, ApiError, credentialScope, defaultRegion, readJson } from "./wire.ts";

export interface ControlPlaneOptions {
  readonly machinery: Machinery;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Resolves true when it has answered. */
  readonly extraRoutes?: (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;
  /** FIS takes no action shorter than a minute; a drill on a laptop needs shorter ones. 60000 is FIS's own. */
  readonly minimumDurationMs?: number;
  /** How often stop conditions' alarms and awaited properties are looked at. */
  readonly pollMs?: number;
  /** SSM's requests per second, off by default. */
  readonly enforceRates?: boolean;
  /** For COUNT(n) and PERCENT(n). */
  readonly random?: () => number;
}

const restJson = "application/json";
const awsJson = "application/x-amz-json-1.1";
const ssmTarget = "AmazonSSM.";

export async function startControlPlane(
  options: ControlPlaneOptions,
): Promise<AsyncDisposable & { readonly url: string }> {
  const {
    machinery,
    extraRoutes,
    minimumDurationMs = 1_000,
    pollMs = 200,
    enforceRates = false,
    random = Math.random,
  } = options;
  const closing = new AbortController();
  const holds = createLinkHolds(machinery);
  const fis = createFisService(
    { machinery, holds, random, alarmPollMs: pollMs, closing: closing.signal },
    minimumDurationMs,
  );
  const ssm = createSsmService({ machinery, pollMs, enforceRates, closing: closing.signal });

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if ((await extraRoutes?.(request, response)) === true) return;
    const target = request.headers["x-amz-target"];
    const scope = credentialScope(request.headers);
    const region = scope?.region ?? defaultRegion;
    const contentType = target === undefined ? restJson : awsJson;
    try {
      if (typeof target === "string") {
        if (!target.startsWith(ssmTarget))
          throw new ApiError("UnknownOperationException", `The lab does not have ${target}.`);
        const answer = await ssm.handle(target.slice(ssmTarget.length), await readJson(request), region);
        answerJson(response, 200, awsJson, answer);
        return;
      }
      const url = new URL(request.url ?? "/", "http://lab");
      const { headers, method = "GET" } = request;
      const refused = new ApiError(
        "UnknownOperationException",
        unknown(scope?.service ?? "fis", method, url.pathname),
        404,
      );
      // Before the body is read: the other services' bodies are not JSON.
      if (scope !== null && scope.service !== "fis") throw refused;
      const body = await readJson(request);
      const answer = fis.handle({ method, path: url.pathname, query: url.searchParams, headers, body, region });
      if (answer === null) throw refused;
      answerJson(response, 200, restJson, answer);
    } catch (error) {
      if (!(error instanceof ApiError)) machinery.record("control-plane.error", { message: String(error) });
      answerError(response, contentType, error);
    }
  };

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => answerError(response, restJson, error));
  });
  const port = await listen(server, options);
  return {
    url: `http://${options.host}:${port}`,
    async [Symbol.asyncDispose]() {
      closing.abort();
      // Even when one of them does not end in time the port must be given back.
      const ended = await Promise.allSettled([fis.close(), ssm.close()]);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      for (const outcome of ended) if (outcome.status === "rejected") throw outcome.reason;
    },
  };
}

const unknown = (service: string, method: string, path: string): string =>
  service === "fis"
    ? `No operation of FIS is ${method} ${path}.`
    : `The lab speaks FIS and SSM, not ${service}; a runbook reaches what else it has with aws:executeAwsApi.`;

function listen(server: Server, { host, port }: { readonly host: string; readonly port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
