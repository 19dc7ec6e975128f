/** Finds a Java that really runs, for Allure 2: JAVA_HOME first, then PATH. A stub (macOS has one) does not count. */
import { execFile } from "node:child_process";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Java {
  readonly path: string;
  readonly version: string;
}

/** The least that Allure 2's classes run on. */
const leastMajor = 8;
const mostTries = 8;

export async function findJava(options: { readonly environment: NodeJS.ProcessEnv }): Promise<Java | null> {
  const { environment } = options;
  const name = process.platform === "win32" ? "java.exe" : "java";
  const home = environment["JAVA_HOME"];
  const folders = [
    ...(home ? [join(home, "bin")] : []),
    ...(environment["PATH"] ?? "").split(delimiter).filter((folder) => folder !== ""),
  ];
  let tries = 0;
  for (const folder of new Set(folders)) {
    const tried = await tryJava(join(folder, name), environment);
    if (tried.state === "absent") continue;
    if (tried.state === "runs") return { path: join(folder, name), version: tried.version };
    if ((tries += 1) >= mostTries) return null;
  }
  return null;
}

type Tried = { readonly state: "runs"; readonly version: string } | { readonly state: "absent" | "unfit" };

/** Unfit: it is there and does not run, or is too old. */
async function tryJava(path: string, environment: NodeJS.ProcessEnv): Promise<Tried> {
  try {
    const { stdout, stderr } = await run(path, ["-XX:-UsePerfData", "-version"], { timeout: 15_000, env: environment });
    const version = /version "([^"]+)"/.exec(`${stderr}\n${stdout}`)?.[1];
    if (version === undefined) return { state: "unfit" };
    // "1.8.0_412" is Java 8.
    const [first = 0, second = 0] = version.split(/[._-]/).map(Number);
    return (first === 1 ? second : first) >= leastMajor ? { state: "runs", version } : { state: "unfit" };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { state: code === "ENOENT" || code === "ENOTDIR" ? "absent" : "unfit" };
  }
}
