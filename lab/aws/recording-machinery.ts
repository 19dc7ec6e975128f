/**
 * A Machinery in memory for the tests of the wire protocols: it writes down what it was asked to do and keeps the state that the real one
 * would have. The real machinery is on the other side of this interface and has tests of its own.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { DatabaseName, DatabaseStatus, InstanceState, Machinery, RegionName, Resource } from "../machinery.ts";

type Alarm = ReturnType<Machinery["alarms"]>[number];
type MethodName = {
  [Key in keyof Machinery]: Machinery[Key] extends (...args: never[]) => Promise<unknown> ? Key : never;
}[keyof Machinery];

export interface RecordingMachinery extends Machinery {
  /** E.g. "cutCustomers us-east-1", in the order in which they were begun. */
  readonly calls: string[];
  readonly events: { readonly event: string; readonly detail: Readonly<Record<string, unknown>> }[];
  readonly leases: Map<string, { readonly expiresAtMs: number; readonly undo: unknown }>;
  alarm: Alarm["state"];
  /** What the next call of a method throws. */
  readonly failures: Map<MethodName, string>;
  /** How long each call takes. */
  tookMs: number;
  readonly answers: Map<string, Readonly<Record<string, unknown>>>;
  state(instanceId: string): InstanceState | undefined;
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

export function recordingMachinery(): RecordingMachinery {
  const calls: string[] = [];
  const databases = startingDatabases();
  const flows = new Map<RegionName, "open" | "closed">([
    ["us-east-1", "open"],
    ["eu-west-1", "closed"],
  ]);
  const controls = new Map<RegionName, "On" | "Off">([
    ["us-east-1", "On"],
    ["eu-west-1", "Off"],
  ]);
  const tasks = new Map<RegionName, number>([
    ["us-east-1", 2],
    ["eu-west-1", 1],
  ]);
  const call = async (method: MethodName, ...args: readonly string[]): Promise<void> => {
    calls.push([method, ...args].join(" "));
    if (machinery.tookMs > 0) await sleep(machinery.tookMs);
    const failure = machinery.failures.get(method);
    machinery.failures.delete(method);
    if (failure !== undefined) throw new Error(failure);
  };

  const machinery: RecordingMachinery = {
    calls,
    events: [],
    leases: new Map(),
    alarm: "OK",
    failures: new Map(),
    tookMs: 0,
    answers: new Map(),
    state: (id) => databases.find((database) => database.instanceId === id)?.state,
    inventory: startingInventory,
    databases: async () => databases.map((database) => ({ ...database })),
    cutCustomers: (region) => call("cutCustomers", region),
    healCustomers: (region) => call("healCustomers", region),
    cutBetween: (a, b) => call("cutBetween", a, b),
    healBetween: (a, b) => call("healBetween", a, b),
    ...databaseMethods(databases, call),
    stopTask: (arn) => call("stopTask", arn),
    async setDesiredCount(region, count) {
      await call("setDesiredCount", region, String(count));
      tasks.set(region, count);
    },
    service: (region) => ({ desiredCount: tasks.get(region) ?? 0, runningCount: tasks.get(region) ?? 0 }),
    async setFlow(region, flow) {
      await call("setFlow", region, flow);
      flows.set(region, flow);
    },
    flow: (region) => flows.get(region) ?? "closed",
    async setRoutingControls(entries) {
      await call("setRoutingControls", ...entries.map(({ region, state }) => `${region}=${state}`));
      for (const { region, state } of entries) controls.set(region, state);
    },
    routingControl: (region) => controls.get(region) ?? "Off",
    async invoke(name, payload) {
      await call("invoke", name, JSON.stringify(payload));
      return machinery.answers.get(name) ?? { ok: true };
    },
    alarms: () => [{ name: "customer-errors", state: machinery.alarm, sinceMs: 0 }],
    record: (event, detail = {}) => void machinery.events.push({ event, detail }),
    lease: ({ id, expiresAtMs, undo }) => {
      calls.push(`lease ${undo.kind}`);
      machinery.leases.set(id, { expiresAtMs, undo });
    },
    releaseLease: (id) => {
      calls.push("releaseLease");
      machinery.leases.delete(id);
    },
  };
  return machinery;
}

type Call = (method: MethodName, ...args: readonly string[]) => Promise<void>;
type DatabaseMethods = Pick<
  Machinery,
  "stopInstance" | "startInstance" | "fenceInstance" | "promote" | "createReplica" | "switchover"
>;

function databaseMethods(databases: readonly Mutable<DatabaseStatus>[], call: Call): DatabaseMethods {
  const find = (name: DatabaseName): Mutable<DatabaseStatus> =>
    required(databases.find((database) => database.name === name));
  const onInstance = (id: string): Mutable<DatabaseStatus> =>
    required(databases.find((database) => database.instanceId === id));

  return {
    async stopInstance(id) {
      await call("stopInstance", id);
      const database = onInstance(id);
      database.state = database.state.startsWith("fenced") ? "fenced-stopped" : "stopped";
      database.status = "stopped";
    },
    async startInstance(id) {
      await call("startInstance", id);
      const database = onInstance(id);
      const fenced = database.state.startsWith("fenced");
      database.state = fenced ? "fenced-running" : "running";
      database.status = fenced ? "isolated" : "available";
    },
    async fenceInstance(id) {
      await call("fenceInstance", id);
      const database = onInstance(id);
      database.state = database.state.endsWith("running") ? "fenced-running" : "fenced-stopped";
    },
    async promote(name) {
      await call("promote", name);
      Object.assign(find(name), { role: "primary", source: null, replication: "none" });
    },
    async createReplica(name, source) {
      await call("createReplica", name, source);
      Object.assign(find(name), {
        state: "running",
        role: "standby",
        status: "available",
        source,
        replication: "streaming",
      });
    },
    async switchover(name) {
      await call("switchover", name);
      const writer = required(databases.find((database) => database.role === "primary"));
      Object.assign(writer, { role: "standby", source: name, replication: "streaming" });
      Object.assign(find(name), { role: "primary", source: null, replication: "none" });
    },
  };
}

function required<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("the recording machinery does not have it");
  return value;
}

function startingDatabases(): Mutable<DatabaseStatus>[] {
  const standby = { role: "standby", source: "payments-use1a", replication: "streaming" } as const;
  const running = { state: "running", status: "available", timeline: 1 } as const;
  return [
    {
      name: "payments-use1a",
      instanceId: "i-use1a",
      region: "us-east-1",
      role: "primary",
      source: null,
      replication: "none",
      ...running,
    },
    { name: "payments-use1b", instanceId: "i-use1b", region: "us-east-1", ...standby, ...running },
    { name: "payments-euw1", instanceId: "i-euw1", region: "eu-west-1", ...standby, ...running },
  ];
}

export function startingInventory(): readonly Resource[] {
  const us = { region: "us-east-1", tags: { Region: "us-east-1", DrDrill: "allowed" } } as const;
  const eu = { region: "eu-west-1", tags: { Region: "eu-west-1" } } as const;
  const instance = (id: string, of: typeof us | typeof eu): Resource => ({
    ...of,
    arn: `arn:aws:ec2:${of.region}:000000000000:instance/${id}`,
    resourceType: "aws:ec2:instance",
    attributes: { state: "running", instanceId: id },
  });
  const subnet = (name: string, of: typeof us | typeof eu): Resource => ({
    ...of,
    arn: `arn:aws:ec2:${of.region}:000000000000:subnet/${name}`,
    resourceType: "aws:ec2:subnet",
    attributes: {},
  });
  const task = (number: number): Resource => ({
    ...us,
    arn: `arn:aws:ecs:us-east-1:000000000000:task/payments/${number}`,
    resourceType: "aws:ecs:task",
    attributes: { cluster: "payments", service: "payments" },
  });
  return [
    instance("i-use1a", us),
    instance("i-use1b", us),
    instance("i-euw1", eu),
    subnet("subnet-use1-app", us),
    subnet("subnet-use1-db", us),
    subnet("subnet-euw1-app", eu),
    task(1),
    task(2),
    task(3),
  ];
}
