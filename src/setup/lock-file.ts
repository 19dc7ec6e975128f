/**
 * A lock between processes: a file that names its holder by pid and start time. A holder that no longer lives (killed, or the
 * machine restarted and the pid is somebody else's now) has left a stale lock, which the next one takes over.
 */
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { unavailable } from "../model/user-error.ts";

const lookEveryMs = 250;

export async function lockFile(
  path: string,
  options: { readonly withinMs: number; readonly waiting: (holderPid: number) => void },
): Promise<AsyncDisposable> {
  const mine = await holderText(process.pid);
  const draft = `${path}.${process.pid}`;
  const end = performance.now() + options.withinMs;
  let said = false;
  await writeFile(draft, mine);
  try {
    for (;;) {
      // A hard link appears whole or not at all, so nobody ever reads half a holder.
      if (await taken(draft, path)) break;
      const holder = await readFile(path, "utf8").catch(() => null);
      if (holder !== null && !(await lives(holder))) {
        await removeStale(path, holder);
        continue;
      }
      if (performance.now() > end)
        throw unavailable(`${path} has been held for ${options.withinMs / 60_000} minutes by process ${pidOf(holder)}`);
      if (!said && holder !== null) options.waiting(pidOf(holder));
      said ||= holder !== null;
      await delay(lookEveryMs);
    }
  } finally {
    await rm(draft, { force: true });
  }
  return { [Symbol.asyncDispose]: async () => await rm(path, { force: true }) };
}

async function taken(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

/**
 * By rename first: of two that see the same stale lock only one gets it, and a lock that was taken meanwhile is put back. Between
 * those two moves a third could take it as well; what is locked here must be harmless to do twice, only wasteful.
 */
async function removeStale(path: string, stale: string): Promise<void> {
  const aside = `${path}.stale-${process.pid}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  if ((await readFile(aside, "utf8")) !== stale) await rename(aside, path);
  await rm(aside, { force: true });
}

const pidOf = (holder: string | null): number => Number(holder?.split(" ")[0] ?? 0);

async function lives(holder: string): Promise<boolean> {
  const pid = pidOf(holder);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return false;
  }
  return (await holderText(pid)) === holder;
}

/** "pid start", start being clock ticks since boot as /proc tells it; where there is no /proc, the pid alone. */
async function holderText(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The second field is the program's name in parentheses and may hold anything, spaces and parentheses too.
  const start = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  return start === undefined ? String(pid) : `${pid} ${start}`;
}
