/**
 * One Region's half of the payments service, as a container service keeps it: as many tasks as desired, dead ones replaced, their
 * addresses given to the Region's balancer. A Region that customers cannot reach cannot be told anything and starts nothing: what is to
 * be told waits until it is reachable.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { TaskConfiguration, TaskOrder } from "../app/main.ts";
import type { BalancerConfiguration, BalancerOrder } from "../balancer/main.ts";
import { maxTasksPerRegion } from "../layout.ts";
import type { Address, Layout } from "../layout.ts";
import type { RegionName } from "../machinery.ts";
import { Child } from "../supervision/child.ts";
import type { ChildEntry } from "../supervision/bundle.ts";
import type { Guardian } from "../supervision/guardian-client.ts";
import type { TruthLog } from "../truth.ts";

export interface Task {
  readonly number: number;
  readonly arn: string;
  readonly address: Address;
  readonly child: Child;
  ready: boolean;
}

export interface ServiceOptions {
  readonly region: RegionName;
  readonly layout: Layout;
  readonly bundles: Readonly<Record<ChildEntry, string>>;
  readonly folder: string;
  readonly guardian: Guardian;
  readonly truth: TruthLog;
  readonly password: string;
  readonly database: Address;
  readonly desiredCount: number;
  readonly flow: "open" | "closed";
  readonly reachable: () => boolean;
}

/** What a connection in hand gets before a task that is scaled in is ended. */
const drainMs = 300;
const retryMs = 500;

export class RegionService {
  readonly region: RegionName;
  readonly balancer: Child;
  readonly #options: ServiceOptions;
  #tasks: Task[] = [];
  #desiredCount: number;
  #flow: "open" | "closed";
  #database: Address;
  #lastNumber = 0;

  constructor(options: ServiceOptions) {
    const { region, layout, bundles, folder, guardian } = options;
    this.region = region;
    this.#options = options;
    this.#desiredCount = options.desiredCount;
    this.#flow = options.flow;
    this.#database = options.database;
    const configuration: BalancerConfiguration = { listen: layout.balancers[region], targets: [] };
    this.balancer = new Child({
      role: `balancer/${region}`,
      bundle: bundles.balancer,
      folder,
      guardian,
      configuration,
    });
    this.#settle();
  }

  get tasks(): readonly Task[] {
    return this.#tasks;
  }
  get desiredCount(): number {
    return this.#desiredCount;
  }
  get runningCount(): number {
    return this.#tasks.filter((task) => task.ready).length;
  }
  get flow(): "open" | "closed" {
    return this.#flow;
  }

  async ready(): Promise<void> {
    await this.balancer.ready();
    await Promise.all(this.#tasks.map((task) => task.child.ready()));
    await this.#tellBalancer();
  }

  setDesiredCount(count: number): void {
    if (!Number.isInteger(count) || count < 0 || count > maxTasksPerRegion)
      throw new Error(`desiredCount must be a whole number from 0 to ${maxTasksPerRegion} here, not ${count}`);
    this.#desiredCount = count;
    this.#options.truth.record("desired-count", { region: this.region, count });
    this.#settle();
  }

  /** Resolves when the tasks have taken it up; at once when they cannot be told now. */
  async setFlow(flow: "open" | "closed"): Promise<void> {
    this.#flow = flow;
    const told = this.#options.reachable();
    if (told) await this.#tell({ flow });
    this.#options.truth.record("flow", { region: this.region, flow, told });
  }

  /** The Region's database endpoint moves: inside the Region, so its reachability from outside doesn't matter. */
  async setDatabase(database: Address): Promise<void> {
    this.#database = database;
    await this.#tell({ database });
  }

  /** The Region can be reached again: what waited is told, what died is replaced. */
  async reachableAgain(): Promise<void> {
    await this.#tell({ flow: this.#flow });
    this.#settle();
  }

  async stopTask(arn: string): Promise<void> {
    const task = this.#tasks.find((candidate) => candidate.arn === arn);
    if (!task) throw new Error(`there is no running task ${arn}`);
    task.child.kill();
    await task.child.exited;
  }

  /** A task that does not listen (frozen, say) goes on as it was, as it would anywhere: the truth log says so. */
  async #tell(order: TaskOrder): Promise<void> {
    const told = await Promise.allSettled(this.#tasks.map((task) => task.child.order(order)));
    for (const [index, outcome] of told.entries())
      if (outcome.status === "rejected")
        this.#options.truth.record("task-not-told", {
          region: this.region,
          task: this.#tasks[index]?.number ?? null,
          error: String(outcome.reason),
        });
  }

  async #tellBalancer(): Promise<void> {
    const targets = this.#tasks.filter((task) => task.ready).map((task) => task.address);
    await this.balancer.order({ targets } satisfies BalancerOrder);
  }

  /** Brings the tasks to the desired count, up or down. */
  #settle(): void {
    if (!this.#options.reachable()) return;
    while (this.#tasks.length < this.#desiredCount) this.#start();
    for (const task of this.#tasks.slice(this.#desiredCount)) this.#retire(task).catch(() => task.child.kill());
  }

  #start(): void {
    const { region, layout, bundles, folder, guardian, password, truth } = this.#options;
    const taken = new Set(this.#tasks.map((task) => task.address.port));
    const address = layout.tasks[region].find((candidate) => !taken.has(candidate.port));
    if (!address) throw new Error(`no address is left for a task in ${region}`);
    this.#lastNumber += 1;
    const number = this.#lastNumber;
    const configuration: TaskConfiguration = {
      region,
      task: String(number),
      listen: address,
      database: this.#database,
      password,
      flow: this.#flow,
    };
    const child = new Child({
      role: `task/${region}/${number}`,
      bundle: bundles.task,
      folder,
      guardian,
      configuration,
    });
    const arn = `arn:aws:ecs:${region}:000000000000:task/payments/${number}`;
    const task: Task = { number, arn, address, child, ready: false };
    this.#tasks.push(task);
    this.#follow(task, truth).catch((error: unknown) =>
      truth.record("service-broken", { region: this.region, error: String(error) }),
    );
  }

  async #follow(task: Task, truth: TruthLog): Promise<void> {
    try {
      await task.child.ready();
      task.ready = true;
      truth.record("task-running", { region: this.region, task: task.number });
      await this.#tellBalancer();
    } catch {
      task.child.kill();
    }
    const how = await task.child.exited;
    this.#tasks = this.#tasks.filter((candidate) => candidate !== task);
    truth.record("task-ended", { region: this.region, task: task.number, how });
    await this.#tellBalancer().catch(() => undefined);
    // A task that dies at once must not be started in a tight loop.
    await sleep(retryMs);
    this.#settle();
  }

  async #retire(task: Task): Promise<void> {
    task.ready = false;
    await this.#tellBalancer();
    await sleep(drainMs);
    task.child.kill();
  }
}
