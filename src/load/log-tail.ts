import { createWriteStream } from "node:fs";
import type { Readable } from "node:stream";

export interface Tail {
  /** The newest line said, or the newest that starts with `start`; null when there is none. */
  lastLine(start?: string): string | null;
}

const keptBytes = 8_192;

/**
 * Copies what a process says to a file and remembers the end of it. That end is kept in memory because the reason it tells may be
 * that the disk is full; for the same reason the copy is best effort. Lines that are exactly `without` are left out of both.
 */
export function keepTail(stream: Readable | null, file: string, options: { readonly without: string }): Tail {
  let kept = "";
  let unfinished = "";
  const copy = createWriteStream(file, { flags: "a", mode: 0o600 });
  copy.on("error", () => {});

  function take(lines: readonly string[]): void {
    const text = lines
      .filter((line) => line !== options.without)
      .map((line) => `${line}\n`)
      .join("");
    if (text === "") return;
    kept = (kept + text).slice(-keptBytes);
    if (!copy.destroyed) copy.write(text);
  }

  stream?.setEncoding("utf8");
  stream?.on("data", (text: string) => {
    const lines = (unfinished + text).split("\n");
    unfinished = lines.pop() ?? "";
    take(lines);
  });
  stream?.on("end", () => {
    if (unfinished !== "") take([unfinished]);
    copy.end();
  });
  return {
    lastLine: (start = "") =>
      kept
        .split("\n")
        .map((line) => line.trim())
        .findLast((line) => line !== "" && line.startsWith(start)) ?? null,
  };
}
