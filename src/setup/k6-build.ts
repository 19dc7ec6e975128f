/**
 * Builds our k6 from load/k6 once per content of its sources. The result appears under its final name only when it is whole, and
 * one build at a time works on it: two drills started together must not each spend minutes of the machine.
 */
import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { access, constants, mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { lockFile } from "./lock-file.ts";

const run = promisify(execFile);

export interface BuildFailure {
  readonly reason: string;
}

const sources = fileURLToPath(new URL("../../load/k6/", import.meta.url));
const flags = ["-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags=-s -w"];
const buildWithinMs = 20 * 60_000;
const sayEveryMs = 15_000;
const leastGo = 21;

/** Where the k6 built from the sources as they are now lies, or would lie. */
export async function builtK6Path(cache: string): Promise<string> {
  const hash = createHash("sha256");
  for (const file of await sourceFiles())
    hash
      .update(`${file}\n`)
      .update(await readFile(join(sources, file)))
      .update("\n");
  hash.update(JSON.stringify([flags, process.platform, process.arch]));
  return join(cache, `k6-${hash.digest("hex").slice(0, 16)}`, "k6");
}

async function sourceFiles(): Promise<string[]> {
  const files = await readdir(sources, { recursive: true });
  return files.filter((file) => /(^|\/)go\.(mod|sum)$|(?<!_test)\.go$/.test(file)).toSorted();
}

/** null: `path` is there. */
export async function buildK6(options: {
  readonly go: string;
  readonly path: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly progress: (line: string) => void;
}): Promise<BuildFailure | null> {
  const environment = buildEnvironment(options.environment);
  const tooOld = await checkGo(options.go, environment);
  if (tooOld !== null) return tooOld;
  const folder = dirname(options.path);
  try {
    await mkdir(dirname(folder), { recursive: true });
    await access(dirname(folder), constants.W_OK);
  } catch {
    return { reason: `${dirname(folder)} cannot be written, and it is to hold what is built` };
  }
  await using lock = await lockFile(`${folder}.lock`, {
    withinMs: buildWithinMs,
    waiting: (holder) => options.progress(`another process (pid ${holder}) is building k6; waiting for it …`),
  });
  void lock;
  if (await exists(options.path)) return null;
  // One name for all: whoever holds the lock may clear away what a killed build has left.
  const staging = `${folder}.building`;
  try {
    await rm(staging, { recursive: true, force: true });
    await mkdir(staging, { recursive: true });
    const failure = await goBuild({ ...options, environment, to: join(staging, "k6") });
    if (failure !== null) return failure;
    await rm(folder, { recursive: true, force: true });
    await rename(staging, folder);
    return null;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** The user's own Go settings count (proxy, cache), except those that would build something else. */
function buildEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    ...environment,
    CGO_ENABLED: "0",
    GOTOOLCHAIN: "auto",
    GOFLAGS: "-mod=readonly",
    GOWORK: "off",
    GOOS: "",
    GOARCH: "",
  };
}

async function checkGo(go: string, environment: NodeJS.ProcessEnv): Promise<BuildFailure | null> {
  try {
    // Asked outside the module, so that an old Go tells its own version instead of fetching the one that go.mod wants.
    const { stdout } = await run(go, ["env", "GOVERSION"], {
      cwd: "/",
      env: { ...environment, GOTOOLCHAIN: "local" },
      timeout: 60_000,
    });
    const minor = Number(/^go1\.(\d+)/.exec(stdout.trim())?.[1] ?? 0);
    return minor >= leastGo
      ? null
      : { reason: `${go} is ${stdout.trim() || "of unknown version"}, and Go 1.${leastGo} or later is needed` };
  } catch (error) {
    return {
      reason: `${go} does not run: ${error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error)}`,
    };
  }
}

async function goBuild(options: {
  readonly go: string;
  readonly to: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly progress: (line: string) => void;
}): Promise<BuildFailure | null> {
  const started = performance.now();
  const seconds = (): number => Math.round((performance.now() - started) / 1000);
  options.progress("building k6 with the ledger inside (only the first time; about 3 minutes, 84 MB of Go modules) …");
  const child = spawn(options.go, ["build", ...flags, "-o", options.to, "."], {
    cwd: sources,
    env: options.environment,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  let downloads = 0;
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    downloads += text.split("go: downloading ").length - 1;
    said = (said + text).slice(-4_000);
  });
  const tick = setInterval(
    () => options.progress(`building k6: ${seconds()} s, ${downloads} modules downloaded …`),
    sayEveryMs,
  );
  const deadline = setTimeout(() => child.kill("SIGKILL"), buildWithinMs);
  try {
    const ended = await new Promise<string | null>((resolve) => {
      child.once("error", (error) => resolve(error.message));
      child.once("close", (code, signal) =>
        resolve(code === 0 ? null : `${signal ?? `exit ${code}`}: ${complaint(said)}`),
      );
    });
    if (ended !== null) return { reason: `building it with ${options.go} failed after ${seconds()} s (${ended})` };
    options.progress(`k6 is built (${seconds()} s)`);
    return null;
  } finally {
    clearInterval(tick);
    clearTimeout(deadline);
  }
}

/** The last thing Go said that is not a report of progress. */
function complaint(said: string): string {
  const lines = said.split("\n").map((line) => line.trim());
  return lines.findLast((line) => line !== "" && !line.startsWith("go: downloading")) ?? "it gave no reason";
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
