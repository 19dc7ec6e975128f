/** The machinery for real: each method of the interface, done to processes and links by the part of lab/machinery/ that owns them. */
import { customersLink, databaseAddress, databaseNames, regions } from "./layout.ts";
import type { DatabaseName, DatabaseStatus, FunctionName, Machinery, RegionName, Resource } from "./machinery.ts";
import { inventory } from "./machinery/inventory.ts";
import type { LinksControl } from "./machinery/links-control.ts";
import type { Alarm, NameService } from "./machinery/name-service.ts";
import { createReplica, switchover } from "./machinery/rebuild.ts";
import type { RebuildParts } from "./machinery/rebuild.ts";
import type { RegionService } from "./machinery/service.ts";
import type { Guardian } from "./supervision/guardian-client.ts";
import type { Detail } from "./truth.ts";

export interface Parts extends RebuildParts {
  readonly guardian: Guardian;
  readonly links: LinksControl;
  readonly names: NameService;
  readonly services: Readonly<Record<RegionName, RegionService>>;
}

type JsonObject = Readonly<Record<string, unknown>>;

function databaseNamed(value: unknown, fallback: DatabaseName): DatabaseName {
  if (value === undefined) return fallback;
  const found = databaseNames.find((name) => name === value);
  if (!found) throw new Error(`there is no database ${JSON.stringify(value)}; there are ${databaseNames.join(", ")}`);
  return found;
}

export class LiveMachinery implements Machinery {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  inventory(): readonly Resource[] {
    return inventory(this.#parts.databases.list, Object.values(this.#parts.services));
  }

  databases(): Promise<readonly DatabaseStatus[]> {
    const { databases } = this.#parts;
    return Promise.all(databases.list.map((instance) => databases.status(instance)));
  }

  async cutCustomers(region: RegionName): Promise<void> {
    await this.#parts.links.hold([customersLink(region)]);
  }

  async healCustomers(region: RegionName): Promise<void> {
    await this.#parts.links.heal([customersLink(region)]);
  }

  async cutBetween(a: RegionName, b: RegionName): Promise<void> {
    await this.#parts.links.hold(this.#parts.links.between(a, b));
  }

  async healBetween(a: RegionName, b: RegionName): Promise<void> {
    await this.#parts.links.heal(this.#parts.links.between(a, b));
  }

  async stopInstance(instanceId: string): Promise<void> {
    await this.#parts.databases.stop(this.#parts.databases.byInstance(instanceId));
  }

  async startInstance(instanceId: string): Promise<void> {
    await this.#parts.databases.start(this.#parts.databases.byInstance(instanceId));
  }

  async fenceInstance(instanceId: string): Promise<void> {
    await this.#parts.databases.fence(this.#parts.databases.byInstance(instanceId));
  }

  async stopTask(arn: string): Promise<void> {
    const service = Object.values(this.#parts.services).find(({ tasks }) => tasks.some((task) => task.arn === arn));
    if (!service) throw new Error(`there is no running task ${arn}`);
    await service.stopTask(arn);
  }

  async setDesiredCount(region: RegionName, count: number): Promise<void> {
    this.#parts.services[region].setDesiredCount(count);
  }

  service(region: RegionName): { readonly desiredCount: number; readonly runningCount: number } {
    const { desiredCount, runningCount } = this.#parts.services[region];
    return { desiredCount, runningCount };
  }

  promote(database: DatabaseName): Promise<void> {
    return this.#parts.databases.promote(database);
  }

  createReplica(database: DatabaseName, source: DatabaseName): Promise<void> {
    return createReplica(this.#parts, database, source);
  }

  switchover(database: DatabaseName): Promise<void> {
    return switchover(this.#parts, database);
  }

  setFlow(region: RegionName, flow: "open" | "closed"): Promise<void> {
    return this.#parts.services[region].setFlow(flow);
  }

  flow(region: RegionName): "open" | "closed" {
    return this.#parts.services[region].flow;
  }

  setRoutingControls(entries: readonly { readonly region: RegionName; readonly state: "On" | "Off" }[]): Promise<void> {
    return this.#parts.names.setRoutingControls(entries);
  }

  routingControl(region: RegionName): "On" | "Off" {
    return this.#parts.names.routingControl(region);
  }

  async invoke(functionName: FunctionName, payload: JsonObject): Promise<JsonObject> {
    const answer = await this.#invoke(functionName, payload);
    const numbers = Object.entries(answer).filter(
      (entry): entry is [string, number | boolean] => typeof entry[1] === "number" || typeof entry[1] === "boolean",
    );
    this.record("function", { function: functionName, ...Object.fromEntries(numbers) });
    return answer;
  }

  #invoke(functionName: FunctionName, payload: JsonObject): Promise<JsonObject> {
    const { databases, jobs, layout } = this.#parts;
    const { writer } = databases;
    const { password } = writer;
    if (functionName === "payments-reconcile")
      return jobs.run({ job: "reconcile", writer: writer.address, password, region: writer.region });
    if (functionName === "payments-verify") {
      const region = regions.find((candidate) => candidate === payload["region"]) ?? writer.region;
      const door = layout.frontDoors[region];
      const url =
        typeof payload["url"] === "string" ? payload["url"].replace(/\/$/, "") : `http://${door.host}:${door.port}`;
      return jobs.run({ job: "verify", url, region });
    }
    const from = databases.all[databaseNamed(payload["from"], "payments-use1a")];
    const to = databases.all[databaseNamed(payload["to"], writer.name)];
    if (from === to) throw new Error(`payments-salvage: from and to are both ${from.name}`);
    if (!from.running) throw new Error(`${from.name} is not running: start ${from.instanceId} first`);
    // The function runs beside the old volume; what it replays crosses the link, as it would.
    return jobs.run({
      job: "salvage",
      from: from.address,
      to: databaseAddress(layout, to.name, from.region),
      password,
    });
  }

  alarms(): readonly Alarm[] {
    return this.#parts.names.alarms();
  }

  record(event: string, detail: Detail = {}): void {
    this.#parts.truth.record(event, detail);
  }

  lease(lease: Parameters<Machinery["lease"]>[0]): void {
    const { links, guardian } = this.#parts;
    const { undo } = lease;
    const names = undo.kind === "heal-customers" ? [customersLink(undo.region)] : links.between(undo.a, undo.b);
    guardian.lease(lease.id, lease.expiresAtMs, links.healing(names));
  }

  releaseLease(id: string): void {
    this.#parts.guardian.release(id);
  }
}
