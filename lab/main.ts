/**
 * The lab's command line. `serve` is for the harness and for `drill lab up`; `read-volume` is for tests that want to know what is on a
 * database volume that a lab left with --keep. stdout carries one JSON line for a program, stderr nothing unless a bug shows.
 */
import { mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { claim, claimOf, releaseClaim, updateClaim } from "./host/claims.ts";
import { LabError } from "./lab-error.ts";
import { profiles } from "./profile.ts";
import { readVolume } from "./read-volume.ts";
import { startLab } from "./start-lab.ts";
import type { StartedLab } from "./start-lab.ts";

const usage =
  "lab/main.ts serve [--profile quick|route53] [--port-base N] [--keep DIR] [--state FILE] [--standalone] | read-volume DIR";

interface ServeOptions {
  readonly profile: string;
  readonly portBase: number | null;
  readonly keep: string | null;
  readonly stateFile: string | null;
  readonly standalone: boolean;
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Whoever reads us may be gone: that is no reason to leave a lab behind unended. */
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);

/** Resolves when the lab is to end: a signal, or (unless standalone) the end of stdin, by which our parent tells us, even by dying. */
function ending(standalone: boolean): Promise<void> {
  return new Promise((resolvePromise) => {
    const end = (): void => resolvePromise();
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, end);
    if (standalone) return;
    process.stdin.on("end", end).on("close", end).on("error", end).resume();
  });
}

function claimStateFile(file: string, standalone: boolean): void {
  mkdirSync(dirname(file), { recursive: true });
  const inTheWay = claim(file, claimOf({ standalone, state: "starting" }), () => undefined);
  if (!inTheWay) return;
  const how = inTheWay["standalone"] === true ? "end it with: drill lab down" : "wait for its end, or end that process";
  throw new LabError(`a lab is already running (pid ${inTheWay.pid}, since ${inTheWay.since}): ${how}`);
}

async function serve(options: ServeOptions): Promise<number> {
  const profile = options.profile === "quick" || options.profile === "route53" ? profiles[options.profile] : null;
  if (!profile)
    throw new LabError(`there is no profile "${options.profile}"; there are ${Object.keys(profiles).join(", ")}`, 64);
  const ended = ending(options.standalone);
  const { stateFile, standalone, keep, portBase } = options;
  if (stateFile !== null) claimStateFile(stateFile, standalone);
  try {
    await using lab: StartedLab = await startLab({ profile, portBase, keep, stateFile });
    if (stateFile !== null)
      updateClaim(
        stateFile,
        claimOf({ standalone, state: "ready", endpoints: lab.endpoints, controlUrl: lab.controlUrl }),
      );
    say({ ready: lab.endpoints });
    const broken = await Promise.race([ended.then(() => null), lab.broken]);
    if (broken !== null) throw new Error(broken);
    return 0;
  } finally {
    if (stateFile !== null) releaseClaim(stateFile);
  }
}

function portBaseOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (!/^\d+$/.test(text)) throw new LabError(`--port-base must be a whole number, not "${text}"`, 64);
  return Number(text);
}

async function main(argv: readonly string[]): Promise<number> {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(argv);
  } catch (error) {
    throw new LabError(`${error instanceof Error ? error.message : String(error)}; usage: ${usage}`, 64);
  }
  const { values, positionals } = parsed;
  const [verb, folder] = positionals;
  if (verb === "serve" && positionals.length === 1)
    return serve({
      profile: values.profile,
      portBase: portBaseOf(values["port-base"]),
      keep: values.keep === undefined ? null : resolve(values.keep),
      stateFile: values.state === undefined ? null : resolve(values.state),
      standalone: values.standalone,
    });
  if (verb === "read-volume" && folder !== undefined) {
    await readVolume(resolve(folder), (line) => void process.stdout.write(line));
    return 0;
  }
  throw new LabError(`usage: ${usage}`, 64);
}

const parse = (argv: readonly string[]) =>
  parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      profile: { type: "string", default: "quick" },
      "port-base": { type: "string" },
      keep: { type: "string" },
      state: { type: "string" },
      standalone: { type: "boolean", default: false },
    },
  });

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    const mendable = error instanceof LabError;
    say({ error: error instanceof Error ? error.message : String(error), exit: mendable ? error.exit : 70 });
    if (!mendable && error instanceof Error) process.stderr.write(`${error.stack ?? error.message}\n`);
    process.exit(mendable ? error.exit : 70);
  },
);
