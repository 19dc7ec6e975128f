/** The routes that are the lab's own, beside the AWS protocols on the same port: truth and status for tests, alarms and replication for anyone. */
import type { IncomingMessage, ServerResponse } from "node:http";

export interface ControlRoutes {
  readonly events: () => readonly object[];
  readonly status: () => Promise<object>;
  readonly alarms: () => readonly object[];
  readonly replication: () => Promise<object>;
}

export type ExtraRoutes = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

const json = (response: ServerResponse, value: object): void => {
  response
    .writeHead(200, { "content-type": "application/json", "cache-control": "no-store" })
    .end(JSON.stringify(value));
};

/** Answers what is its own and says so; leaves everything else untouched. */
export function extraRoutes(routes: ControlRoutes): ExtraRoutes {
  return async (request, response) => {
    if (request.method !== "GET") return false;
    const path = (request.url ?? "").split("?")[0];
    switch (path) {
      case "/alarms":
        json(response, { alarms: routes.alarms() });
        return true;
      case "/replication":
        json(response, await routes.replication());
        return true;
      case "/lab/status":
        json(response, await routes.status());
        return true;
      case "/lab/events":
        response.writeHead(200, { "content-type": "application/x-ndjson", "cache-control": "no-store" });
        response.end(
          routes
            .events()
            .map((event) => `${JSON.stringify(event)}\n`)
            .join(""),
        );
        return true;
      default:
        return false;
    }
  };
}
