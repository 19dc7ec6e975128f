import { readFileSync } from "node:fs";

/** The end of a dead process's log, on one line. The guardian may have cleared the log away by the time somebody asks: then nothing. */
export function lastWordsIn(log: string): string {
  try {
    return readFileSync(log, "utf8").trim().split("\n").slice(-8).join(" | ").slice(-1_500);
  } catch {
    return "";
  }
}
