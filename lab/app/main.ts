/**
 * One app task of the payments service: a process that serves docs/system-contract.md for its Region from the Region's database, and
 * works off the outbox. It is told by the lab whether its Region's flow is open and where its database is.
 */
import { serve } from "@hono/node-server";
import type { Address } from "../layout.ts";
import type { RegionName } from "../machinery.ts";
import { inside } from "../supervision/inside.ts";
import { Ledger } from "./ledger.ts";
import { startOutboxWorker } from "./outbox.ts";
import { routes } from "./routes.ts";

export interface TaskConfiguration {
  readonly region: RegionName;
  readonly task: string;
  readonly listen: Address;
  readonly database: Address;
  readonly password: string;
  readonly flow: "open" | "closed";
}
export type TaskOrder = { readonly flow: "open" | "closed" } | { readonly database: Address };

inside(async (given) => {
  const configuration = given as TaskConfiguration;
  const { region, task, listen, password } = configuration;
  const ledger = new Ledger({ address: configuration.database, password });
  let flow = configuration.flow;
  const app = routes({ region, ledger, flow: () => flow });
  await new Promise<void>((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: listen.host, port: listen.port }, () => resolve());
    server.once("error", reject);
  });
  startOutboxWorker({ ledger, worker: `${region}/${task}`, flow: () => flow });
  return (message) => {
    const order = message as TaskOrder;
    if ("flow" in order) flow = order.flow;
    else ledger.moveTo(order.database);
  };
});
