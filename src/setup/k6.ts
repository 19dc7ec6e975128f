/**
 * Finds a k6: K6_BIN → the one we built → build it (load/k6, any Go ≥ 1.21) → a stock one on PATH, with the weaker console writer.
 * "ledger" is a k6 with our k6/x/ledger inside; "console" is any other that runs TypeScript (v0.57 or later).
 */
import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { unavailable, usageError } from "../model/user-error.ts";
import { cacheFolder } from "./cache.ts";
import { buildK6, builtK6Path, type BuildFailure } from "./k6-build.ts";

const run = promisify(execFile);

export interface K6Choice {
  readonly path: string;
  readonly kind: "ledger" | "console";
  /** As k6 states it, e.g. "v2.2.0". */
  readonly version: string;
}

export interface SetupOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly progress: (line: string) => void;
}

export async function findK6(options: SetupOptions): Promise<K6Choice> {
  const { environment } = options;
  const named = environment["K6_BIN"];
  if (named !== undefined && named !== "") return await namedK6(named, environment);

  const built = await builtK6Path(cacheFolder(environment));
  if (await executable(built)) {
    const choice = await askK6(built, environment);
    if (choice?.kind === "ledger") return choice;
  }
  const go = await findOnPath("go", environment);
  const failure: BuildFailure | null =
    go === null ? { reason: "there is no Go on PATH" } : await buildK6({ ...options, go, path: built });
  if (failure === null) {
    const choice = await askK6(built, environment);
    if (choice?.kind === "ledger") return choice;
    throw new Error(`${built} was built and does not run`);
  }
  const stock = await stockK6(environment);
  if (stock.choice !== null) {
    options.progress(
      `using ${stock.choice.path} ${stock.choice.version} with the console writer, because our own k6 cannot be built: ${failure.reason}`,
    );
    return stock.choice;
  }
  throw unavailable(
    `there is no k6 to drive the load (${failure.reason}; ${stock.reason}): install Go 1.21 or later (https://go.dev/dl), from which ours is built once, or k6 v0.57 or later (https://grafana.com/docs/k6), or name one with K6_BIN`,
  );
}

async function namedK6(path: string, environment: NodeJS.ProcessEnv): Promise<K6Choice> {
  const choice = await askK6(path, environment);
  if (choice === null) throw usageError(`K6_BIN=${path} is not a k6: "${path} version" does not answer as k6 does`);
  if (choice.kind === "console" && !runsTypeScript(choice.version))
    throw usageError(`K6_BIN=${path} is k6 ${choice.version}; v0.57 or later is needed`);
  return choice;
}

async function stockK6(
  environment: NodeJS.ProcessEnv,
): Promise<{ readonly choice: K6Choice | null; readonly reason: string }> {
  const path = await findOnPath("k6", environment);
  if (path === null) return { choice: null, reason: "there is no k6 on PATH" };
  const choice = await askK6(path, environment);
  if (choice === null) return { choice, reason: `${path} is not a k6` };
  if (choice.kind === "console" && !runsTypeScript(choice.version)) {
    return { choice: null, reason: `${path} is k6 ${choice.version}, too old` };
  }
  return { choice, reason: "" };
}

/** `k6 version` names the version and, where there are any, the extensions inside. */
async function askK6(path: string, environment: NodeJS.ProcessEnv): Promise<K6Choice | null> {
  try {
    // Without this a k6 may go and fetch another k6.
    const { stdout } = await run(path, ["version"], {
      env: { ...environment, K6_AUTO_EXTENSION_RESOLUTION: "false" },
      timeout: 30_000,
    });
    const version = /^k6\S*\s+(v\d+\.\d+\.\d+\S*)/m.exec(stdout)?.[1];
    if (version === undefined) return null;
    const ours = /\bk6\/x\/ledger \[js\]/.test(stdout) && /\bledger \[output\]/.test(stdout);
    return { path, kind: ours ? "ledger" : "console", version };
  } catch {
    return null;
  }
}

function runsTypeScript(version: string): boolean {
  const [major = 0, minor = 0] = version.slice(1).split(".").map(Number);
  return major > 0 || minor >= 57;
}

async function findOnPath(name: string, environment: NodeJS.ProcessEnv): Promise<string | null> {
  for (const folder of (environment["PATH"] ?? "").split(":")) {
    if (folder !== "" && (await executable(join(folder, name)))) return join(folder, name);
  }
  return null;
}

async function executable(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
