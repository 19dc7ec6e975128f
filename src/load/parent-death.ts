import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The command to put in front of another so that the kernel kills it when we die, SIGKILL included; empty where there is none. */
export async function parentDeathSignal(environment: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const prefix = ["--pdeathsig", "KILL", "--"];
  try {
    await run("setpriv", [...prefix, "true"], { env: environment, timeout: 5_000 });
    return ["setpriv", ...prefix];
  } catch {
    return [];
  }
}
