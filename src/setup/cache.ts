import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** The user's own cache folder for what set-up builds or unpacks once. XDG: a path that is not absolute is to be ignored. */
export function cacheFolder(environment: NodeJS.ProcessEnv): string {
  const named = environment["XDG_CACHE_HOME"];
  const base = named !== undefined && isAbsolute(named) ? named : join(environment["HOME"] ?? homedir(), ".cache");
  return join(base, "dr-drill");
}
