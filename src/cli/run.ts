/** `drill run <drill>`: check, execute, seal, judge, report; the exit code is the verdict. */
import { existsSync, mkdirSync, rmSync, statfsSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { cpus } from "node:os";
import { join, relative, resolve } from "node:path";
import type { Command } from "commander";
import { loadDrill, loadEnvironment, loadProfile, loadRunbook, probeFile, projectRoot } from "../definitions.ts";
import type { Drill, Runbook } from "../model/drill.ts";
import { unavailable, usageError } from "../model/user-error.ts";
import { exitCodes } from "../model/verdict.ts";
import { plan } from "../plan.ts";
import type { RunSettings, UploadableRunbook } from "../run/context.ts";
import { execute } from "../run/execute.ts";
import { createProgress } from "../run/progress.ts";
import { watchInterrupts } from "./interrupts.ts";
import { judgeAndReport, sealRun } from "./judge.ts";
import { harnessHash } from "../selftest/record.ts";
import { selftestOnce } from "./selftest.ts";
import { findTools, toolVersions } from "./tools.ts";

interface RunOptions {
  readonly env: string;
  readonly load?: string;
  readonly rate?: string;
  readonly reports: string;
  readonly json?: boolean;
  readonly report: boolean;
  readonly selftest?: boolean;
}

const leastFreeBytes = 256 * 1024 * 1024;

export function runCommand(program: Command): void {
  program
    .command("run")
    .description("run a drill and judge it; the exit code is the verdict")
    .argument("<drill>", "a name from drills/ or the path of a .drill.ts file")
    .option("--env <name>", "environment: a name from config/ or a path", "lab")
    .option("--load <profile>", "load profile from load/profiles.ts instead of the drill's")
    .option("--rate <per-minute>", "transactions per minute instead of the profile's")
    .option("--reports <folder>", "where the run folder is made", "reports")
    .option("--no-report", "leave out the Allure report")
    .option("--selftest", "first run the known-answer tests, if this version of the harness has not")
    .option("--json", "print verdict.json on stdout")
    .action(async (name: string, options: RunOptions) => {
      process.exitCode = await runDrill(name, options);
    });
}

async function runDrill(name: string, options: RunOptions): Promise<number> {
  const settings = await prepareSettings(name, options);
  if (options.selftest === true) await selftestOnce((line) => process.stderr.write(`set-up: ${line}\n`));
  const folder = settings.runFolder;
  const shown = relative(process.cwd(), folder) || folder;
  const signal = watchInterrupts(() => `drill heal ${shown}`);
  const outcome = await execute(settings, {
    signal,
    progress: (elapsedMs) =>
      createProgress(
        {
          write: (text) => process.stderr.write(text),
          isTerminal: process.stderr.isTTY,
          colours: process.stderr.isTTY && process.env["NO_COLOR"] === undefined,
          // A terminal that does not know its width says 0.
          columns: () => process.stderr.columns || 100,
        },
        elapsedMs,
      ),
  }).catch((error: unknown) => {
    // Nothing was recorded: the system under drill did not even come up. An empty run folder would only mislead.
    if (!existsSync(join(folder, "manifest.json"))) rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  if (outcome.unhealed.length > 0) {
    process.stderr.write(
      `drill: UNHEALED: ${outcome.unhealed.join(", ")} could not be undone; the environment may still be faulted: run \`drill heal ${shown}\`\n`,
    );
    await sealRun(folder);
    await judgeAndReport(folder, { ...options, quiet: true });
    return exitCodes.unhealed;
  }
  if (outcome.ended?.kind === "interrupted") {
    process.stderr.write(`drill: interrupted, and healed; what was recorded is in ${shown}\n`);
    return exitCodes.interrupted;
  }
  if (outcome.ended?.kind === "refused") throw outcome.ended.error;
  if (outcome.ended?.kind === "broken")
    throw new Error(`the run broke off, and was healed (${shown}): ${outcome.ended.error.message}`, {
      cause: outcome.ended.error,
    });
  await sealRun(folder);
  return await judgeAndReport(folder, options);
}

async function prepareSettings(name: string, options: RunOptions): Promise<RunSettings> {
  const root = projectRoot(process.cwd());
  const loaded = await loadDrill(root, name);
  const environment = await loadEnvironment(root, options.env);
  const drill = withRate(loaded.value, options);
  const profile = await loadProfile(root, drill.load.profile);
  const planned = plan(drill, environment.value, profile, { cores: cpus().length });
  const probeFiles = drill.probes.map((probe) => probeFile(root, probe));
  const runbooks = {
    failover: await uploadable(root, drill.failover),
    failback: await uploadable(root, drill.failback),
  };
  const reports = resolve(options.reports);
  checkFreeSpace(reports);
  const tools = await findTools();
  const run = newRunId();
  return {
    root,
    runFolder: join(reports, run),
    run,
    drill,
    drillFile: loaded.file,
    drillHash: loaded.hash,
    environment: environment.value,
    environmentFile: environment.file,
    profile,
    ratePerMinute: planned.ratePerMinute,
    vus: planned.vus,
    k6: tools.k6,
    probeFiles,
    runbooks,
    // The self-test's record counts only for the harness that it tested.
    tools: { ...toolVersions(tools), harness: harnessHash() },
    argv: process.argv.slice(2),
  };
}

function withRate(drill: Drill, options: RunOptions): Drill {
  const load = { ...drill.load, ...(options.load === undefined ? {} : { profile: options.load }) };
  if (options.rate === undefined) return { ...drill, load };
  const ratePerMinute = Number(options.rate);
  if (!Number.isInteger(ratePerMinute) || ratePerMinute <= 0) {
    throw usageError(`--rate ${options.rate} is not a whole number of transactions per minute above 0`);
  }
  return { ...drill, load: { ...load, ratePerMinute } };
}

async function uploadable(root: string, runbook: Runbook | null): Promise<UploadableRunbook | null> {
  return runbook === null ? null : { definition: runbook, ...(await loadRunbook(root, runbook.document)) };
}

function checkFreeSpace(reports: string): void {
  let free: number;
  try {
    mkdirSync(reports, { recursive: true });
    const { bavail, bsize } = statfsSync(reports);
    free = bavail * bsize;
  } catch (error) {
    throw unavailable(
      `the folder ${reports} cannot be used for reports (${error instanceof Error ? error.message : String(error)}); give another with --reports`,
    );
  }
  if (free < leastFreeBytes) {
    throw unavailable(
      `only ${Math.round(free / 1e6)} MB are free in ${reports}, and a drill needs ${Math.round(leastFreeBytes / 1e6)} MB for its evidence; free some space or give another folder with --reports`,
    );
  }
}

/** e.g. 20261120-081822-7f3a: sorts by time, and starts every payment's id. */
function newRunId(): string {
  const stamp = new Date().toISOString().replaceAll(/[-:]/g, "").replace("T", "-").slice(0, 15);
  return `${stamp}-${randomBytes(2).toString("hex")}`;
}
