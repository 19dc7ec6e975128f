import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { Tail } from "./log-tail.ts";

const leastFreeBytes = 8 << 20;

/**
 * A stock k6 that cannot write its console output says so on stderr and goes on as if nothing had happened: so look once a second,
 * and end it. (Our own k6 ends itself at the first row that it cannot write.) Returns the function that ends the watch.
 */
export function watchForFullDisk(file: string, log: Tail, kill: (why: string) => void): () => void {
  async function look(): Promise<void> {
    const said = log.lastLine("Failed to write to log");
    if (said !== null) kill(`the disk is full: k6 could not go on recording (${said})`);
    const { bavail, bsize } = await statfs(dirname(file));
    if (bavail * bsize < leastFreeBytes) kill(`the disk is full: ${bavail * bsize} bytes are free for ${file}`);
  }
  const timer = setInterval(() => {
    look().catch(() => {}); // a file system that cannot be asked is not a full one
  }, 1_000);
  return () => clearInterval(timer);
}
