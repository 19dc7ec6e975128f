/** One HTTP request on a fresh connection, to the address that the environment's DNS gives now: what a new customer would meet. */
import { request } from "node:http";
import { request as secureRequest } from "node:https";
import { isIP } from "node:net";
import type { ProbeContext } from "../model/probe.ts";

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly ip: string;
}

const bodyLimitBytes = 1 << 20;

export async function httpRequest(
  context: Pick<ProbeContext, "resolve" | "signal">,
  url: string,
  options: { readonly method?: string; readonly body?: string } = {},
): Promise<HttpAnswer> {
  const target = new URL(url);
  const ip = isIP(target.hostname) ? target.hostname : (await context.resolve(target.hostname)).address;
  const secure = target.protocol === "https:";
  return await new Promise((resolve, reject) => {
    const outgoing = (secure ? secureRequest : request)({
      host: ip,
      port: target.port || (secure ? 443 : 80),
      path: target.pathname + target.search,
      method: options.method ?? "GET",
      // A pooled connection would go on reaching the old Region after the name has moved.
      agent: false,
      signal: context.signal,
      headers: {
        host: target.host,
        ...(options.body === undefined
          ? {}
          : { "content-type": "application/json", "content-length": Buffer.byteLength(options.body) }),
      },
      ...(secure ? { servername: target.hostname } : {}),
    });
    outgoing.once("error", reject);
    outgoing.once("response", (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        body += chunk;
        if (body.length > bodyLimitBytes) response.destroy(new Error(`answer longer than ${bodyLimitBytes} bytes`));
      });
      response.once("error", reject);
      response.once("end", () => {
        const headers = Object.fromEntries(
          Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
        );
        resolve({ status: response.statusCode ?? 0, headers, body, ip });
      });
    });
    outgoing.end(options.body);
  });
}

/** Region and epoch from the headers that docs/system-contract.md names. */
export function served(answer: HttpAnswer): { region?: string; epoch?: number } {
  const region = answer.headers["x-region"];
  const epoch = Number(answer.headers["x-epoch"]);
  return { ...(region === undefined ? {} : { region }), ...(Number.isInteger(epoch) && epoch > 0 ? { epoch } : {}) };
}
